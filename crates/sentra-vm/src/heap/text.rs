//! Strings: immutable bytes.
//!
//! A short text holds its bytes itself. A long one that grew by appending shows the front
//! part of a buffer, so that a loop of `s = s + x` costs each byte once; a long slice shows
//! a part of its parent.

mod shared;

use std::ptr;

use super::Heap;
use super::block::LARGEST_CELL;
use super::draft::Draft;
use super::object::*;
use crate::fault::Fault;
use crate::value::{Tag, Value};

use shared::same;
pub(super) use shared::{Interned, Lately};

/// The longest text.
pub const MAX_LEN: usize = u32::MAX as usize - 64;
/// From this length on appending makes a buffer.
const SHARE_FROM: usize = 256;
/// Up to this length a text that was made lately is taken instead of another like it.
const SHORT: usize = 32;
/// Bytes of the note that a text keeps of its position in a map, and what it is aligned to.
const NOTE: usize = size_of::<u32>();

/// A text on the heap.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text(pub(crate) *mut TextObject);

impl Text {
    /// Its bytes. They never change; by the heap's invariant they are there until the
    /// builtin that asked returns.
    #[inline(always)]
    pub fn bytes<'a>(self) -> &'a [u8] {
        // SAFETY: the object is live, its bytes are `len` long and never written again.
        unsafe {
            let text = &*self.0;
            let data = if text.header.flags & TEXT_SHARED == 0 {
                bytes_of(self.0).cast_const()
            } else {
                (*self.0.add(1).cast::<TextShare>()).data
            };
            std::slice::from_raw_parts(data, text.header.len as usize)
        }
    }

    /// Length in bytes.
    #[inline(always)]
    pub fn len(self) -> usize {
        // SAFETY: the object is live.
        unsafe { (*self.0).header.len as usize }
    }

    /// Whether it has no bytes.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether it is the only interned text with its bytes.
    #[inline(always)]
    pub(crate) fn is_interned(self) -> bool {
        // SAFETY: the object is live.
        unsafe { (*self.0).header.flags & TEXT_INTERNED != 0 }
    }

    /// Whether it is another object with the same bytes.
    #[inline(always)]
    pub(super) fn equals(self, other: Text) -> bool {
        self.len() == other.len() && !(self.is_interned() && other.is_interned()) && same(self.bytes(), other.bytes())
    }

    /// The value.
    #[inline(always)]
    pub fn value(self) -> Value {
        Value::object(Tag::Text, self.0.cast())
    }

    /// Where it notes its position, if it does.
    #[inline(always)]
    fn note(self) -> Option<*mut u32> {
        // SAFETY: the object is live; the flag says that four bytes follow the others.
        unsafe {
            let text = &*self.0;
            let behind = TEXT_BYTES + (text.header.len as usize).next_multiple_of(NOTE);
            (text.header.flags & TEXT_PLACED != 0).then(|| self.0.cast::<u8>().add(behind).cast())
        }
    }

    /// The position at which some map had this object as a key; any other if none has.
    #[inline(always)]
    pub(super) fn noted_position(self) -> Option<usize> {
        // SAFETY: the note was written when the text was made.
        self.note().map(|note| unsafe { *note } as usize)
    }

    /// Notes the position at which a map has this object as a key.
    #[inline(always)]
    pub(super) fn note_position(self, position: usize) {
        if let Some(note) = self.note() {
            // SAFETY: the place belongs to the note alone; positions fit, as maps are limited.
            unsafe { *note = position as u32 };
        }
    }

    fn owner(self) -> Option<*mut Header> {
        // SAFETY: the object is live; the flag says that a share follows.
        unsafe { ((*self.0).header.flags & TEXT_SHARED != 0).then(|| (*self.0.add(1).cast::<TextShare>()).owner) }
    }
}

/// Where the bytes are that a text holds itself.
///
/// # Safety
/// The text is live.
#[inline(always)]
unsafe fn bytes_of(text: *mut TextObject) -> *mut u8 {
    // SAFETY: the offset lies within the object.
    unsafe { text.cast::<u8>().add(TEXT_BYTES) }
}

impl Heap {
    /// A text with these bytes.
    #[inline]
    pub fn text(&mut self, bytes: &[u8]) -> Value {
        if bytes.len() <= SHORT { self.short_text(bytes) } else { self.fresh_text(bytes) }
    }

    /// Programs make the same words, numbers and addresses again and again: one object for
    /// them saves memory, and as keys of maps they are found without comparing bytes.
    fn short_text(&mut self, bytes: &[u8]) -> Value {
        let hash = self.hash_bytes(bytes);
        if let Some(text) = self.lately.find(hash, bytes) {
            return text.value();
        }
        let size = TEXT_BYTES + bytes.len().next_multiple_of(NOTE) + NOTE;
        let text = Text(self.allocate(size, Kind::Text, bytes.len() as u32).cast());
        // SAFETY: the fresh object has room for the bytes and the note behind it.
        unsafe {
            (*text.0).header.flags = TEXT_PLACED;
            (*text.0).hash = hash;
            ptr::copy_nonoverlapping(bytes.as_ptr(), bytes_of(text.0), bytes.len());
        }
        text.note_position(0);
        self.lately.insert(hash, text);
        text.value()
    }

    /// The same without a look at the texts that were made lately: for many parts at once.
    #[inline]
    pub(crate) fn fresh_text(&mut self, bytes: &[u8]) -> Value {
        let text = self.text_uninitialised(bytes.len());
        // SAFETY: the fresh object has room for that many bytes behind it.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), bytes_of(text), bytes.len()) };
        Text(text).value()
    }

    #[inline(always)]
    fn text_uninitialised(&mut self, len: usize) -> *mut TextObject {
        assert!(len <= MAX_LEN, "whoever makes a text of unbounded length asks `reserve_text` first");
        let text = self.allocate(TEXT_BYTES + len, Kind::Text, len as u32).cast::<TextObject>();
        // SAFETY: the allocation is as large as the object.
        unsafe { (*text).hash = 0 };
        text
    }

    /// Fails if a text of `len` bytes is too long or too much.
    pub fn reserve_text(&self, len: usize) -> Result<(), Box<Fault>> {
        if len > MAX_LEN {
            return Err(Fault::new("range", format!("a string of {len} bytes is too long (at most {MAX_LEN})")));
        }
        self.reserve(len)
    }

    /// A text of bytes that the script decides, checked against the limits.
    pub fn checked_text(&mut self, bytes: &[u8]) -> Result<Value, Box<Fault>> {
        self.reserve_text(bytes.len())?;
        Ok(self.text(bytes))
    }

    /// A text of so many bytes that `fill` writes over zeros, without another copy of them.
    pub fn filled_text(
        &mut self,
        len: usize,
        fill: impl FnOnce(&mut [u8]) -> Result<(), Box<Fault>>,
    ) -> Result<Value, Box<Fault>> {
        if len <= SHORT {
            let mut bytes = [0; SHORT];
            fill(&mut bytes[..len])?;
            return Ok(self.short_text(&bytes[..len]));
        }
        self.reserve_text(len)?;
        if TEXT_BYTES + len > LARGEST_CELL {
            let mut draft = Draft::new(len);
            fill(draft.bytes())?;
            return self.adopt(draft);
        }
        let text = self.text_uninitialised(len);
        // SAFETY: the fresh object has room for that many bytes behind it, which are written
        // before they are lent; nothing else refers to it as long as they are.
        let bytes = unsafe {
            let data = bytes_of(text);
            ptr::write_bytes(data, 0, len);
            std::slice::from_raw_parts_mut(data, len)
        };
        fill(bytes)?;
        Ok(Text(text).value())
    }

    fn shared_text(&mut self, data: *const u8, len: usize, owner: *mut Header) -> Value {
        let size = size_of::<TextObject>() + size_of::<TextShare>();
        let text = self.allocate(size, Kind::Text, len as u32).cast::<TextObject>();
        // SAFETY: the allocation is as large as the object with a share behind it.
        unsafe {
            (*text).hash = 0;
            (*text).header.flags = TEXT_SHARED;
            text.add(1).cast::<TextShare>().write(TextShare { data, owner });
        }
        Text(text).value()
    }

    /// The concatenation of two texts.
    pub fn concat(&mut self, left: Text, right: &[u8]) -> Result<Value, Box<Fault>> {
        let (from, len) = (left.len(), left.len() + right.len());
        if right.is_empty() {
            return Ok(left.value());
        }
        if len <= SHORT {
            let mut joined = [0; SHORT];
            joined[..from].copy_from_slice(left.bytes());
            joined[from..len].copy_from_slice(right);
            return Ok(self.short_text(&joined[..len]));
        }
        if len < SHARE_FROM || from < right.len() {
            self.reserve_text(len)?;
            let text = self.text_uninitialised(len);
            // SAFETY: the fresh object has room for `len` bytes behind it.
            unsafe {
                let data = bytes_of(text);
                ptr::copy_nonoverlapping(left.bytes().as_ptr(), data, from);
                ptr::copy_nonoverlapping(right.as_ptr(), data.add(from), right.len());
            }
            return Ok(Text(text).value());
        }
        if let Some(value) = self.append_in_place(left, right) {
            return Ok(value);
        }
        self.reserve_text(len * 2)?;
        let capacity = (len * 2).min(MAX_LEN);
        let buffer =
            self.allocate(size_of::<BufferObject>() + capacity, Kind::Buffer, len as u32).cast::<BufferObject>();
        // SAFETY: the fresh buffer has room for `capacity >= len` bytes behind it.
        unsafe {
            (*buffer).capacity = capacity;
            let data = buffer.add(1).cast::<u8>();
            ptr::copy_nonoverlapping(left.bytes().as_ptr(), data, from);
            ptr::copy_nonoverlapping(right.as_ptr(), data.add(from), right.len());
            Ok(self.shared_text(data, len, buffer.cast()))
        }
    }

    /// Appends behind `left` if it ends where its buffer's used part ends and there is room.
    fn append_in_place(&mut self, left: Text, right: &[u8]) -> Option<Value> {
        let owner = left.owner()?;
        // SAFETY: the owner is live as long as `left`; a buffer's bytes beyond `len` belong to no text.
        unsafe {
            if (*owner).kind != Kind::Buffer {
                return None;
            }
            let buffer = owner.cast::<BufferObject>();
            let used = (*buffer).header.len as usize;
            let data = buffer.add(1).cast::<u8>();
            let end = left.bytes().as_ptr_range().end;
            if end != data.add(used).cast_const() || (*buffer).capacity - used < right.len() {
                return None;
            }
            ptr::copy_nonoverlapping(right.as_ptr(), data.add(used), right.len());
            (*buffer).header.len += right.len() as u32;
            Some(self.shared_text(left.bytes().as_ptr(), left.len() + right.len(), owner))
        }
    }

    /// The bytes of `text` from `from` up to `to`, which lie within it.
    pub fn slice_text(&mut self, text: Text, from: usize, to: usize) -> Value {
        let bytes = &text.bytes()[from..to];
        if bytes.len() == text.len() {
            return text.value();
        }
        // A part that keeps a much larger whole alive would be a leak.
        if bytes.len() < 1024 || bytes.len() * 8 < text.len() {
            return self.fresh_text(bytes);
        }
        let owner = text.owner().unwrap_or(text.0.cast());
        self.shared_text(bytes.as_ptr(), bytes.len(), owner)
    }

    /// The text's hash.
    #[inline(always)]
    pub(crate) fn hash_text(&self, text: Text) -> u32 {
        // SAFETY: the object is live.
        match unsafe { (*text.0).hash } {
            0 => self.first_hash(text),
            hash => hash,
        }
    }

    #[cold]
    #[inline(never)]
    fn first_hash(&self, text: Text) -> u32 {
        let hash = self.hash_bytes(text.bytes());
        // SAFETY: the object is live; the hash is only a memory of its bytes.
        unsafe { (*text.0).hash = hash };
        hash
    }

    /// The one interned text with these bytes, as long as something refers to it.
    pub fn intern(&mut self, bytes: &[u8]) -> Value {
        let hash = self.hash_bytes(bytes);
        if let Some(text) = self.interned.find(hash, bytes) {
            return text.value();
        }
        let text = Text(self.text(bytes).address().cast());
        // SAFETY: the object is live. It may be shared, as short texts are: it has these bytes, so
        // the hash is its own, and the flag says of it what is true from here on.
        unsafe {
            (*text.0).hash = hash;
            (*text.0).header.flags |= TEXT_INTERNED;
        }
        self.interned.insert(hash, text);
        text.value()
    }

    /// Forgets interned texts that nothing reached in this cycle.
    pub(super) fn forget_unreached_texts(&mut self) {
        self.lately.retain_marked();
        self.interned.retain_marked();
    }
}

/// A buffer's size, for the collector.
pub(super) fn buffer_size(buffer: *const BufferObject) -> usize {
    // SAFETY: the collector asks while the buffer is there.
    size_of::<BufferObject>() + unsafe { (*buffer).capacity }
}
