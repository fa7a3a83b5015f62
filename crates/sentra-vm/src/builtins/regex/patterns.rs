//! The patterns that were used last, compiled. A pattern's text is usually one constant of the
//! program, so the object itself finds it again; equal texts of other objects find it by their bytes.

use super::pattern::Pattern;
use crate::fault::Fault;
use crate::heap::{Marker, Text};
use crate::value::Value;

/// The most patterns that are kept.
const MOST: usize = 64;
/// The most bytes that kept patterns hold, as of the last compilation.
const MOST_BYTES: usize = 64 << 20;

struct Entry {
    /// Keeps the text alive: while it is here no other object has its address.
    text: Value,
    used: u64,
    pattern: Pattern,
}

/// Compiled patterns.
#[derive(Default)]
pub(crate) struct Patterns {
    entries: Vec<Entry>,
    /// Which entry was used last.
    last: usize,
    clock: u64,
}

impl Patterns {
    /// The compiled pattern of a text.
    #[inline]
    pub fn get(&mut self, text: Text) -> Result<&mut Pattern, Box<Fault>> {
        let is_last = self.entries.get(self.last).is_some_and(|entry| entry.text == text.value());
        if !is_last {
            self.last = self.find_or_compile(text)?;
        }
        Ok(&mut self.entries[self.last].pattern)
    }

    #[inline(never)]
    fn find_or_compile(&mut self, text: Text) -> Result<usize, Box<Fault>> {
        self.clock += 1;
        let same_object = self.entries.iter().position(|entry| entry.text == text.value());
        let same_bytes = || self.entries.iter().position(|entry| entry.text.as_bytes() == Some(text.bytes()));
        let at = match same_object.or_else(same_bytes) {
            Some(at) => at,
            None => {
                let pattern = Pattern::compile(text.bytes())?;
                self.make_room(pattern.bytes());
                self.entries.push(Entry { text: text.value(), used: 0, pattern });
                self.entries.len() - 1
            }
        };
        self.entries[at].used = self.clock;
        Ok(at)
    }

    /// Drops what was not used for longest until there is room for one more.
    fn make_room(&mut self, bytes: usize) {
        let mut held: usize = bytes + self.entries.iter().map(|entry| entry.pattern.bytes()).sum::<usize>();
        while self.entries.len() >= MOST || held > MOST_BYTES {
            let Some(oldest) = (0..self.entries.len()).min_by_key(|&at| self.entries[at].used) else { break };
            held -= self.entries.swap_remove(oldest).pattern.bytes();
        }
    }

    /// Marks the texts.
    pub fn trace(&self, marker: &mut Marker) {
        self.entries.iter().for_each(|entry| marker.mark(entry.text));
    }
}
