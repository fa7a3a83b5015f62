//! Maps: associations in the order of insertion.
//!
//! A few entries, `MOST_INLINE` at most, lie behind the object itself. Beyond, they have an allocation of
//! their own; from nine on an index (open addressing over positions) finds keys. A removed
//! entry leaves its place marked until the entries are packed anew.

mod find;

use std::ptr;

use super::object::*;
use super::{Heap, raw_allocate, raw_free};
use crate::fault::Fault;
use crate::value::{Tag, Value};

pub(super) use find::Recent;

/// From this many entries on a map has an index.
const INDEX_FROM: usize = 9;
/// The most entries of a map.
pub const MAX_LEN: usize = 1 << 30;
/// Room behind the smallest map: enough for a [`MapTable`].
const LEAST_INLINE: usize = 2;
/// The most entries behind a map itself.
const MOST_INLINE: usize = 16;

/// A map on the heap.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Map(pub(crate) *mut MapObject);

impl Map {
    /// The value.
    #[inline(always)]
    pub fn value(self) -> Value {
        Value::object(Tag::Map, self.0.cast())
    }

    /// Number of associations.
    pub fn len(self) -> usize {
        // SAFETY: the object is live; the flag says that a table follows.
        unsafe { if self.has_table() { (*self.table()).live as usize } else { (*self.0).header.len as usize } }
    }

    /// Whether it has no associations.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    fn has_table(self) -> bool {
        // SAFETY: the object is live.
        unsafe { (*self.0).header.flags & MAP_TABLE != 0 }
    }

    /// Whether text keys are found without regard to case.
    pub fn is_caseless(self) -> bool {
        // SAFETY: the object is live.
        unsafe { (*self.0).header.flags & MAP_CASELESS != 0 }
    }

    /// The number of its prototype, whose functions are its methods; 0 if it has none.
    #[inline(always)]
    pub(crate) fn prototype(self) -> u8 {
        // SAFETY: the object is live.
        unsafe { (*self.0).header.flags >> MAP_PROTOTYPE }
    }

    /// Gives it a prototype.
    pub(crate) fn set_prototype(self, number: u8) {
        debug_assert!(number <= u8::MAX >> MAP_PROTOTYPE);
        // SAFETY: the object is live.
        unsafe { (*self.0).header.flags = (*self.0).header.flags & MAP_FORM | number << MAP_PROTOTYPE };
    }

    #[inline(always)]
    fn table(self) -> *mut MapTable {
        // SAFETY: every map has room for a table behind it.
        unsafe { self.0.add(1).cast() }
    }

    /// Entries in use, removed ones included.
    #[inline(always)]
    pub(crate) fn used(self) -> usize {
        // SAFETY: the object is live.
        unsafe { (*self.0).header.len as usize }
    }

    #[inline(always)]
    fn entry(self, position: usize) -> *mut Entry {
        // SAFETY: callers pass positions below the capacity.
        unsafe { (*self.0).entries.add(position) }
    }

    /// The association at `position`, if there is one: for iteration while the map may change.
    #[inline]
    pub fn at(self, position: usize) -> Option<(Value, Value)> {
        // SAFETY: positions below `used` hold entries.
        (position < self.used()).then(|| unsafe { *self.entry(position) }).map(|entry| (entry.key, entry.value))
    }

    /// The next association at or after `position`, and its position.
    #[inline]
    pub fn next_from(self, mut position: usize) -> Option<(usize, Value, Value)> {
        while let Some((key, value)) = self.at(position) {
            if key != Value::REMOVED {
                return Some((position, key, value));
            }
            position += 1;
        }
        None
    }

    /// The associations in order.
    pub fn iter(self) -> impl Iterator<Item = (Value, Value)> {
        let mut position = 0;
        std::iter::from_fn(move || {
            let (at, key, value) = self.next_from(position)?;
            position = at + 1;
            Some((key, value))
        })
    }

    /// What belongs to the key.
    #[inline]
    pub fn get(self, heap: &Heap, key: Value) -> Option<Value> {
        // SAFETY: `find` gives positions of entries.
        self.find(heap, key).map(|at| unsafe { (*self.entry(at)).value })
    }

    /// What belongs to a text key.
    pub fn get_text(self, key: &[u8]) -> Option<Value> {
        let caseless = self.is_caseless();
        let matches = |other: &[u8]| if caseless { other.eq_ignore_ascii_case(key) } else { other == key };
        self.iter().find(|(other, _)| other.as_bytes().is_some_and(matches)).map(|(_, value)| value)
    }

    /// Associates `value` with `key`, which is a text, number, boolean or nil.
    #[inline]
    pub fn set(self, heap: &mut Heap, key: Value, value: Value) -> Result<(), Box<Fault>> {
        if let Some(at) = self.find(heap, key) {
            // SAFETY: `find` gives positions of entries.
            unsafe { self.replace(heap, self.entry(at), value) };
            return Ok(());
        }
        self.insert(heap, key, value)
    }

    /// Gives an entry another value.
    ///
    /// # Safety
    /// The entry is one of this map's.
    #[inline(always)]
    pub(crate) unsafe fn replace(self, heap: &mut Heap, entry: *mut Entry, value: Value) {
        heap.barrier(self.0.cast(), value);
        // SAFETY: as the caller says.
        unsafe { (*entry).value = value };
    }

    /// Sets a text key; for maps that builtins make.
    pub fn set_text(self, heap: &mut Heap, key: &str, value: Value) -> Result<(), Box<Fault>> {
        let key = heap.intern(key.as_bytes());
        self.set(heap, key, value)
    }

    /// Adds an association whose key is not there.
    fn insert(self, heap: &mut Heap, key: Value, value: Value) -> Result<(), Box<Fault>> {
        if self.used() == self.capacity() {
            self.grow(heap)?;
        }
        let key = find::plain_key(key);
        heap.barrier(self.0.cast(), key);
        heap.barrier(self.0.cast(), value);
        let at = self.used();
        if let Some(text) = key.as_text() {
            text.note_position(at);
        }
        // SAFETY: `at` is below the capacity; the table follows if the flag says so.
        unsafe {
            self.entry(at).write(Entry { key, value });
            (*self.0).header.len += 1;
            if self.has_table() {
                (*self.table()).live += 1;
                if !(*self.table()).index.is_null() {
                    let hash = self.hash(heap, key);
                    self.place(hash, at);
                }
            }
        }
        Ok(())
    }

    fn capacity(self) -> usize {
        // SAFETY: the object is live; the flag says that a table follows.
        unsafe { if self.has_table() { (*self.table()).capacity as usize } else { inline_capacity(self.0) } }
    }

    /// Removes the key; what belonged to it.
    pub fn remove(self, heap: &mut Heap, key: Value) -> Option<Value> {
        let at = self.find(heap, key)?;
        heap.recent.set(Recent::NONE);
        // SAFETY: `find` gives positions of entries; a table follows if the flag says so.
        unsafe {
            let value = (*self.entry(at)).value;
            if self.has_table() && !(*self.table()).index.is_null() {
                // The index still leads here; the mark makes the key unfindable.
                self.entry(at).write(Entry { key: Value::REMOVED, value: Value::NIL });
                (*self.table()).live -= 1;
                if (*self.table()).live == 0 {
                    self.clear(heap);
                }
            } else {
                heap.collector.revisit(self.0.cast());
                ptr::copy(self.entry(at + 1), self.entry(at), self.used() - at - 1);
                (*self.0).header.len -= 1;
                if self.has_table() {
                    (*self.table()).live -= 1;
                }
            }
            Some(value)
        }
    }

    /// Removes everything.
    pub fn clear(self, heap: &mut Heap) {
        heap.recent.set(Recent::NONE);
        // SAFETY: the object is live; nothing refers into its entries.
        unsafe {
            if let Some(bytes) = free_table(self.0) {
                heap.discount(bytes);
            }
            let map = &mut *self.0;
            map.header.flags &= !MAP_TABLE;
            map.header.len = 0;
            map.entries = self.0.add(1).cast();
        }
    }

    /// Makes room: packs the entries if many are removed, else doubles.
    #[cold]
    #[inline(never)]
    fn grow(self, heap: &mut Heap) -> Result<(), Box<Fault>> {
        self.make_room(heap, (self.len() * 2).max(8))
    }

    /// Gives the entries an allocation of their own, for `capacity` of them.
    fn make_room(self, heap: &mut Heap, capacity: usize) -> Result<(), Box<Fault>> {
        if capacity > MAX_LEN {
            return Err(Fault::new("range", format!("a map can have {MAX_LEN} entries at most")));
        }
        let slots = if capacity >= INDEX_FROM { (capacity * 3 / 2).next_power_of_two() } else { 0 };
        let bytes = capacity * size_of::<Entry>() + slots * size_of::<u32>();
        heap.reserve(bytes)?;
        heap.account(bytes);
        heap.recent.set(Recent::NONE);
        heap.collector.revisit(self.0.cast());
        // SAFETY: the new allocation has room for all entries and is filled before it is
        // put in place; the old one is freed after that.
        unsafe {
            let entries = raw_allocate(bytes).cast::<Entry>();
            let index = if slots == 0 { ptr::null_mut() } else { entries.add(capacity).cast::<u32>() };
            ptr::write_bytes(index.cast::<u8>(), 0, slots * size_of::<u32>());
            let mut live = 0;
            for (key, value) in self.iter() {
                entries.add(live).write(Entry { key, value });
                live += 1;
            }
            if let Some(bytes) = free_table(self.0) {
                heap.discount(bytes);
            }
            (*self.0).entries = entries;
            (*self.0).header.len = live as u32;
            (*self.0).header.flags |= MAP_TABLE;
            let mask = slots.saturating_sub(1) as u32;
            self.table().write(MapTable { capacity: capacity as u32, live: live as u32, index, mask, reserved: 0 });
            if slots != 0 {
                for at in 0..live {
                    self.place(self.hash(heap, (*self.entry(at)).key), at);
                }
            }
        }
        Ok(())
    }
}

fn inline_capacity(map: *const MapObject) -> usize {
    // SAFETY: the object is live; its class tells the size of its cell.
    let class = unsafe { (*map).header.class };
    (super::block::SIZES[class as usize] as usize - size_of::<MapObject>()) / size_of::<Entry>()
}

/// Frees a map's entries and index if they have an allocation; its size in bytes.
///
/// # Safety
/// Nothing uses the entries any more.
pub(super) unsafe fn free_table(map: *mut MapObject) -> Option<usize> {
    // SAFETY: as the caller promises; the table tells how large the allocation is.
    unsafe {
        if (*map).header.flags & MAP_TABLE == 0 {
            return None;
        }
        let table = &*map.add(1).cast::<MapTable>();
        let slots = if table.index.is_null() { 0 } else { table.mask as usize + 1 };
        let bytes = table.capacity as usize * size_of::<Entry>() + slots * size_of::<u32>();
        raw_free((*map).entries.cast(), bytes);
        Some(bytes)
    }
}

impl Heap {
    /// An empty map; `room` entries fit without another allocation if they are few.
    #[inline(always)]
    pub fn map(&mut self, room: usize) -> Map {
        let inline = room.clamp(LEAST_INLINE, MOST_INLINE);
        let map = self.allocate(size_of::<MapObject>() + inline * size_of::<Entry>(), Kind::Map, 0).cast::<MapObject>();
        // SAFETY: the allocation is as large as the object and the entries behind it.
        unsafe { (*map).entries = map.add(1).cast() };
        Map(map)
    }

    /// An empty map with room for so many entries.
    #[inline]
    pub(crate) fn map_with_room(&mut self, room: usize) -> Result<Map, Box<Fault>> {
        let inline = room <= MOST_INLINE;
        let map = self.map(if inline { room } else { 0 });
        if !inline {
            map.make_room(self, room)?;
        }
        Ok(map)
    }

    /// An empty map that finds text keys without regard to case.
    pub fn caseless_map(&mut self) -> Map {
        let map = self.map(0);
        // SAFETY: the object is fresh.
        unsafe { (*map.0).header.flags |= MAP_CASELESS };
        map
    }

    /// A map with these distinct keys that are not zero, of which there are at most 16.
    #[inline(always)]
    pub(crate) fn map_with_keys(&mut self, keys: &[Value], values: &[Value]) -> Map {
        let map = self.map(keys.len());
        // SAFETY: `map` gives room for up to 16 entries.
        unsafe {
            let entries = (*map.0).entries;
            for (at, (&key, &value)) in keys.iter().zip(values).enumerate() {
                entries.add(at).write(Entry { key, value });
            }
            (*map.0).header.len = keys.len() as u32;
        }
        map
    }

    /// A map with these entries, whose keys differ; zero is positive.
    #[inline(always)]
    pub(crate) fn map_of(&mut self, entries: impl ExactSizeIterator<Item = (Value, Value)>) -> Result<Map, Box<Fault>> {
        let map = self.map_with_room(entries.len())?;
        if entries.len() > MOST_INLINE {
            entries.into_iter().try_for_each(|(key, value)| map.insert(self, key, value))?;
            return Ok(map);
        }
        let len = entries.len();
        // SAFETY: there is room for so many entries behind the map, which is fresh.
        unsafe {
            for (at, (key, value)) in entries.take(len).enumerate() {
                map.entry(at).write(Entry { key, value });
            }
            (*map.0).header.len = len as u32;
        }
        Ok(map)
    }
}
