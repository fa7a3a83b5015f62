//! Input to the REPL itself: words that begin with a colon. One table gives reading, help and
//! completion.

/// What the REPL is told to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Directive {
    /// Describe something, or the directives if nothing is named.
    Help(String),
    /// Run a file in this session.
    Load(String),
    /// Show the type of an expression's value.
    Type(String),
    /// Show how long an expression takes.
    Time(String),
    /// Leave.
    Quit,
}

/// Word, operand, what it does, what it becomes.
type Row = (&'static str, &'static str, &'static str, fn(String) -> Directive);

const TABLE: &[Row] = &[
    (":help", "[NAME]", "Describe a builtin or module, or list this", Directive::Help),
    (":load", "FILE", "Run a file in this session", Directive::Load),
    (":type", "EXPR", "Evaluate and show the type of the value", Directive::Type),
    (":time", "EXPR", "Evaluate and show how long it took", Directive::Time),
    (":quit", "", "Leave, as Ctrl-D does", |_| Directive::Quit),
];

/// The words, for completion.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|row| row.0)
}

/// What `:help` alone says.
pub(super) fn help() -> String {
    let mut text = String::from("Input is evaluated; the last result is `_`. Ctrl-C ends a line or what runs.\n\n");
    for (word, operand, about, _) in TABLE {
        text.push_str(&format!("  {:14}{about}\n", format!("{word} {operand}")));
    }
    text
}

impl Directive {
    /// The directive in a line, if it is one; an error if it is none that exists. A word may be cut
    /// short, as in `:q`.
    pub fn read(line: &str) -> Option<Result<Self, String>> {
        let line = line.trim();
        line.strip_prefix(':')?;
        let (word, operand) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let operand = operand.trim();
        let Some((word, wanted, _, make)) = TABLE.iter().find(|row| word.len() > 1 && row.0.starts_with(word)) else {
            return Some(Err(format!("there is no `{word}`; `:help` lists what there is")));
        };
        let missing = !wanted.is_empty() && !wanted.starts_with('[') && operand.is_empty();
        Some(if missing { Err(format!("`{word}` needs {wanted}")) } else { Ok(make(operand.to_string())) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_words_with_operands() {
        assert_eq!(Directive::read("log(1)"), None);
        assert_eq!(Directive::read(" :time  f(1) "), Some(Ok(Directive::Time("f(1)".into()))));
        assert_eq!(Directive::read(":q"), Some(Ok(Directive::Quit)));
        assert_eq!(Directive::read(":help"), Some(Ok(Directive::Help(String::new()))));
        assert!(matches!(Directive::read(":load"), Some(Err(message)) if message.contains("FILE")));
        assert!(matches!(Directive::read(":nothing"), Some(Err(message)) if message.contains(":nothing")));
        assert!(matches!(Directive::read(":"), Some(Err(_))));
    }
}
