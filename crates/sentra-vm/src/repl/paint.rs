//! Colours of source text while it is typed, from the compiler's own tokens.

use std::fmt::Write;

use sentra_compiler::lex::lex;
use sentra_compiler::token::TokenKind;

const PLAIN: &str = "\x1b[0m";
const KEYWORD: &str = "\x1b[35m";
const TEXT: &str = "\x1b[32m";
const NUMBER: &str = "\x1b[36m";
const COMMENT: &str = "\x1b[2m";

/// The same text with colours; nothing else changes, so that it is as wide as before.
pub(super) fn paint(line: &str) -> String {
    let (tokens, _) = lex(line.as_bytes());
    let mut painted = String::with_capacity(line.len() * 2);
    for token in tokens {
        let text = line.get(token.span.start as usize..token.span.end as usize).unwrap_or_default();
        let _ = match colour(token.kind, text) {
            Some(colour) => write!(painted, "{colour}{text}{PLAIN}"),
            None => write!(painted, "{text}"),
        };
    }
    painted
}

fn colour(kind: TokenKind, text: &str) -> Option<&'static str> {
    use TokenKind as T;
    match kind {
        T::Comment => Some(COMMENT),
        T::Number | T::True | T::False | T::Nil => Some(NUMBER),
        T::String | T::RawString | T::FormatStart | T::FormatText | T::FormatEnd => Some(TEXT),
        T::Name | T::Space | T::Newline | T::Invalid | T::FormatSpec => None,
        _ => text.starts_with(|c: char| c.is_ascii_lowercase()).then_some(KEYWORD),
    }
}

#[cfg(test)]
mod tests {
    use super::paint;

    #[test]
    fn colours_are_all_that_is_added() {
        for line in ["let x = \"é\" + f\"{y:5} é\" # end", "if 1.5 { log(`raw`)", "\"open", "§ é 'a", ""] {
            let mut plain = paint(line);
            for code in ["\x1b[0m", "\x1b[35m", "\x1b[32m", "\x1b[36m", "\x1b[2m"] {
                plain = plain.replace(code, "");
            }
            assert_eq!(plain, line);
        }
        assert!(paint("let x").starts_with("\x1b[35mlet\x1b[0m x"));
    }
}
