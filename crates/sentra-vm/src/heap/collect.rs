//! The collector: incremental mark and sweep.
//!
//! A cycle marks what roots reach, a bounded piece at a time, and then sweeps blocks as
//! cells are needed. While it marks, a store of a white object into a marked one shades it
//! (`Heap::barrier`), so that nothing reachable is missed; fiber stacks have no barrier and
//! are scanned again before marking ends.
//!
//! It runs only when `Vm::collect` calls it, between two instructions.

use std::time::Duration;

use super::block::{self, FreeCell, LARGE, SIZES};
use super::object::*;
use super::{Heap, array, map, raw_free, text};
use crate::clock::Instant;
use crate::value::Value;

/// The first cycle starts after so many bytes.
pub(super) const FIRST_CYCLE: isize = 8 << 20;
/// Bytes allocated between two steps of a cycle.
const QUANTUM: usize = 256 << 10;
/// Bytes marked per byte allocated.
const MARK_RATE: usize = 4;
/// Blocks swept per step.
const SWEEP_BLOCKS: usize = 24;
/// Elements of an array or map that are marked in one piece.
const PIECE: usize = 16 << 10;

/// What the collector is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Mark,
    Sweep,
}

/// The marking state; what traces values gets it.
pub struct Marker {
    gray: Vec<*mut Header>,
    /// Large arrays and maps that are marked piece by piece, and how far they are.
    partial: Vec<(*mut Header, usize)>,
    work: usize,
}

impl Marker {
    /// Marks the object that a value refers to; its contents follow later.
    #[inline]
    pub fn mark(&mut self, value: Value) {
        if value.is_reference() {
            self.mark_object(value.address());
        }
    }

    #[inline]
    fn mark_object(&mut self, object: *mut Header) {
        // SAFETY: references lead to live objects.
        unsafe {
            debug_assert!((*object).kind != Kind::Free, "a reference to a freed object");
            if (*object).mark == 0 {
                (*object).mark = 1;
                self.work += 16;
                let leaf = matches!((*object).kind, Kind::Integer | Kind::Native | Kind::Buffer);
                let leaf = leaf || (*object).kind == Kind::Text && (*object).flags & TEXT_SHARED == 0;
                if !leaf {
                    self.gray.push(object);
                }
            }
        }
    }

    /// Marks several values.
    pub fn mark_all(&mut self, values: &[Value]) {
        self.work += size_of_val(values);
        values.iter().for_each(|&value| self.mark(value));
    }

    /// Marks what gray objects hold until `budget` bytes are done; whether nothing is left.
    fn drain(&mut self, budget: usize) -> bool {
        self.work = 0;
        while self.work < budget {
            if let Some(object) = self.gray.pop() {
                self.scan(object);
            } else if let Some((object, from)) = self.partial.pop() {
                self.scan_piece(object, from);
            } else {
                return true;
            }
        }
        false
    }

    fn scan(&mut self, object: *mut Header) {
        self.work += 16;
        // SAFETY: gray objects are live and of the kind that their header says.
        unsafe {
            match (*object).kind {
                Kind::Array | Kind::Map => self.scan_piece(object, 0),
                Kind::Text => self.mark_object((*object.cast::<TextObject>().add(1).cast::<TextShare>()).owner),
                Kind::Closure => {
                    let captures = object.cast::<ClosureObject>().add(1).cast::<Value>();
                    self.mark_all(std::slice::from_raw_parts(captures, (*object).len as usize));
                }
                Kind::Bound => self.mark((*object.cast::<BoundObject>()).receiver),
                Kind::Range => {
                    let range = &*object.cast::<RangeObject>();
                    self.mark(range.from);
                    self.mark(range.to);
                }
                Kind::Cell => self.mark((*object.cast::<CellObject>()).value),
                Kind::Error => (*object.cast::<ErrorObject>()).data.trace(self),
                Kind::Payload => (*object.cast::<PayloadObject>()).payload.trace(self),
                Kind::Free | Kind::Buffer | Kind::Native | Kind::Integer => {}
            }
        }
    }

    /// Marks a part of an array or map. How far it is counts from the start of the
    /// allocation, so that taking elements from an array's front does not move it.
    fn scan_piece(&mut self, object: *mut Header, from: usize) {
        // SAFETY: gray objects are live; length and place are read anew, as they may have changed.
        unsafe {
            let len = (*object).len as usize;
            let (first, scale, head) = match (*object).kind {
                Kind::Array => {
                    let array = &*object.cast::<ArrayObject>();
                    (array.data, 1, array.head as usize)
                }
                _ => ((*object.cast::<MapObject>()).entries.cast::<Value>(), 2, 0),
            };
            let from = from.saturating_sub(head);
            let to = len.min(from + PIECE);
            if from < to {
                self.mark_all(std::slice::from_raw_parts(first.add(from * scale), (to - from) * scale));
            }
            if to < len {
                self.partial.push((object, to + head));
            }
        }
    }
}

/// How much is collected each time, when a test wants that wherever the collector may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stress {
    /// A whole cycle: what is not rooted is gone at once.
    Whole,
    /// The smallest piece of a cycle: the program runs between all of them.
    Piece,
}

/// Figures about the collector's work, for `--stats`.
#[derive(Clone, Debug, Default)]
pub struct Statistics {
    /// Cycles finished.
    pub cycles: u64,
    /// How long the program stood still each time, up to a million times.
    pub pauses: Vec<Duration>,
    /// The most bytes in use.
    pub peak_bytes: usize,
    /// Objects that were freed.
    pub freed: u64,
}

/// The state between steps.
pub(crate) struct Collector {
    phase: Phase,
    marker: Marker,
    /// Indices of blocks that wait to be swept, by class.
    unswept: Vec<Vec<u32>>,
    unswept_count: usize,
    /// Large objects below this index wait to be swept.
    unswept_large: usize,
    rescans: u32,
    accounted: isize,
    debt_seen: isize,
    pub(crate) statistics: Option<Statistics>,
    stress: Option<Stress>,
}

impl Collector {
    pub(super) fn new() -> Self {
        Self {
            phase: Phase::Idle,
            marker: Marker { gray: Vec::new(), partial: Vec::new(), work: 0 },
            unswept: vec![Vec::new(); SIZES.len()],
            unswept_count: 0,
            unswept_large: 0,
            rescans: 0,
            accounted: 0,
            debt_seen: -FIRST_CYCLE,
            statistics: None,
            stress: None,
        }
    }

    /// Marks a value that was stored into a marked object.
    #[cold]
    pub(super) fn shade(&mut self, value: Value) {
        if self.phase == Phase::Mark {
            self.marker.mark(value);
        }
    }

    /// Says that an object's contents are moved about: they are marked once more.
    #[inline]
    pub(crate) fn revisit(&mut self, object: *mut Header) {
        // SAFETY: the caller has the object at hand.
        let marked = self.phase == Phase::Mark && unsafe { (*object).mark } != 0;
        if marked && self.marker.gray.last() != Some(&object) {
            self.marker.gray.push(object);
        }
    }

    pub(super) fn next_unswept(&mut self, class: usize) -> Option<usize> {
        let block = self.unswept[class].pop()?;
        self.unswept_count -= 1;
        Some(block as usize)
    }

    fn settle(&mut self, debt: isize) {
        self.accounted += debt - self.debt_seen;
        self.debt_seen = debt;
    }

    pub(super) fn bytes(&self, debt: isize) -> usize {
        (self.accounted + debt - self.debt_seen).max(0) as usize
    }

    pub(super) fn discount(&mut self, bytes: usize) {
        self.accounted -= bytes as isize;
    }
}

impl Heap {
    /// Has the collector want to run always.
    pub(crate) fn collect_always(&mut self, stress: Stress) {
        self.collector.stress = Some(stress);
        self.grant(0);
    }

    /// Whether the collector wants to run.
    #[inline(always)]
    pub(crate) fn wants_collection(&self) -> bool {
        self.debt >= 0
    }

    /// One bounded piece of collection. `roots` marks what the VM refers to.
    pub(crate) fn step(&mut self, roots: &mut dyn FnMut(&mut Marker)) {
        self.recent.set(super::map::Recent::NONE);
        let start = Instant::now();
        let (bytes, blocks) =
            if self.collector.stress.is_some() { (1, 1) } else { (QUANTUM * MARK_RATE, SWEEP_BLOCKS) };
        match self.collector.phase {
            Phase::Idle => self.start_cycle(roots),
            Phase::Mark => self.mark_step(bytes, roots),
            Phase::Sweep => self.sweep_step(blocks),
        }
        let grant = if self.collector.phase == Phase::Idle { self.allowance() } else { QUANTUM };
        self.grant(grant);
        self.note_pause(start.elapsed());
    }

    /// A whole cycle at once, after finishing the one under way.
    pub(crate) fn collect_fully(&mut self, roots: &mut dyn FnMut(&mut Marker)) {
        self.recent.set(super::map::Recent::NONE);
        let start = Instant::now();
        while self.collector.phase != Phase::Idle {
            self.advance_fully(roots);
        }
        self.start_cycle(roots);
        while self.collector.phase != Phase::Idle {
            self.advance_fully(roots);
        }
        let allowance = self.allowance();
        self.grant(allowance);
        self.note_pause(start.elapsed());
    }

    fn advance_fully(&mut self, roots: &mut dyn FnMut(&mut Marker)) {
        match self.collector.phase {
            Phase::Mark => self.mark_step(usize::MAX, roots),
            _ => self.sweep_step(usize::MAX),
        }
    }

    /// How much may be allocated before the next cycle.
    fn allowance(&self) -> usize {
        let wanted = self.bytes().max(FIRST_CYCLE as usize);
        match self.limit() {
            Some(limit) => wanted.min((limit.saturating_sub(self.bytes()) / 2).max(64 << 10)),
            None => wanted,
        }
    }

    fn grant(&mut self, bytes: usize) {
        self.collector.settle(self.debt);
        self.debt = if self.collector.stress.is_some() { 0 } else { -(bytes as isize) };
        self.collector.debt_seen = self.debt;
    }

    fn note_pause(&mut self, pause: Duration) {
        let bytes = self.bytes();
        if let Some(statistics) = &mut self.collector.statistics {
            statistics.peak_bytes = statistics.peak_bytes.max(bytes);
            if statistics.pauses.len() < 1_000_000 {
                statistics.pauses.push(pause);
            }
        }
    }

    fn start_cycle(&mut self, roots: &mut dyn FnMut(&mut Marker)) {
        self.collector.phase = Phase::Mark;
        self.collector.rescans = 0;
        self.mark_roots(roots);
    }

    fn mark_roots(&mut self, roots: &mut dyn FnMut(&mut Marker)) {
        let mut marker =
            std::mem::replace(&mut self.collector.marker, Marker { gray: vec![], partial: vec![], work: 0 });
        roots(&mut marker);
        self.collector.marker = marker;
    }

    fn mark_step(&mut self, budget: usize, roots: &mut dyn FnMut(&mut Marker)) {
        if !self.collector.marker.drain(budget) {
            return;
        }
        // Everything found so far is marked. Stacks have changed since: scan them again. What
        // they bring that is little is marked at once; much goes on in steps.
        self.mark_roots(roots);
        self.collector.rescans += 1;
        if !self.collector.marker.drain(budget) && self.collector.rescans < 8 {
            return;
        }
        self.collector.marker.drain(usize::MAX);
        self.finish_marking();
    }

    fn finish_marking(&mut self) {
        self.forget_unreached_texts();
        let collector = &mut self.collector;
        collector.phase = Phase::Sweep;
        let mut idle = vec![false; self.blocks.len()];
        self.empty.iter().chain(&self.vacant).for_each(|&index| idle[index as usize] = true);
        for (index, block) in self.blocks.iter().enumerate().filter(|&(index, _)| !idle[index]) {
            collector.unswept[block.class()].push(index as u32);
            collector.unswept_count += 1;
        }
        collector.unswept_large = self.large.len();
        self.free = [std::ptr::null_mut(); SIZES.len()];
    }

    fn sweep_step(&mut self, blocks: usize) {
        let mut done = 0;
        for class in 0..SIZES.len() {
            while done < blocks {
                let Some(block) = self.collector.next_unswept(class) else { break };
                self.sweep_block(block);
                done += 1;
            }
        }
        self.sweep_large(blocks.saturating_mul(8));
        if self.collector.unswept_count == 0 && self.collector.unswept_large == 0 {
            self.release_empty_blocks();
            self.collector.phase = Phase::Idle;
            if let Some(statistics) = &mut self.collector.statistics {
                statistics.cycles += 1;
            }
        }
    }

    fn sweep_large(&mut self, most: usize) {
        for _ in 0..most {
            let Some(index) = self.collector.unswept_large.checked_sub(1) else { return };
            self.collector.unswept_large = index;
            let object = self.large[index];
            // SAFETY: large objects in the list are live until they are freed here.
            unsafe {
                if (*object).mark != 0 {
                    (*object).mark = 0;
                    continue;
                }
                let size = self.finalize(object);
                self.collector.discount(size);
                raw_free(object.cast(), size);
            }
            self.large.swap_remove(index);
            if let Some(statistics) = &mut self.collector.statistics {
                statistics.freed += 1;
            }
        }
    }

    /// Frees what a block's unmarked objects are, and chains its free cells.
    pub(super) fn sweep_block(&mut self, index: usize) {
        let (class, mut freed, mut live) = (self.blocks[index].class(), 0, 0);
        let mut list: *mut FreeCell = std::ptr::null_mut();
        let mut last: *mut FreeCell = std::ptr::null_mut();
        for cell in self.blocks[index].cells() {
            // SAFETY: a cell is free or holds an object; unmarked objects are unreachable.
            unsafe {
                if (*cell).mark != 0 {
                    (*cell).mark = 0;
                    live += 1;
                    continue;
                }
                if (*cell).kind != Kind::Free {
                    self.finalize(cell);
                    freed += SIZES[class] as usize;
                }
                if last.is_null() {
                    last = cell.cast();
                }
                block::free(cell.cast(), &mut list);
            }
        }
        self.collector.discount(freed);
        if let Some(statistics) = &mut self.collector.statistics {
            statistics.freed += (freed / SIZES[class] as usize) as u64;
        }
        if live == 0 {
            self.empty.push(index as u32);
        } else if !last.is_null() {
            // SAFETY: `last` is the end of the chain that was just made.
            unsafe { (*last).next = self.free[class] };
            self.free[class] = list;
        }
    }

    /// How many objects were made, if that is being counted: those that were freed, and those that are there.
    pub fn allocations(&self) -> Option<u64> {
        let freed = self.collector.statistics.as_ref()?.freed;
        // SAFETY: every cell of a block has a header, which says whether it is free.
        let used = |block: &block::Block| block.cells().filter(|&cell| unsafe { (*cell).kind } != Kind::Free).count();
        let small: usize = self.blocks.iter().map(used).sum();
        Some(freed + (small + self.large.len()) as u64)
    }

    /// Gives the memory of blocks back that hold nothing and are not needed soon.
    fn release_empty_blocks(&mut self) {
        let keep = (self.blocks.len() / 2).max(64);
        while self.empty.len() > keep {
            if let Some(index) = self.empty.pop() {
                self.blocks[index as usize].release();
                self.vacant.push(index);
            }
        }
    }

    /// Lets go of what an object holds outside its cell; a large object's own size.
    ///
    /// # Safety
    /// The object is unreachable.
    unsafe fn finalize(&mut self, object: *mut Header) -> usize {
        // SAFETY: the header says what the object is; nothing uses it any more.
        unsafe {
            let (outside, own) = match (*object).kind {
                Kind::Array => (array::free_elements(object.cast()).unwrap_or(0), 0),
                Kind::Map => (map::free_table(object.cast()).unwrap_or(0), 0),
                Kind::Text if (*object).class == LARGE => (0, TEXT_BYTES + (*object).len as usize),
                Kind::Buffer => (0, text::buffer_size(object.cast())),
                Kind::Closure if (*object).class == LARGE => {
                    (0, size_of::<ClosureObject>() + (*object).len as usize * size_of::<Value>())
                }
                Kind::Error => {
                    let data = &raw mut (*object.cast::<ErrorObject>()).data;
                    let size = (*data).bytes();
                    std::ptr::drop_in_place(data);
                    (size, 0)
                }
                Kind::Payload => {
                    let payload = &raw mut (*object.cast::<PayloadObject>()).payload;
                    let size = size_of_val(&**payload) + (**payload).holds();
                    std::ptr::drop_in_place(payload);
                    (size, 0)
                }
                _ => (0, 0),
            };
            self.collector.discount(outside);
            own
        }
    }

    /// Frees every object; the heap is not used afterwards.
    pub(super) fn free_everything(&mut self) {
        for index in 0..self.blocks.len() {
            for cell in self.blocks[index].cells() {
                // SAFETY: nothing is used after this.
                unsafe {
                    if (*cell).kind != Kind::Free {
                        self.finalize(cell);
                    }
                }
            }
        }
        for object in std::mem::take(&mut self.large) {
            // SAFETY: nothing is used after this.
            unsafe {
                let size = self.finalize(object);
                raw_free(object.cast(), size);
            }
        }
    }
}
