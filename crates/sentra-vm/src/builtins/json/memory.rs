//! Texts that come again and again in a document, or in the lines of a log: each is one object.

use crate::heap::{Heap, Marker};
use crate::value::Value;

const KEYS: usize = 128;
const TEXTS: usize = 256;
/// Longer strings are not looked for.
const SHORT: usize = 7;

/// A text, and its first bytes with its length as one number.
#[derive(Clone, Copy)]
struct Known {
    word: u64,
    text: Value,
}

const UNKNOWN: Known = Known { word: u64::MAX, text: Value::NIL };

/// What decoding remembers.
pub(crate) struct Memory {
    keys: [Known; KEYS],
    texts: [Known; TEXTS],
    /// The keys of the last map, which differ from one another.
    shape: Vec<Value>,
    /// Whether something was added since `take_changed`.
    changed: bool,
}

/// The bytes as one number: all of them if they are few, else the first ones, and the length.
#[inline]
fn word(document: &[u8], from: usize, len: usize) -> u64 {
    let first = match document.get(from..from + 8) {
        Some(eight) => u64::from_le_bytes(eight.try_into().expect("eight bytes")),
        None => document[from..].iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    };
    let shown = len.min(SHORT) as u32;
    let mask = (1_u64 << (shown * 8)) - 1;
    first & mask | (len.min(254) as u64) << 56
}

#[inline]
fn place(word: u64, count: usize) -> usize {
    (word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40) as usize % count
}

impl Memory {
    pub fn new() -> Box<Self> {
        Box::new(Self { keys: [UNKNOWN; KEYS], texts: [UNKNOWN; TEXTS], shape: Vec::new(), changed: false })
    }

    /// The interned text of a key, which are the document's bytes from `from` up to `to`.
    #[inline]
    pub fn key(&mut self, heap: &mut Heap, document: &[u8], from: usize, to: usize) -> Value {
        let len = to - from;
        let word = word(document, from, len);
        let place = place(word, KEYS);
        let known = self.keys[place];
        if known.word == word && (len <= SHORT || known.text.as_bytes() == Some(&document[from..to])) {
            return known.text;
        }
        let text = heap.intern(&document[from..to]);
        self.keys[place] = Known { word, text };
        self.changed = true;
        text
    }

    /// The text of a string, likewise.
    #[inline]
    pub fn text(&mut self, heap: &mut Heap, document: &[u8], from: usize, to: usize) -> Value {
        if to - from > SHORT {
            return heap.text(&document[from..to]);
        }
        let word = word(document, from, to - from);
        let place = place(word, TEXTS);
        let known = self.texts[place];
        if known.word == word {
            return known.text;
        }
        let text = heap.text(&document[from..to]);
        self.texts[place] = Known { word, text };
        self.changed = true;
        text
    }

    /// Whether the keys of these pairs differ from one another. They are interned, and few.
    #[inline]
    pub fn are_distinct(&mut self, pairs: &[Value]) -> bool {
        let keys = || pairs.iter().copied().step_by(2);
        if self.shape.len() * 2 == pairs.len() && self.shape.iter().copied().eq(keys()) {
            return true;
        }
        let distinct = keys().enumerate().all(|(index, key)| keys().skip(index + 1).all(|other| other != key));
        if distinct {
            self.shape.clear();
            self.shape.extend(keys());
            self.changed = true;
        }
        distinct
    }

    /// Whether something was added since this was last asked: then the collector has to know.
    pub fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// Marks what is remembered.
    pub fn trace(&self, marker: &mut Marker) {
        self.keys.iter().chain(&self.texts).for_each(|known| marker.mark(known.text));
        marker.mark_all(&self.shape);
    }
}
