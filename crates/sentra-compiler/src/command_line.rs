//! Command lines as const data: the one table of a program's commands and flags gives its parser,
//! help, shell completions and man page. It does no I/O and knows no program in particular.

mod completions;
mod help;
mod man;

use std::ffi::OsString;

use crate::resolve::suggest::nearest;

/// A program.
#[derive(Debug)]
pub struct Program {
    /// Its name, as it is called.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// What it can be asked to do.
    pub commands: &'static [Command],
    /// The command that is meant when the first argument is a file instead of a command.
    pub default: Option<&'static str>,
    /// Exit statuses and their meaning.
    pub statuses: &'static [(&'static str, &'static str)],
    /// Environment variables and what they do.
    pub environment: &'static [(&'static str, &'static str)],
}

/// One of a program's commands.
#[derive(Debug)]
pub struct Command {
    /// The word for it.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// What else is to be said.
    pub details: &'static str,
    /// What follows the command, in order.
    pub operands: &'static [Operand],
    /// Its flags, `--help` aside.
    pub flags: &'static [Flag],
    /// Whether everything after the first operand is an operand too, flags included.
    pub passes_on: bool,
}

/// An argument that is no flag.
#[derive(Clone, Copy, Debug)]
pub struct Operand {
    /// Its name in help, in capitals.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// How often it may come.
    pub count: Count,
    /// What a shell offers for it.
    pub values: Values,
}

/// How often an operand comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Once.
    One,
    /// Once or not at all.
    Optional,
    /// Once or more.
    Some,
    /// Any number of times.
    Any,
}

/// What can stand for an operand or a flag's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// A file's path.
    Files,
    /// One of these words.
    Words(&'static [&'static str]),
    /// Anything.
    Free,
    /// Of a flag: anything or nothing, and only behind `=`.
    Optional,
}

/// A flag.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Its long name, without the dashes.
    pub long: &'static str,
    /// Its one-letter name.
    pub short: Option<char>,
    /// The name of its value, if it takes one.
    pub value: Option<(&'static str, Values)>,
    /// What it does.
    pub about: &'static str,
    /// Left out of help, completions and man page.
    pub hidden: bool,
}

/// Prints a completion script; every program has it.
pub const COMPLETIONS: Command = Command {
    name: "completions",
    about: "Print a completion script for a shell",
    details: "",
    operands: &[Operand {
        name: "SHELL",
        about: "The shell that will load the script",
        count: Count::One,
        values: Values::Words(&["bash", "zsh", "fish"]),
    }],
    flags: &[],
    passes_on: false,
};

/// Prints the man page; every program has it.
pub const MAN: Command =
    Command { name: "man", about: "Print the man page", details: "", operands: &[], flags: &[], passes_on: false };

/// What a command line asks for.
#[derive(Debug)]
pub enum Request {
    /// Do this.
    Run(Parsed),
    /// Print this text and end well: help, version, completions, man page.
    Print(String),
}

/// A command with its flags and operands.
#[derive(Debug)]
pub struct Parsed {
    /// The command.
    pub command: &'static Command,
    flags: Vec<(&'static str, Option<OsString>)>,
    /// Its operands, in order; as many as it declares.
    pub operands: Vec<OsString>,
}

impl Parsed {
    /// Whether the flag is given.
    pub fn has(&self, long: &str) -> bool {
        self.flags.iter().any(|(flag, _)| *flag == long)
    }

    /// The flag's value, the last one if it is given more than once.
    pub fn value(&self, long: &str) -> Option<&OsString> {
        self.flags.iter().rev().find(|(flag, _)| *flag == long)?.1.as_ref()
    }

    /// The values of a flag that may be given more than once, in order; none where it has none.
    pub fn values(&self, long: &str) -> impl Iterator<Item = Option<&OsString>> {
        self.flags.iter().filter(move |(flag, _)| *flag == long).map(|(_, value)| value.as_ref())
    }

    /// The operand at `index` as text.
    pub fn text(&self, index: usize) -> Option<String> {
        self.operands.get(index).map(|operand| operand.to_string_lossy().into_owned())
    }
}

impl Program {
    /// Reads a command line, the program's own name left out.
    ///
    /// # Errors
    /// What is wrong with it, with a hint where to look: text for standard error.
    pub fn parse(&'static self, arguments: impl IntoIterator<Item = OsString>) -> Result<Request, String> {
        let mut arguments: Vec<OsString> = arguments.into_iter().collect();
        match arguments.first().and_then(|first| first.to_str()) {
            None if arguments.is_empty() => return Err(self.help()),
            Some("-h" | "--help") => return Ok(Request::Print(self.help())),
            Some("-V" | "--version") => return Ok(Request::Print(format!("{} {}\n", self.name, self.version))),
            _ => {}
        }
        let command = self.command(&arguments[0])?;
        if arguments[0] == command.name {
            arguments.remove(0);
        }
        let request =
            self.arguments(command, arguments).map_err(|message| self.usage_error(Some(command), &message))?;
        Ok(match request {
            Request::Run(parsed) if command.name == COMPLETIONS.name => {
                Request::Print(self.completions(&parsed.text(0).unwrap_or_default()))
            }
            Request::Run(_) if command.name == MAN.name => Request::Print(self.man()),
            request => request,
        })
    }

    /// The command that the first argument names or implies.
    fn command(&'static self, first: &OsString) -> Result<&'static Command, String> {
        if let Some(command) = self.commands.iter().find(|command| first == command.name) {
            return Ok(command);
        }
        let text = first.to_string_lossy();
        let file = text.starts_with('-') || text.contains(['.', '/']) || std::path::Path::new(first).exists();
        if let Some(command) = self.commands.iter().find(|command| Some(command.name) == self.default)
            && file
        {
            return Ok(command);
        }
        let kind = if text.starts_with('-') { "flag" } else { "command" };
        let hint = nearest(&text, self.commands.iter().map(|command| command.name));
        let hint = hint.map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        Err(self.usage_error(None, &format!("unknown {kind} `{text}`{hint}")))
    }

    fn arguments(&'static self, command: &'static Command, arguments: Vec<OsString>) -> Result<Request, String> {
        let mut parsed = Parsed { command, flags: Vec::new(), operands: Vec::new() };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let text = argument.to_string_lossy().into_owned();
            if text == "--" {
                break;
            } else if text == "--help" || text == "-h" {
                return Ok(Request::Print(self.command_help(command)));
            } else if text.len() > 1 && text.starts_with('-') {
                parsed.flag(&text, &mut arguments)?;
            } else {
                parsed.operands.push(argument);
                if command.passes_on {
                    break;
                }
            }
        }
        parsed.operands.extend(arguments);
        parsed.check_operands()?;
        Ok(Request::Run(parsed))
    }

    fn usage_error(&self, command: Option<&Command>, message: &str) -> String {
        let command = command.map(|command| format!(" {}", command.name)).unwrap_or_default();
        format!("error: {message}\nTry `{}{command} --help`.\n", self.name)
    }
}

impl Parsed {
    fn flag(&mut self, text: &str, rest: &mut impl Iterator<Item = OsString>) -> Result<(), String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(OsString::from(value))),
            None => (text, None),
        };
        let known = |flag: &&Flag| match name.strip_prefix("--") {
            Some(long) => flag.long == long,
            None => flag.short.is_some_and(|short| name[1..].chars().eq([short])),
        };
        let Some(flag) = self.command.flags.iter().find(known) else { return Err(self.unknown_flag(name)) };
        let value = match (flag.value, value) {
            (None | Some((_, Values::Optional)), None) => None,
            (None, Some(_)) => return Err(format!("`{name}` takes no value")),
            (Some(_), Some(value)) => Some(value),
            (Some((wanted, _)), None) => Some(rest.next().ok_or_else(|| format!("`{name}` needs a value: {wanted}"))?),
        };
        self.flags.push((flag.long, value));
        Ok(())
    }

    fn unknown_flag(&self, name: &str) -> String {
        let shown = self.command.flags.iter().filter(|flag| !flag.hidden);
        let near = nearest(name.trim_start_matches('-'), shown.map(|flag| flag.long));
        let hint = near.map(|near| format!("; did you mean `--{near}`?")).unwrap_or_default();
        format!("`{}` has no flag `{name}`{hint}", self.command.name)
    }

    fn check_operands(&self) -> Result<(), String> {
        let operands = self.command.operands;
        let required = operands.iter().filter(|operand| matches!(operand.count, Count::One | Count::Some)).count();
        if let Some(missing) = operands.get(self.operands.len()).filter(|_| self.operands.len() < required) {
            return Err(format!("`{}` needs {}: {}", self.command.name, missing.name, lower_first(missing.about)));
        }
        let many = operands.last().is_some_and(|last| matches!(last.count, Count::Some | Count::Any));
        if let Some(extra) = self.operands.get(operands.len()).filter(|_| !many) {
            return Err(format!("`{}` does not take `{}`", self.command.name, extra.to_string_lossy()));
        }
        for (declared, given) in operands.iter().zip(&self.operands) {
            let Values::Words(words) = declared.values else { continue };
            if !words.iter().any(|word| given == word) {
                return Err(format!(
                    "{} is one of {}, not `{}`",
                    declared.name,
                    words.join(", "),
                    given.to_string_lossy()
                ));
            }
        }
        Ok(())
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
