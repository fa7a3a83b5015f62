//! Memory for small objects: blocks of equal cells, a free list for each size.
//!
//! It hands out and takes back raw cells and knows nothing of what lies in them but the
//! header's kind, which says whether a cell is free.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};

use super::object::{Header, Kind};

/// Bytes in a block.
pub const BLOCK: usize = 64 * 1024;
/// The class of objects that are too large for a cell.
pub const LARGE: u8 = u8::MAX;
/// The largest cell.
pub const LARGEST_CELL: usize = 2048;

/// The cell sizes, by class.
pub const SIZES: [u16; 27] = [
    16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 896, 1024, 1280,
    1536, 1792, 2048,
];

/// The class of each size, in steps of eight bytes.
const CLASSES: [u8; LARGEST_CELL / 8 + 1] = {
    let mut classes = [0; LARGEST_CELL / 8 + 1];
    let mut class = 0;
    let mut step = 1;
    while step < classes.len() {
        if step * 8 > SIZES[class] as usize {
            class += 1;
        }
        classes[step] = class as u8;
        step += 1;
    }
    classes
};

/// The smallest class whose cells hold `size` bytes; `size` is at most [`LARGEST_CELL`].
#[inline(always)]
pub fn class_of(size: usize) -> usize {
    CLASSES[size.div_ceil(8)] as usize
}

/// A free cell.
#[repr(C)]
pub struct FreeCell {
    header: Header,
    /// The next free cell of the same class.
    pub next: *mut FreeCell,
}

/// One block, all of whose cells have one size.
pub struct Block {
    start: *mut u8,
    class: u8,
}

fn layout() -> Layout {
    // Cells that fill a line of the processor's cache start where it does. Pages would be too
    // coarse: the system's allocator loses a part of one for every block.
    Layout::from_size_align(BLOCK, 64).expect("a block is a whole number of lines")
}

impl Block {
    /// A fresh block; its cells are chained in front of `list`.
    pub fn new(class: usize, list: &mut *mut FreeCell) -> Self {
        // SAFETY: the layout's size is not zero.
        let start = unsafe { alloc(layout()) };
        if start.is_null() {
            handle_alloc_error(layout());
        }
        let mut block = Self { start, class: class as u8 };
        block.reset(class, list);
        block
    }

    /// Makes a block without objects one of `class`, all of its cells free.
    pub fn reset(&mut self, class: usize, list: &mut *mut FreeCell) {
        self.class = class as u8;
        let size = SIZES[class] as usize;
        for index in (0..BLOCK / size).rev() {
            // SAFETY: the cell lies within the block, which nothing uses.
            unsafe { free(self.start.add(index * size).cast(), list) };
        }
    }

    /// Gives its memory back; the block must not be used again.
    pub fn release(&mut self) {
        if !self.start.is_null() {
            // SAFETY: `new` allocated it with the same layout.
            unsafe { dealloc(self.start, layout()) };
            self.start = std::ptr::null_mut();
        }
    }

    /// Its class.
    pub fn class(&self) -> usize {
        self.class as usize
    }

    /// Every cell, last first, so that freeing them in turn chains them in order.
    pub fn cells(&self) -> impl Iterator<Item = *mut Header> + use<> {
        let (start, size) = (self.start, SIZES[self.class as usize] as usize);
        let count = if start.is_null() { 0 } else { BLOCK / size };
        // SAFETY: each cell lies within the block.
        (0..count).rev().map(move |index| unsafe { start.add(index * size).cast() })
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.release();
    }
}

/// Puts a cell on a free list.
///
/// # Safety
/// The cell is of the list's class and nothing uses it any more.
pub unsafe fn free(cell: *mut FreeCell, list: &mut *mut FreeCell) {
    // SAFETY: the caller owns the cell, which is at least 16 bytes long.
    unsafe {
        cell.write(FreeCell { header: Header { kind: Kind::Free, mark: 0, flags: 0, class: 0, len: 0 }, next: *list });
    }
    *list = cell;
}
