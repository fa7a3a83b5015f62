//! Memory for a body that is read to its end. It counts as the heap's: many bodies that come at
//! the same time share one limit.

use super::failure::Failure;
use crate::fault::Fault;
use crate::heap::Heap;
use crate::value::Value;

/// The room that a body has at first.
const FIRST: usize = 16 << 10;
/// A length that the peer names is believed up to this.
const MOST_BELIEVED: u64 = 4 << 20;

/// Bytes that have come, and a place for more. Whoever has it gives it back to the heap.
#[derive(Default)]
pub(crate) struct Room {
    bytes: Vec<u8>,
    filled: usize,
}

impl Room {
    /// A place for the next bytes, of which there will be `total` if that is known.
    pub fn free(&mut self, heap: &mut Heap, total: Option<u64>) -> Result<&mut [u8], Failure> {
        if self.filled == self.bytes.len() {
            self.grow(heap, total)?;
        }
        Ok(&mut self.bytes[self.filled..])
    }

    /// So many bytes have come to that place.
    pub fn fill(&mut self, len: usize) {
        self.filled += len;
    }

    /// Twice as much as before, or at first as much as the peer has announced.
    fn grow(&mut self, heap: &mut Heap, total: Option<u64>) -> Result<(), Failure> {
        let before = self.bytes.len();
        // One byte more than there will be, so that the end is found without another look for room.
        let announced = total.map_or(FIRST as u64, |total| total.min(MOST_BELIEVED) + 1) as usize;
        let room = if before == 0 { announced } else { before * 2 };
        heap.reserve(room)?;
        heap.account(room - before);
        let mut larger = vec![0; room];
        larger[..before].copy_from_slice(&self.bytes);
        self.bytes = larger;
        Ok(())
    }

    /// What has come, as a text.
    pub fn into_text(self, heap: &mut Heap) -> Result<Value, Box<Fault>> {
        heap.discount(self.bytes.len());
        heap.checked_text(&self.bytes[..self.filled])
    }

    /// Gives the memory back.
    pub fn abandon(&mut self, heap: &mut Heap) {
        heap.discount(std::mem::take(self).bytes.len());
    }
}
