//! Output that grows outside the heap, as bytes that become a text once they are complete. May not
//! be used for what is on the heap already: that is counted there.

use super::Heap;
use crate::fault::Fault;

/// Bytes of output between two looks at the limits.
const STEP: usize = 1 << 20;

/// How far an output may grow before the limits are looked at again.
pub(crate) struct Growth {
    allowed: usize,
}

impl Default for Growth {
    fn default() -> Self {
        Self { allowed: STEP }
    }
}

impl Growth {
    /// Fails if an output of so many bytes is beyond the limits. To be asked before it grows.
    #[inline]
    pub fn to(&mut self, heap: &Heap, len: usize) -> Result<(), Box<Fault>> {
        if len > self.allowed {
            heap.reserve_text(len)?;
            self.allowed = len + STEP;
        }
        Ok(())
    }
}
