//! Finding keys: by identity where that tells, else by content; among many by the index.

use std::ptr;

use super::{Heap, Map};
use crate::heap::Text;
use crate::heap::object::*;
use crate::value::Value;

/// Where a text or number was found last: `m[k] = m[k] + 1` looks twice for the same.
/// Forgotten when a map's entries move or go, and when the collector runs: it might free map
/// and key and give their memory to others.
#[derive(Clone, Copy)]
pub(in crate::heap) struct Recent {
    map: *mut MapObject,
    key: Value,
    entry: *mut Entry,
}

impl Recent {
    pub(in crate::heap) const NONE: Self = Self { map: ptr::null_mut(), key: Value::NIL, entry: ptr::null_mut() };
}

/// Whether a key has the content of this text, which is another object.
#[inline(always)]
fn equals(text: Text, key: Value) -> bool {
    key.as_text().is_some_and(|other| text.len() == other.len() && have_equal_bytes(text, other))
}

#[inline(never)]
fn have_equal_bytes(text: Text, other: Text) -> bool {
    text.equals(other)
}

/// Equal numbers as one key: what can be a small integer is one, and zero has no sign.
#[inline(always)]
pub(super) fn plain_key(key: Value) -> Value {
    match key.as_double() {
        Some(double) if !key.is_small() => Value::number(double + 0.0),
        _ => key,
    }
}

impl Map {
    /// Where the key is.
    #[inline]
    pub(crate) fn find(self, heap: &Heap, key: Value) -> Option<usize> {
        self.position(self.plain_entry(heap, key).unwrap_or_else(|| self.other_entry(heap, key)))
    }

    /// The entry of a text or of a number that is no large integer, null if there is none;
    /// nothing for other keys.
    #[inline(always)]
    pub(crate) fn plain_entry(self, heap: &Heap, key: Value) -> Option<*mut Entry> {
        let recent = heap.recent.get();
        if recent.key == key && recent.map == self.0 {
            return Some(recent.entry);
        }
        match key.as_text() {
            Some(text) => Some(self.text_entry(heap, text)),
            None => key.is_plain_number().then(|| self.number_entry(heap, key)),
        }
    }

    /// The entry of a number that is no large integer, null if there is none.
    #[inline(never)]
    fn number_entry(self, heap: &Heap, key: Value) -> *mut Entry {
        let wanted = plain_key(key);
        let entry = self.search(|| heap.hash_bits(wanted.bits()), |other| other == wanted);
        self.note(heap, key, entry)
    }

    /// The entry of a text key, null if there is none. Most keys are texts, and most of them
    /// the very objects that were put in, which note where.
    #[inline(never)]
    fn text_entry(self, heap: &Heap, text: Text) -> *mut Entry {
        if let Some(at) = text.noted_position().filter(|&at| at < self.used()) {
            let entry = self.entry(at);
            // SAFETY: positions below `used` hold entries.
            if unsafe { (*entry).key } == text.value() {
                return self.note(heap, text.value(), entry);
            }
        }
        self.search_text(heap, text)
    }

    #[inline(never)]
    fn search_text(self, heap: &Heap, text: Text) -> *mut Entry {
        if self.is_caseless() {
            return self.caseless_entry(heap, text);
        }
        let same = |key: Value| key == text.value() || equals(text, key);
        let entry = self.search(|| heap.hash_text(text), same);
        if let Some(at) = self.position(entry) {
            text.note_position(at);
        }
        self.note(heap, text.value(), entry)
    }

    /// The position of an entry of this map, nothing for null.
    #[inline(always)]
    fn position(self, entry: *mut Entry) -> Option<usize> {
        // SAFETY: an entry that is not null is one of this map's.
        (!entry.is_null()).then(|| unsafe { entry.offset_from((*self.0).entries) } as usize)
    }

    #[inline(always)]
    fn note(self, heap: &Heap, key: Value, entry: *mut Entry) -> *mut Entry {
        if !entry.is_null() {
            heap.recent.set(Recent { map: self.0, key, entry });
        }
        entry
    }

    #[inline(never)]
    fn caseless_entry(self, heap: &Heap, text: Text) -> *mut Entry {
        let same = |key: Value| key.as_bytes().is_some_and(|other| text.bytes().eq_ignore_ascii_case(other));
        self.search(|| self.hash(heap, text.value()), same)
    }

    /// The entry of nil, a boolean or a large integer; those are equal by value.
    #[inline(never)]
    fn other_entry(self, heap: &Heap, key: Value) -> *mut Entry {
        let integer = key.as_large_integer();
        let same = |other: Value| other == key || integer.is_some() && integer == other.as_large_integer();
        self.search(|| self.hash(heap, key), same)
    }

    /// What equal keys have in common.
    pub(super) fn hash(self, heap: &Heap, key: Value) -> u32 {
        match key.as_text() {
            Some(text) if self.is_caseless() => heap.hash_bytes(&text.bytes().to_ascii_lowercase()),
            Some(text) => heap.hash_text(text),
            None if key.is_plain_number() => heap.hash_bits(plain_key(key).bits()),
            None => heap.hash_bits(key.as_large_integer().map_or(key.bits(), |integer| integer as u64)),
        }
    }

    /// The entry of the key that is the `same`, null if there is none; `hash` is asked for
    /// only if there is an index.
    #[inline(always)]
    fn search(self, hash: impl FnOnce() -> u32, same: impl Fn(Value) -> bool) -> *mut Entry {
        // SAFETY: the object is live; a table follows if the flag says so; positions below
        // `used` hold entries.
        unsafe {
            if self.has_table() && !(*self.table()).index.is_null() {
                return self.search_index(hash(), same);
            }
            let at = (0..self.used()).find(|&at| same((*self.entry(at)).key));
            at.map_or(ptr::null_mut(), |at| self.entry(at))
        }
    }

    /// The same by the index. A slot of it is 0 or an entry's position plus one; above that
    /// it has the higher bits of the key's hash.
    ///
    /// # Safety
    /// The map has an index.
    #[inline(always)]
    unsafe fn search_index(self, hash: u32, same: impl Fn(Value) -> bool) -> *mut Entry {
        // SAFETY: as the caller says; the index has a free slot, so that the search ends.
        unsafe {
            let table = &*self.table();
            let mut at = hash & table.mask;
            loop {
                let slot = *table.index.add(at as usize);
                if slot == 0 {
                    return ptr::null_mut();
                }
                if (slot ^ hash) & !table.mask == 0 {
                    let entry = self.entry((slot & table.mask) as usize - 1);
                    if same((*entry).key) {
                        return entry;
                    }
                }
                at = (at + 1) & table.mask;
            }
        }
    }

    /// Enters a position into the index, which has room.
    ///
    /// # Safety
    /// The map has an index.
    pub(super) unsafe fn place(self, hash: u32, position: usize) {
        // SAFETY: the caller says that there is an index; it is never full.
        unsafe {
            let table = &*self.table();
            let mut at = hash & table.mask;
            while *table.index.add(at as usize) != 0 {
                at = (at + 1) & table.mask;
            }
            *table.index.add(at as usize) = hash & !table.mask | (position as u32 + 1);
        }
    }
}
