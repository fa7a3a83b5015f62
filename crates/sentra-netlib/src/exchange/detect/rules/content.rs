//! What a payload has to contain: bytes at places that may depend on each other, and patterns.

use memchr::memmem::Finder;
use regex_automata::meta::Regex;

/// Bytes that are there, or are not.
pub(super) struct Content {
    pub bytes: Vec<u8>,
    pub not: bool,
    pub any_case: bool,
    /// From where on, and within how many bytes from there, it is looked for: from the start of
    /// the payload, or from the end of the one before.
    pub offset: i64,
    pub depth: Option<i64>,
    pub relative: bool,
    pub at_end: bool,
    finder: Option<Finder<'static>>,
}

impl Content {
    pub fn new(bytes: Vec<u8>, not: bool) -> Self {
        let finder = Some(Finder::new(&bytes).into_owned());
        Self { bytes, not, any_case: false, offset: 0, depth: None, relative: false, at_end: false, finder }
    }

    pub fn ignore_case(&mut self) {
        self.any_case = true;
        self.finder = None;
    }

    /// Its first place in some bytes.
    fn find(&self, within: &[u8]) -> Option<usize> {
        match &self.finder {
            Some(finder) => finder.find(within),
            None => within.windows(self.bytes.len()).position(|part| part.eq_ignore_ascii_case(&self.bytes)),
        }
    }

    /// The ends of its places, the first after `from`.
    fn next(&self, payload: &[u8], last: usize, from: usize) -> Option<usize> {
        let base = if self.relative { last as i64 } else { 0 };
        let first = (base + self.offset).max(from as i64).max(0);
        let begin = (base + self.offset).max(0);
        let end = self.depth.map_or(payload.len() as i64, |depth| (begin + depth).min(payload.len() as i64));
        let (first, end) = (usize::try_from(first).ok()?, usize::try_from(end).ok()?);
        let within = payload.get(first..end)?;
        if self.at_end {
            let start = payload.len().checked_sub(self.bytes.len()).filter(|start| *start >= first)?;
            let tail = &payload[start..];
            let is = if self.any_case { tail.eq_ignore_ascii_case(&self.bytes) } else { tail == self.bytes };
            return is.then_some(start);
        }
        self.find(within).map(|at| first + at)
    }
}

/// All that a payload has to contain.
#[derive(Default)]
pub(super) struct Contents {
    pub list: Vec<Content>,
    pub patterns: Vec<(bool, Regex)>,
}

/// Places that are tried before a payload counts as one without.
const MOST_TRIES: u32 = 500;

impl Contents {
    pub fn match_in(&self, payload: &[u8]) -> bool {
        let mut tries = MOST_TRIES;
        self.from(payload, 0, 0, &mut tries) && self.patterns.iter().all(|(not, regex)| regex.is_match(payload) != *not)
    }

    fn from(&self, payload: &[u8], at: usize, last: usize, tries: &mut u32) -> bool {
        let Some(content) = self.list.get(at) else { return true };
        if content.not {
            return content.next(payload, last, 0).is_none() && self.from(payload, at + 1, last, tries);
        }
        // Only if another one depends on it does it matter which place it is.
        let matters = self.list[at + 1..].iter().any(|next| next.relative);
        let mut from = 0;
        while let Some(place) = content.next(payload, last, from) {
            if self.from(payload, at + 1, place + content.bytes.len(), tries) {
                return true;
            }
            *tries = tries.saturating_sub(1);
            if !matters || *tries == 0 {
                return false;
            }
            from = place + 1;
        }
        false
    }
}
