//! Texts that stand for all others like them: short ones made lately, and interned ones.

use crate::heap::Text;
use crate::heap::object::*;

/// Short texts made lately: groups of places by hash, the last made first. A place holds a
/// text's address above 16 bits of its hash, so that others are ruled out without looking.
#[derive(Default)]
pub(in crate::heap) struct Lately {
    places: Vec<u64>,
    /// Texts found, and texts that others displaced, since the places became more.
    found: usize,
    displaced: usize,
}

impl Lately {
    /// At first enough for the words of a text, little enough for the processor's cache.
    const FIRST: usize = 8192;
    /// As many as still cost less than another object.
    const MOST: usize = 1 << 16;
    /// Places of a group.
    const GROUP: usize = 4;

    /// Where the group of a hash starts.
    #[inline(always)]
    fn group(&self, hash: u32) -> usize {
        hash as usize & self.places.len().wrapping_sub(Self::GROUP)
    }

    #[inline]
    pub(in crate::heap) fn find(&mut self, hash: u32, bytes: &[u8]) -> Option<Text> {
        let at = self.group(hash);
        let text = self.places.get(at..at + Self::GROUP)?.iter().find_map(|&place| {
            let text = Text((place >> 16) as *mut TextObject);
            (place != 0 && place as u16 == (hash >> 16) as u16 && same(text.bytes(), bytes)).then_some(text)
        })?;
        self.found += 1;
        Some(text)
    }

    #[inline]
    pub(in crate::heap) fn insert(&mut self, hash: u32, text: Text) {
        if self.displaced * 8 >= self.places.len() {
            self.reconsider();
        }
        let at = self.group(hash);
        let group = &mut self.places[at..at + Self::GROUP];
        self.displaced += usize::from(group[Self::GROUP - 1] != 0);
        group.copy_within(..Self::GROUP - 1, 1);
        group[0] = (text.0 as u64) << 16 | u64::from((hash >> 16) as u16);
    }

    /// More places, if those that there are do not hold what is found again.
    #[cold]
    #[inline(never)]
    fn reconsider(&mut self) {
        let worthwhile = self.found * 4 >= self.displaced && self.places.len() < Self::MOST;
        (self.found, self.displaced) = (0, 0);
        if worthwhile {
            let more = vec![0; (self.places.len() * 2).max(Self::FIRST)];
            let places = std::mem::replace(&mut self.places, more);
            // The last made of a group goes in last.
            for group in places.chunks_exact(Self::GROUP) {
                group.iter().rev().filter(|&&place| place != 0).for_each(|&place| self.put_back(place));
            }
        }
    }

    fn put_back(&mut self, place: u64) {
        let text = Text((place >> 16) as *mut TextObject);
        // SAFETY: the places hold only live texts, which know their hash.
        self.insert(unsafe { (*text.0).hash }, text);
    }

    /// Forgets the texts that are not marked. Marking has ended and sweeping not begun.
    pub(in crate::heap) fn retain_marked(&mut self) {
        for place in self.places.iter_mut().filter(|place| **place != 0) {
            // SAFETY: every text is still there.
            if unsafe { (*((*place >> 16) as *mut Header)).mark } == 0 {
                *place = 0;
            }
        }
    }
}

/// Whether short byte strings are equal; a call of `memcmp` costs more than they do.
#[inline]
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    fn ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
        a.first_chunk::<N>() == b.first_chunk::<N>() && a.last_chunk::<N>() == b.last_chunk::<N>()
    }
    a.len() == b.len()
        && match a.len() {
            0..4 => a.iter().eq(b),
            4..8 => ends::<4>(a, b),
            8..=16 => ends::<8>(a, b),
            17..=32 => ends::<16>(a, b),
            _ => a == b,
        }
}

/// The set of interned texts: open addressing by hash.
#[derive(Default)]
pub(in crate::heap) struct Interned {
    slots: Vec<Option<Text>>,
    count: usize,
}

impl Interned {
    pub(in crate::heap) fn find(&self, hash: u32, bytes: &[u8]) -> Option<Text> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = hash as usize & mask;
        while let Some(text) = self.slots[at] {
            if text.bytes() == bytes {
                return Some(text);
            }
            at = (at + 1) & mask;
        }
        None
    }

    pub(in crate::heap) fn insert(&mut self, hash: u32, text: Text) {
        if (self.count + 1) * 4 > self.slots.len() * 3 {
            self.grow();
        }
        self.place(hash, text);
        self.count += 1;
    }

    fn place(&mut self, hash: u32, text: Text) {
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while self.slots[at].is_some() {
            at = (at + 1) & mask;
        }
        self.slots[at] = Some(text);
    }

    fn grow(&mut self) {
        let larger = vec![None; (self.slots.len() * 2).max(256)];
        for text in std::mem::replace(&mut self.slots, larger).into_iter().flatten() {
            // SAFETY: the set holds only live texts, which know their hash.
            self.place(unsafe { (*text.0).hash }, text);
        }
    }

    pub(in crate::heap) fn retain_marked(&mut self) {
        let slots = vec![None; self.slots.len()];
        let before = std::mem::replace(&mut self.slots, slots);
        self.count = 0;
        for text in before.into_iter().flatten() {
            // SAFETY: marking has ended and sweeping not begun: every text is still there.
            let (marked, hash) = unsafe { ((*text.0).header.mark != 0, (*text.0).hash) };
            if marked {
                self.place(hash, text);
                self.count += 1;
            }
        }
    }
}
