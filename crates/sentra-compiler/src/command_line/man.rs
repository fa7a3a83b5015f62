//! The man page of a [`Program`].

use std::fmt::Write;

use super::{Command, Program};

impl Program {
    /// The page, for `man -l` or a directory `man1`.
    pub fn man(&self) -> String {
        let name = self.name;
        let mut text = format!(
            ".TH {} 1 \"\" \"Sentra {}\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n.B {}\n.I COMMAND\n[OPTIONS] [ARGS...]\n",
            name.to_uppercase().replace('-', "\\-"),
            self.version,
            escaped(name),
            escaped(self.about),
            escaped(name),
        );
        text.push_str(".SH COMMANDS\n");
        self.commands.iter().for_each(|command| self.section(&mut text, command));
        section(&mut text, "EXIT STATUS", self.statuses);
        section(&mut text, "ENVIRONMENT", self.environment);
        text
    }

    fn section(&self, text: &mut String, command: &Command) {
        let _ =
            writeln!(text, ".SS {} {}\n{}.", escaped(self.name), escaped(&command.synopsis()), escaped(command.about));
        if !command.details.is_empty() {
            let _ = writeln!(text, ".PP\n{}", escaped(command.details));
        }
        for operand in command.operands {
            let _ = writeln!(text, ".TP\n.I {}\n{}", escaped(operand.name), escaped(operand.about));
        }
        for flag in command.shown_flags() {
            let _ = writeln!(text, ".TP\n.B {}\n{}", escaped(&flag.synopsis()), escaped(flag.about));
        }
    }
}

fn section(text: &mut String, title: &str, rows: &[(&str, &str)]) {
    if !rows.is_empty() {
        let _ = writeln!(text, ".SH {title}");
    }
    for (name, about) in rows {
        let _ = writeln!(text, ".TP\n.B {}\n{}", escaped(name), escaped(about));
    }
}

/// Text as roff takes it: no line may begin with a dot or quote.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    text.lines()
        .map(|line| if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line.into() })
        .collect::<Vec<String>>()
        .join("\n")
}
