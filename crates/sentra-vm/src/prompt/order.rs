//! What can be said at the prompt. One table gives reading and help.

use crate::builtins::nearest;

use crate::debug::breakpoints::Wanted;
use crate::debug::{Kind, Resume};

/// What the debugger is told to do.
#[derive(Clone, Debug)]
pub(super) enum Order {
    Resume(Resume),
    Break(Target, Wanted),
    Delete(Option<u32>),
    Breaks,
    Where,
    Call(usize),
    Up,
    Down,
    Locals,
    Globals,
    Print(String),
    List,
    Fibers,
    Fiber(u32),
    Errors(Errors),
    Help,
}

/// Where a breakpoint is wanted.
#[derive(Clone, Debug)]
pub(super) enum Target {
    /// In a file, the present one if none is named.
    Line(Option<String>, u32),
    /// At the start of a function.
    Name(String),
}

/// Which errors stop the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Errors {
    All,
    Uncaught,
    None,
}

type Read = fn(&str) -> Result<Order, String>;

/// Word, its short form, operand, what it does, how it is read.
type Row = (&'static str, &'static str, &'static str, &'static str, Read);

const TABLE: &[Row] = &[
    ("continue", "c", "", "Run to the next breakpoint", |_| Ok(Order::Resume(Resume::Continue))),
    ("next", "n", "", "Run to the next statement, calls as a whole", |_| Ok(Order::Resume(Resume::Step(Kind::Over)))),
    ("step", "s", "", "Run to the next statement, also of what is called", |_| {
        Ok(Order::Resume(Resume::Step(Kind::In)))
    }),
    ("out", "o", "", "Run until this call returns", |_| Ok(Order::Resume(Resume::Step(Kind::Out)))),
    ("break", "b", "PLACE [if CONDITION]", "Stop at LINE, FILE:LINE or the function NAME", read_break),
    ("log", "", "PLACE TEXT", "Print TEXT there and run on; {expressions} stand for their values", read_log),
    ("breaks", "", "", "List the breakpoints", |_| Ok(Order::Breaks)),
    ("delete", "d", "[N]", "Delete a breakpoint, or all", read_delete),
    ("where", "w", "", "List the calls under way", |_| Ok(Order::Where)),
    ("frame", "f", "N", "Look at another call", |text| number(text).map(|number| Order::Call(number as usize))),
    ("up", "u", "", "Look at the caller", |_| Ok(Order::Up)),
    ("down", "", "", "Look at what was called", |_| Ok(Order::Down)),
    ("list", "l", "", "Show the source around", |_| Ok(Order::List)),
    ("locals", "v", "", "Show the variables", |_| Ok(Order::Locals)),
    ("globals", "g", "", "Show the file's globals", |_| Ok(Order::Globals)),
    ("print", "p", "EXPRESSION", "Evaluate here; `x = 1` changes x", |text| Ok(Order::Print(text.into()))),
    ("fibers", "", "", "List the fibers", |_| Ok(Order::Fibers)),
    ("fiber", "", "N", "Look at another fiber", |text| number(text).map(Order::Fiber)),
    ("errors", "e", "all|uncaught|none", "Which errors stop the program; `uncaught` at first", read_errors),
    ("help", "h", "", "Show this", |_| Ok(Order::Help)),
    ("quit", "q", "", "End the program and leave, as Ctrl-D does", |_| Ok(Order::Resume(Resume::Quit(0)))),
];

impl Order {
    /// The order in a line.
    pub fn read(line: &str) -> Result<Self, String> {
        let (word, operand) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let operand = operand.trim();
        let Some((name, _, wanted, _, read)) =
            TABLE.iter().find(|row| row.0 == word || row.1 == word && !word.is_empty())
        else {
            let near = nearest(word, TABLE.iter().map(|row| row.0));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(format!("there is no `{word}`{hint}; `help` lists what there is"));
        };
        if operand.is_empty() && !wanted.is_empty() && !wanted.starts_with('[') {
            return Err(format!("`{name}` needs {wanted}"));
        }
        if !operand.is_empty() && wanted.is_empty() {
            return Err(format!("`{name}` takes nothing"));
        }
        read(operand)
    }

    /// Whether an empty line says it once more.
    pub fn repeats(&self) -> bool {
        matches!(self, Self::Resume(_) | Self::Up | Self::Down)
    }
}

/// What `help` says.
pub(super) fn help() -> String {
    let mut text = String::new();
    for (word, short, operand, about, _) in TABLE {
        let words = if short.is_empty() { (*word).to_string() } else { format!("{word}, {short}") };
        text.push_str(&format!("  {:38}{about}\n", format!("{words} {operand}")));
    }
    text + "An empty line repeats a step.\n"
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| format!("`{text}` is no number"))
}

fn read_delete(text: &str) -> Result<Order, String> {
    if text.is_empty() { Ok(Order::Delete(None)) } else { number(text).map(|number| Order::Delete(Some(number))) }
}

fn read_break(text: &str) -> Result<Order, String> {
    let (place, condition) = match text.split_once(" if ") {
        Some((place, condition)) => (place, Some(condition.trim().to_owned())),
        None => (text, None),
    };
    Ok(Order::Break(target(place)?, Wanted { condition, ..Wanted::default() }))
}

fn read_log(text: &str) -> Result<Order, String> {
    let Some((place, message)) = text.split_once(char::is_whitespace) else {
        return Err("`log` needs PLACE TEXT".into());
    };
    Ok(Order::Break(target(place)?, Wanted { message: Some(message.trim().to_owned()), ..Wanted::default() }))
}

fn target(text: &str) -> Result<Target, String> {
    let text = text.trim();
    match text.rsplit_once(':') {
        Some((file, line)) => Ok(Target::Line(Some(file.into()), number(line)?)),
        None => Ok(text.parse().map_or_else(|_| Target::Name(text.into()), |line| Target::Line(None, line))),
    }
}

fn read_errors(text: &str) -> Result<Order, String> {
    Ok(Order::Errors(match text {
        "all" => Errors::All,
        "uncaught" => Errors::Uncaught,
        "none" => Errors::None,
        other => return Err(format!("errors are `all`, `uncaught` or `none`, not `{other}`")),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_words_with_operands() {
        assert!(matches!(Order::read("n"), Ok(Order::Resume(Resume::Step(Kind::Over)))));
        assert!(
            matches!(Order::read("b 12 if x > 1"), Ok(Order::Break(Target::Line(None, 12), wanted)) if wanted.condition.as_deref() == Some("x > 1"))
        );
        assert!(
            matches!(Order::read("break lib/a.sn:3"), Ok(Order::Break(Target::Line(Some(file), 3), _)) if file == "lib/a.sn")
        );
        assert!(matches!(Order::read("b work"), Ok(Order::Break(Target::Name(name), _)) if name == "work"));
        assert!(
            matches!(Order::read("log 3 x is {x}"), Ok(Order::Break(_, wanted)) if wanted.message.as_deref() == Some("x is {x}"))
        );
        assert!(matches!(Order::read("p 1 + 1"), Ok(Order::Print(text)) if text == "1 + 1"));
        for wrong in ["nothing", "b", "p", "frame x", "next 3", "errors some", "b a.sn:x", "log 3"] {
            assert!(Order::read(wrong).is_err(), "{wrong}");
        }
        assert!(Order::read("contnue").unwrap_err().contains("`continue`"));
    }
}
