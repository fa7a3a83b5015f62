//! Memory that packet sockets share with the kernel: blocks that it fills and this process
//! reads, each belonging to one of the two at any time.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

use super::{c_int, set};

/// Where in a block it says whose it is.
const STATUS: usize = 8;
/// What the smallest frames are set apart by; with this version of rings it means nothing else.
const STEP: u32 = 2048;

/// The blocks.
#[derive(Debug)]
pub struct Mapping {
    base: NonNull<u8>,
    block: usize,
    count: usize,
}

// SAFETY: it is the only owner of the mapping, which is not bound to a thread.
unsafe impl Send for Mapping {}

impl Mapping {
    /// Has the kernel fill `count` blocks of `block` bytes (a multiple of the page size) with
    /// the frames that a socket receives, and hand over one that is not full after so many milliseconds.
    pub fn new(socket: BorrowedFd, block: usize, count: usize, milliseconds: u32) -> io::Result<Self> {
        let version = libc::tpacket_versions::TPACKET_V3 as c_int;
        set(socket, libc::SOL_PACKET, libc::PACKET_VERSION, &version)?;
        let request = libc::tpacket_req3 {
            tp_block_size: block as u32,
            tp_block_nr: count as u32,
            tp_frame_size: STEP,
            tp_frame_nr: (block / STEP as usize * count) as u32,
            tp_retire_blk_tov: milliseconds,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        set(socket, libc::SOL_PACKET, libc::PACKET_RX_RING, &request)?;
        let (access, sharing) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED);
        // SAFETY: a new mapping at an address of the kernel's choice touches no other memory.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), block * count, access, sharing, socket.as_raw_fd(), 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { base, block, count })
    }

    /// How many blocks there are.
    pub fn count(&self) -> usize {
        self.count
    }

    fn status(&self, number: usize) -> &AtomicU32 {
        assert!(number < self.count);
        // SAFETY: the word is within the mapping, aligned as blocks are aligned to pages, and
        // both sides only access it atomically.
        unsafe { &*self.base.as_ptr().add(number * self.block + STATUS).cast::<AtomicU32>() }
    }

    /// A block, if the kernel has handed it over.
    pub fn block(&self, number: usize) -> Option<&[u8]> {
        if self.status(number).load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
            return None;
        }
        // SAFETY: the block is within the mapping, and the kernel writes to it only after it was
        // given back, which takes `&mut self` and so waits for the end of this borrow. The word
        // that says whose it is lies before what the slice covers.
        Some(unsafe {
            let begin = self.base.as_ptr().add(number * self.block + STATUS + 4);
            std::slice::from_raw_parts(begin, self.block - STATUS - 4)
        })
    }

    /// Gives a block back to the kernel.
    pub fn give_back(&mut self, number: usize) {
        self.status(number).store(libc::TP_STATUS_KERNEL, Ordering::Release);
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is as long as this, and no borrow of it is left.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.block * self.count) };
    }
}
