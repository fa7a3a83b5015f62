//! Help texts of a [`Program`] and of its commands.

use std::fmt::Write;

use super::{Command, Count, Flag, Operand, Program, Values};

impl Operand {
    /// As a synopsis shows it: `FILE`, `[NAME]`, `FILE...`, `[ARGS...]`.
    pub(super) fn synopsis(&self) -> String {
        match self.count {
            Count::One => self.name.to_string(),
            Count::Optional => format!("[{}]", self.name),
            Count::Some => format!("{}...", self.name),
            Count::Any => format!("[{}...]", self.name),
        }
    }
}

impl Flag {
    /// `-o, --output FILE`
    pub(super) fn synopsis(&self) -> String {
        let short = self.short.map(|short| format!("-{short}, ")).unwrap_or_default();
        let value = match self.value {
            None => String::new(),
            Some((name, Values::Optional)) => format!("[={name}]"),
            Some((name, _)) => format!(" {name}"),
        };
        format!("{short}--{}{value}", self.long)
    }
}

impl Command {
    /// The flags that help shows.
    pub(super) fn shown_flags(&self) -> impl Iterator<Item = &Flag> {
        self.flags.iter().filter(|flag| !flag.hidden)
    }

    /// `run [OPTIONS] FILE [ARGS...]`
    pub(super) fn synopsis(&self) -> String {
        let options = if self.shown_flags().next().is_some() { " [OPTIONS]" } else { "" };
        let operands: String = self.operands.iter().map(|operand| format!(" {}", operand.synopsis())).collect();
        format!("{}{options}{operands}", self.name)
    }
}

impl Program {
    /// The program's help.
    pub fn help(&self) -> String {
        let mut text = format!("{}\n\nUsage: {} COMMAND [OPTIONS] [ARGS...]\n", self.about, self.name);
        if let Some(default) = self.commands.iter().find(|command| Some(command.name) == self.default) {
            let operands: String = default.operands.iter().map(|operand| format!(" {}", operand.synopsis())).collect();
            let _ = writeln!(text, "       {}{operands}  (the same as `{} {}`)", self.name, self.name, default.name);
        }
        let commands = self.commands.iter().map(|command| (command.name.to_string(), command.about));
        table(&mut text, "Commands", commands);
        let options = [
            ("-h, --help".to_string(), "Print help, also of a command"),
            ("-V, --version".to_string(), "Print the version"),
        ];
        table(&mut text, "Options", options.into_iter());
        self.footer(&mut text);
        text
    }

    /// The help of one of its commands.
    pub fn command_help(&self, command: &Command) -> String {
        let mut text = format!("{}\n\nUsage: {} {}\n", command.about, self.name, command.synopsis());
        if !command.details.is_empty() {
            let _ = write!(text, "\n{}\n", command.details);
        }
        let operands = command.operands.iter().map(|operand| (operand.name.to_string(), operand.about));
        table(&mut text, "Arguments", operands);
        let help = [("-h, --help".to_string(), "Print this help")];
        let flags = command.shown_flags().map(|flag| (flag.synopsis(), flag.about)).chain(help);
        table(&mut text, "Options", flags);
        text
    }

    fn footer(&self, text: &mut String) {
        let rows = |rows: &'static [(&'static str, &'static str)]| {
            rows.iter().map(|(name, about)| ((*name).to_string(), *about))
        };
        table(text, "Exit status", rows(self.statuses));
        table(text, "Environment", rows(self.environment));
    }
}

/// Rows of a name and what it means, beneath a title.
fn table<'a>(text: &mut String, title: &str, rows: impl Iterator<Item = (String, &'a str)>) {
    let rows: Vec<(String, &str)> = rows.collect();
    let Some(width) = rows.iter().map(|(name, _)| name.len()).max() else { return };
    let _ = write!(text, "\n{title}:\n");
    for (name, about) in rows {
        let _ = writeln!(text, "  {name:width$}  {about}");
    }
}
