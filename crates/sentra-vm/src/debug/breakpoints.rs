//! Breakpoints: lines or functions to places in code, and whether a place that was reached counts.

use super::code::{self, Address};
use crate::vm::Vm;

/// What somebody wants a breakpoint to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub condition: Option<String>,
    pub hits: Option<HitCount>,
    /// Printed instead of stopping; `{expressions}` stand for their values.
    pub message: Option<String>,
}

/// Which of the times that a place is reached count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HitCount {
    From(u64),
    Exactly(u64),
    Above(u64),
    Below(u64),
    UpTo(u64),
    Every(u64),
}

impl HitCount {
    /// Reads `5`, `>= 5`, `== 5`, `> 5`, `< 5`, `<= 5` or `% 5`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.find(|first: char| first.is_ascii_digit())?;
        let number = text[digits..].parse().ok()?;
        Some(match text[..digits].trim() {
            "" | ">=" => Self::From(number),
            "=" | "==" => Self::Exactly(number),
            ">" => Self::Above(number),
            "<" => Self::Below(number),
            "<=" => Self::UpTo(number),
            "%" if number > 0 => Self::Every(number),
            _ => return None,
        })
    }

    fn counts(self, hits: u64) -> bool {
        match self {
            Self::From(number) => hits >= number,
            Self::Exactly(number) => hits == number,
            Self::Above(number) => hits > number,
            Self::Below(number) => hits < number,
            Self::UpTo(number) => hits <= number,
            Self::Every(number) => hits.is_multiple_of(number),
        }
    }
}

/// A breakpoint of the program.
pub(crate) struct Breakpoint {
    pub number: u32,
    /// Its file, by index in the VM's sources.
    pub source: u32,
    pub line: u32,
    /// Whether it was set by a function's name.
    pub by_name: bool,
    pub wanted: Wanted,
    places: Vec<Address>,
    hits: u64,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Breakpoints {
    list: Vec<Breakpoint>,
    last: u32,
}

impl Breakpoints {
    /// Those that there are.
    pub fn iter(&self) -> impl Iterator<Item = &Breakpoint> {
        self.list.iter()
    }
}

impl Vm {
    /// Sets a breakpoint at the first line from `line` on that has a statement: its number and line. None where
    /// there is no such line.
    pub(crate) fn set_breakpoint(&mut self, source: u32, line: u32, wanted: Wanted) -> Option<(u32, u32)> {
        let (line, places) = self.places_from(source, line)?;
        Some((self.add_breakpoint(source, line, false, places, wanted), line))
    }

    /// Sets a breakpoint at the first statement of each function of this name; its number, file and line.
    pub(crate) fn set_function_breakpoint(&mut self, name: &str, wanted: Wanted) -> Option<(u32, u32, u32)> {
        let functions = (0..self.functions.len() as u32).map(|number| code::numbered(self, number));
        let named: Vec<_> = functions.filter(|function| !function.library && &*function.name == name).collect();
        let firsts = named.iter().filter_map(|function| Some((*function, function.debug.statements.first()?)));
        let (source, line) = firsts.clone().next().map(|(function, first)| (function.source, first.line))?;
        let places = firsts.map(|(function, first)| code::address(function, first.instruction)).collect();
        Some((self.add_breakpoint(source, line, true, places, wanted), source, line))
    }

    fn add_breakpoint(&mut self, source: u32, line: u32, by_name: bool, places: Vec<Address>, wanted: Wanted) -> u32 {
        let Some(debugger) = &mut self.debugger else { return 0 };
        places.iter().for_each(|&at| debugger.traps.hold(at));
        debugger.breakpoints.last += 1;
        let number = debugger.breakpoints.last;
        debugger.breakpoints.list.push(Breakpoint { number, source, line, by_name, wanted, places, hits: 0 });
        number
    }

    /// Takes away the breakpoints for which this holds; how many there were.
    pub(crate) fn remove_breakpoints(&mut self, unwanted: impl Fn(&Breakpoint) -> bool) -> usize {
        let Some(debugger) = &mut self.debugger else { return 0 };
        let (gone, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut debugger.breakpoints.list).into_iter().partition(|breakpoint| unwanted(breakpoint));
        debugger.breakpoints.list = kept;
        gone.iter().flat_map(|breakpoint| &breakpoint.places).for_each(|&at| debugger.traps.release(at));
        gone.len()
    }

    /// Takes away all breakpoints.
    pub(super) fn clear_breakpoints(&mut self) {
        self.remove_breakpoints(|_| true);
    }

    /// The places of the first line from `line` on where statements begin: those of the line's first statement,
    /// so that functions within the line do not count.
    fn places_from(&self, source: u32, line: u32) -> Option<(u32, Vec<Address>)> {
        let functions = (0..self.functions.len() as u32).map(|number| code::numbered(self, number));
        let functions: Vec<_> = functions.filter(|function| function.source == source).collect();
        let all =
            || functions.iter().flat_map(|function| function.debug.statements.iter().map(move |at| (function, at)));
        let first = all().map(|(_, at)| (at.line, at.column)).filter(|place| place.0 >= line).min()?;
        let places = all().filter(|(_, at)| (at.line, at.column) == first);
        Some((first.0, places.map(|(function, at)| code::address(function, at.instruction)).collect()))
    }

    /// Lines of a file, from one to another, at which a breakpoint can be set.
    pub(crate) fn breakable_lines(&self, source: u32, from: u32, to: u32) -> Vec<u32> {
        let functions = (0..self.functions.len() as u32).map(|number| code::numbered(self, number));
        let statements =
            functions.filter(|function| function.source == source).flat_map(|function| &function.debug.statements);
        let lines: std::collections::BTreeSet<u32> =
            statements.map(|statement| statement.line).filter(|line| (from..=to).contains(line)).collect();
        lines.into_iter().collect()
    }

    /// The breakpoints at which the fiber that has come to a place has to stop. Log points print.
    pub(super) fn hits(&mut self, id: u32, at: Address) -> Vec<u32> {
        let here = |breakpoint: &&Breakpoint| breakpoint.places.contains(&at);
        let numbers: Vec<u32> = match &self.debugger {
            Some(debugger) if debugger.traps.has(at) => {
                debugger.breakpoints.iter().filter(here).map(|breakpoint| breakpoint.number).collect()
            }
            _ => return Vec::new(),
        };
        numbers.into_iter().filter(|&number| self.hit(id, number)).collect()
    }

    fn hit(&mut self, id: u32, number: u32) -> bool {
        let Some(wanted) = self.breakpoint(number).map(|breakpoint| breakpoint.wanted.clone()) else { return false };
        let frame = self.next_of(id).map_or(0, |(_, depth)| depth.saturating_sub(1));
        if let Some(condition) = &wanted.condition {
            match self.evaluate_at(id, frame, condition) {
                Ok(value) if value.is_truthy() => {}
                Ok(_) => return false,
                Err(message) => self.tell(&format!("the condition `{condition}` of a breakpoint fails: {message}\n")),
            }
        }
        let Some(breakpoint) = self.breakpoint(number) else { return false };
        breakpoint.hits += 1;
        let hits = breakpoint.hits;
        if wanted.hits.is_some_and(|count| !count.counts(hits)) {
            return false;
        }
        let Some(message) = &wanted.message else { return true };
        let text = self.interpolated(id, frame, message);
        self.tell(&format!("{text}\n"));
        false
    }

    fn breakpoint(&mut self, number: u32) -> Option<&mut Breakpoint> {
        self.debugger.as_mut()?.breakpoints.list.iter_mut().find(|breakpoint| breakpoint.number == number)
    }

    /// A log point's message with the values of its expressions.
    fn interpolated(&mut self, id: u32, frame: usize, message: &str) -> String {
        let (mut text, mut rest) = (String::new(), message);
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let Some((expression, behind)) = after.split_once('}') else {
                return text + "{" + after;
            };
            match self.evaluate_at(id, frame, expression) {
                Ok(value) => text.push_str(&super::preview::bare(self, value)),
                Err(message) => text.push_str(&format!("<{message}>")),
            }
            rest = behind;
        }
        text + rest
    }
}

#[cfg(test)]
mod tests {
    use super::HitCount;

    #[test]
    fn counts_of_hits() {
        let counts =
            |text: &str| (1..=6).filter(|&hits| HitCount::parse(text).unwrap().counts(hits)).collect::<Vec<_>>();
        assert_eq!(counts("5"), [5, 6]);
        assert_eq!(counts(">=5"), [5, 6]);
        assert_eq!(counts("== 2"), [2]);
        assert_eq!(counts("> 4"), [5, 6]);
        assert_eq!(counts("< 3"), [1, 2]);
        assert_eq!(counts("<= 3"), [1, 2, 3]);
        assert_eq!(counts("%3"), [3, 6]);
        for wrong in ["", "x", ">", "% 0", "5 times", "!= 3", "99999999999999999999"] {
            assert_eq!(HitCount::parse(wrong), None, "{wrong}");
        }
    }
}
