//! Texts in the making: their bytes are written where they stay, once.
//!
//! A draft lies outside the heap until it is adopted, so another thread may fill it.

use std::alloc::{alloc_zeroed, handle_alloc_error};

use super::block::{LARGE, LARGEST_CELL};
use super::object::*;
use super::text::Text;
use super::{Heap, raw_free, raw_layout, raw_reallocate};
use crate::fault::Fault;
use crate::value::Value;

/// Room for the bytes of a text, all 0 at first.
pub struct Draft {
    /// An allocation of `TEXT_BYTES + len` bytes.
    memory: *mut u8,
    len: usize,
}

// SAFETY: it owns its memory alone.
unsafe impl Send for Draft {}

impl Draft {
    /// Room for `len` bytes.
    pub fn new(len: usize) -> Self {
        let layout = raw_layout(TEXT_BYTES + len);
        // SAFETY: the size is not zero.
        let memory = unsafe { alloc_zeroed(layout) };
        if memory.is_null() {
            handle_alloc_error(layout);
        }
        Self { memory, len }
    }

    /// The bytes.
    pub fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the allocation holds `len` initialised bytes behind the head.
        unsafe { std::slice::from_raw_parts_mut(self.memory.add(TEXT_BYTES), self.len) }
    }

    /// Adds bytes at the end.
    pub fn extend(&mut self, more: &[u8]) {
        let before = self.len;
        self.len += more.len();
        // SAFETY: the allocation is as large as it was made; all that is new is written.
        unsafe {
            self.memory = raw_reallocate(self.memory, TEXT_BYTES + before, TEXT_BYTES + self.len);
            self.memory.add(TEXT_BYTES + before).copy_from_nonoverlapping(more.as_ptr(), more.len());
        }
    }

    /// Keeps the first `len` bytes only.
    pub fn truncate(&mut self, len: usize) {
        if len < self.len {
            // SAFETY: the allocation is as large as it was made.
            self.memory = unsafe { raw_reallocate(self.memory, TEXT_BYTES + self.len, TEXT_BYTES + len) };
            self.len = len;
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // SAFETY: nothing else knows the allocation.
        unsafe { raw_free(self.memory, TEXT_BYTES + self.len) };
    }
}

impl Heap {
    /// The text that a draft has become.
    pub fn adopt(&mut self, mut draft: Draft) -> Result<Value, Box<Fault>> {
        let len = draft.len;
        self.reserve_text(len)?;
        if TEXT_BYTES + len <= LARGEST_CELL {
            return Ok(self.text(draft.bytes()));
        }
        let text = draft.memory.cast::<TextObject>();
        std::mem::forget(draft);
        // SAFETY: the allocation is exactly as large as a text of that length, and now the heap's.
        unsafe {
            (*text).header = Header { kind: Kind::Text, mark: 0, flags: 0, class: LARGE, len: len as u32 };
            (*text).hash = 0;
        }
        self.large.push(text.cast());
        self.account(TEXT_BYTES + len);
        Ok(Text(text).value())
    }
}
