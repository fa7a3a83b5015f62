//! Completion scripts of a [`Program`] for bash, zsh and fish.

use std::fmt::Write;

use super::{Command, Operand, Program, Values};

impl Program {
    /// The script for a shell that `COMPLETIONS` names.
    pub fn completions(&self, shell: &str) -> String {
        match shell {
            "zsh" => self.zsh(),
            "fish" => self.fish(),
            _ => self.bash(),
        }
    }

    fn names(&self) -> String {
        self.commands.iter().map(|command| command.name).collect::<Vec<_>>().join(" ")
    }

    fn bash(&self) -> String {
        let name = self.name;
        let function = name.replace('-', "_");
        let mut text = format!("_{function}() {{\n    local word=\"${{COMP_WORDS[COMP_CWORD]}}\" words=\"\"\n");
        text.push_str("    case \"${COMP_WORDS[1]}\" in\n");
        for command in self.commands {
            let words = words_of(command);
            let _ = writeln!(text, "        {}) words=\"{words}\" ;;", command.name);
        }
        let _ = write!(
            text,
            "    esac\n    if [ \"$COMP_CWORD\" -eq 1 ]; then words=\"{} --help --version\"; fi\n",
            self.names()
        );
        text.push_str("    COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\n");
        let _ = writeln!(text, "complete -o default -F _{function} {name}");
        text
    }

    fn zsh(&self) -> String {
        let mut text = format!("#compdef {}\n_arguments -C \\\n    '1: :->command' \\\n    '*:: :->rest'\n", self.name);
        text.push_str("case $state in\ncommand)\n    local -a commands=(\n");
        for command in self.commands {
            let _ = writeln!(text, "        '{}:{}'", command.name, quoted(command.about));
        }
        text.push_str("    )\n    _describe command commands\n    _files\n    ;;\nrest)\n    case $words[1] in\n");
        for command in self.commands {
            let _ = write!(text, "    {}) _arguments", command.name);
            for flag in command.shown_flags() {
                let (equals, colon) = match flag.value {
                    None => ("", ""),
                    Some((_, Values::Optional)) => ("=-", "::"),
                    Some(_) => ("=", ":"),
                };
                let value = flag.value.map(|(name, values)| format!("{colon}{name}:{}", zsh_action(values)));
                let value = value.unwrap_or_default();
                let about = quoted(flag.about).replace('[', "\\[").replace(']', "\\]");
                let _ = write!(text, " '--{}{equals}[{about}]{value}'", flag.long);
            }
            let last = command.operands.last().map_or(Values::Free, |operand: &Operand| operand.values);
            let _ = writeln!(text, " '*: :{}' ;;", zsh_action(last));
        }
        text.push_str("    *) _files ;;\n    esac\n    ;;\nesac\n");
        text
    }

    fn fish(&self) -> String {
        let name = self.name;
        let mut text = String::new();
        for command in self.commands {
            let about = quoted(command.about);
            let _ = writeln!(text, "complete -c {name} -n __fish_use_subcommand -a {} -d '{about}'", command.name);
            let seen = format!("-n '__fish_seen_subcommand_from {}'", command.name);
            for flag in command.shown_flags() {
                let short = flag.short.map(|short| format!(" -s {short}")).unwrap_or_default();
                let needs = flag.value.is_some_and(|(_, values)| values != Values::Optional);
                let value = if needs { " -r" } else { "" };
                let _ = writeln!(
                    text,
                    "complete -c {name} {seen} -l {}{short}{value} -d '{}'",
                    flag.long,
                    quoted(flag.about)
                );
            }
            for operand in command.operands {
                if let Values::Words(words) = operand.values {
                    let _ = writeln!(text, "complete -c {name} -f {seen} -a '{}'", words.join(" "));
                }
            }
        }
        text
    }
}

/// Flags and fixed operands that may follow a command.
fn words_of(command: &Command) -> String {
    let flags = command.shown_flags().map(|flag| format!("--{}", flag.long));
    let fixed = command.operands.iter().flat_map(|operand| match operand.values {
        Values::Words(words) => words,
        Values::Files | Values::Free | Values::Optional => &[],
    });
    flags.chain(fixed.map(|word| (*word).to_string())).chain(["--help".to_string()]).collect::<Vec<_>>().join(" ")
}

fn zsh_action(values: Values) -> String {
    match values {
        Values::Files => "_files".to_string(),
        Values::Words(words) => format!("({})", words.join(" ")),
        Values::Free | Values::Optional => String::new(),
    }
}

/// For use within single quotes of a shell, and after a colon of zsh.
fn quoted(text: &str) -> String {
    text.replace('\'', "’").replace(':', "\\:")
}
