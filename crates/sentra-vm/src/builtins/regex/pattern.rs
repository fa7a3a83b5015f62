//! One compiled pattern: how a text becomes one, and why some do not.

use regex_automata::Input;
use regex_automata::meta::{BuildError, Cache, Config, Regex};
use regex_automata::util::captures::Captures;
use regex_syntax::ParserBuilder;

use crate::fault::Fault;

/// The longest pattern in bytes: a class of five bytes may have hundreds of ranges once it is read.
const LONGEST: usize = 1 << 18;
/// The most bytes of a compiled pattern.
const LARGEST: usize = 10 << 20;
/// The longest part of a pattern that a message quotes.
const QUOTED: usize = 60;

/// A compiled pattern with the memory that its searches work in.
pub(crate) struct Pattern {
    regex: Regex,
    cache: Cache,
    captures: Captures,
}

impl Pattern {
    /// Compiles a pattern. Subjects are bytes: nothing is assumed to be UTF-8.
    pub fn compile(bytes: &[u8]) -> Result<Self, Box<Fault>> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let place = error.valid_up_to();
            fault(format!("byte {} is no UTF-8 (write other bytes as (?-u:\\xFF))", place + 1))
        })?;
        if text.len() > LONGEST {
            return Err(fault(format!("it has {} bytes, the most is {LONGEST}", text.len())));
        }
        let hir = ParserBuilder::new().utf8(false).build().parse(text).map_err(|error| wrong_syntax(text, &error))?;
        let config = Config::new().utf8_empty(false).nfa_size_limit(Some(LARGEST));
        let regex = Regex::builder().configure(config).build_from_hir(&hir).map_err(|error| too_large(&error))?;
        let (cache, captures) = (regex.create_cache(), regex.create_captures());
        Ok(Self { regex, cache, captures })
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        self.regex.memory_usage() + self.cache.memory_usage()
    }

    /// Whether it matches anywhere.
    pub fn is_match(&mut self, subject: &[u8]) -> bool {
        self.regex.search_half_with(&mut self.cache, &Input::new(subject).earliest(true)).is_some()
    }

    /// Where it matches first at or after a place.
    pub fn find_from(&mut self, subject: &[u8], from: usize) -> Option<(usize, usize)> {
        let found = self.regex.search_with(&mut self.cache, &Input::new(subject).range(from..))?;
        Some((found.start(), found.end()))
    }

    /// The same, and the groups are known afterwards.
    pub fn capture_from(&mut self, subject: &[u8], from: usize) -> Option<(usize, usize)> {
        let input = Input::new(subject).range(from..);
        self.regex.search_captures_with(&mut self.cache, &input, &mut self.captures);
        self.group(0)
    }

    /// Where a group stood in the last match that was captured.
    pub fn group(&self, number: usize) -> Option<(usize, usize)> {
        self.captures.get_group(number).map(|span| (span.start, span.end))
    }

    /// The groups' names by number, 0 for the whole match.
    pub fn names(&self) -> impl Iterator<Item = Option<&str>> {
        self.regex.group_info().pattern_names(regex_automata::PatternID::ZERO)
    }
}

fn fault(why: impl std::fmt::Display) -> Box<Fault> {
    Fault::new("regex", format!("invalid regular expression: {why}"))
}

fn too_large(error: &BuildError) -> Box<Fault> {
    match error.size_limit() {
        Some(limit) => fault(format!("it is too large (more than {limit} bytes once compiled)")),
        None => fault(error),
    }
}

/// The mistake, with its place marked under the line of the pattern that has it.
fn wrong_syntax(pattern: &str, error: &regex_syntax::Error) -> Box<Fault> {
    let (what, span) = match error {
        regex_syntax::Error::Parse(error) => (error.kind().to_string(), error.span()),
        regex_syntax::Error::Translate(error) => (error.kind().to_string(), error.span()),
        other => return fault(other),
    };
    let start = span.start.offset.min(pattern.len());
    let line_start = pattern[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = pattern[start..].find('\n').map_or(pattern.len(), |at| at + start);
    let before: Vec<char> = pattern[line_start..start].chars().rev().take(QUOTED).collect();
    let shown = |character: char| if character.is_control() { ' ' } else { character };
    let line: String =
        before.iter().rev().copied().chain(pattern[start..line_end].chars().take(QUOTED)).map(shown).collect();
    let marked = pattern[start..span.end.offset.clamp(start, line_end.max(start))].chars().count().clamp(1, QUOTED);
    let place = pattern[..start].chars().count() + 1;
    fault(format!("{what}, at character {place}\n    {line}\n    {}{}", " ".repeat(before.len()), "^".repeat(marked)))
}
