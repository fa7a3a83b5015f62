//! Comments that switch a rule off: `// lint: allow(RULE, …)` for the line that it stands on, or, on a
//! line of its own, for the next line with code; `// lint: allow-file(RULE, …)` for the file. A rule is
//! its name or its code.

use super::RULES;
use crate::diagnostic::{Code, Diagnostic};
use crate::lex::lex;
use crate::token::TokenKind;

/// What a file allows.
#[derive(Default)]
pub(super) struct Allowed {
    /// The codes, and the bytes of the lines for which each is.
    places: Vec<(Code, std::ops::Range<usize>)>,
}

impl Allowed {
    pub(super) fn allows(&self, diagnostic: &Diagnostic) -> bool {
        let start = diagnostic.span.start as usize;
        self.places.iter().any(|(code, place)| *code == diagnostic.code && place.contains(&start))
    }
}

/// Reads the comments of a file.
pub(super) fn allowed(source: &[u8]) -> Allowed {
    let mut allowed = Allowed::default();
    let tokens = lex(source).0;
    for (index, token) in tokens.iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Comment) {
        let text = String::from_utf8_lossy(token.text(source));
        let Some((rules, whole)) = rules(&text) else { continue };
        let trivia = |kind| matches!(kind, TokenKind::Space | TokenKind::Comment);
        let alone = tokens[..index].iter().rev().find(|before| !trivia(before.kind));
        let alone = alone.is_none_or(|before| before.kind == TokenKind::Newline);
        let code = |kind| !trivia(kind) && kind != TokenKind::Newline;
        let next = tokens[index..]
            .iter()
            .find(|after| code(after.kind))
            .map_or(source.len(), |after| after.span.start as usize);
        let place = match (whole, alone) {
            (true, _) => 0..source.len() + 1,
            (false, true) => next..line_end(source, next),
            (false, false) => line_start(source, token.span.start as usize)..token.span.end as usize,
        };
        allowed.places.extend(rules.into_iter().map(|code| (code, place.clone())));
    }
    allowed
}

fn line_start(source: &[u8], place: usize) -> usize {
    source[..place].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1)
}

fn line_end(source: &[u8], place: usize) -> usize {
    source[place..].iter().position(|byte| *byte == b'\n').map_or(source.len() + 1, |length| place + length)
}

/// The rules that a comment names, and whether for the whole file.
fn rules(comment: &str) -> Option<(Vec<Code>, bool)> {
    let text = comment.trim_start_matches(['/', '#', '*']).trim_start().strip_prefix("lint:")?.trim_start();
    let (text, whole) = match text.strip_prefix("allow-file(") {
        Some(rest) => (rest, true),
        None => (text.strip_prefix("allow(")?, false),
    };
    let (names, _) = text.split_once(')')?;
    let code =
        |name: &str| RULES.iter().find(|rule| rule.name == name || rule.code.text() == name).map(|rule| rule.code);
    Some((names.split(',').filter_map(|name| code(name.trim())).collect(), whole))
}
