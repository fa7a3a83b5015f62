//! The heap: every object is made here and freed here.
//!
//! Invariant that all code outside rests on: **the collector runs only between two
//! instructions** (`Vm::collect`), never inside a builtin or an allocation. A builtin may
//! therefore hold values, handles and the bytes of texts as long as it runs, and must not
//! keep them longer anywhere that the collector does not see.
//!
//! The heap knows no fibers and no builtins; roots are given to it (`collect`).

pub mod array;
pub mod block;
pub mod collect;
pub mod compare;
#[cfg(test)]
mod differential;
pub mod draft;
pub(crate) mod growth;
pub mod map;
pub mod object;
pub mod range;
pub mod text;

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::hash::BuildHasher;

use block::{Block, FreeCell, LARGE, LARGEST_CELL, SIZES, class_of};
use object::*;

use crate::fault::{ErrorData, Fault};
use crate::image::Function;
use crate::value::{EXACT, Tag, Value};

pub use array::Array;
pub use collect::Marker;
pub use compare::equal;
pub use draft::Draft;
pub(crate) use growth::Growth;
pub use map::Map;
pub use range::Range;
pub use text::Text;

/// All objects of one VM.
pub struct Heap {
    /// Bytes allocated since the collector last looked, less what it granted; it wants to
    /// run once this is not negative.
    pub(crate) debt: isize,
    free: [*mut FreeCell; SIZES.len()],
    blocks: Vec<Block>,
    /// Blocks that hold nothing and belong to no class, by index.
    empty: Vec<u32>,
    /// Blocks whose memory was given back, by index.
    vacant: Vec<u32>,
    large: Vec<*mut Header>,
    interned: text::Interned,
    lately: text::Lately,
    /// Where a map's key was found last.
    recent: std::cell::Cell<map::Recent>,
    hasher: foldhash::fast::RandomState,
    pub(crate) collector: collect::Collector,
    limit: Option<usize>,
}

/// The halves of a hash together, never 0. All of its bits count: an index starts to search
/// at the lower ones and compares the higher.
#[inline(always)]
fn folded(hash: u64) -> u32 {
    ((hash >> 32) as u32 ^ hash as u32).max(1)
}

impl Heap {
    /// An empty heap that may hold up to `limit` bytes.
    pub fn new(limit: Option<usize>) -> Self {
        Self {
            debt: -collect::FIRST_CYCLE,
            free: [std::ptr::null_mut(); SIZES.len()],
            blocks: Vec::new(),
            empty: Vec::new(),
            vacant: Vec::new(),
            large: Vec::new(),
            interned: text::Interned::default(),
            lately: text::Lately::default(),
            recent: std::cell::Cell::new(map::Recent::NONE),
            hasher: foldhash::fast::RandomState::default(),
            collector: collect::Collector::new(),
            limit,
        }
    }

    /// A cell or a large allocation of at least `size` bytes, headed by `kind` and `len`.
    #[inline(always)]
    fn allocate(&mut self, size: usize, kind: Kind, len: u32) -> *mut Header {
        if size > LARGEST_CELL {
            return self.allocate_large(size, kind, len);
        }
        let class = class_of(size);
        let mut cell = self.free[class];
        if cell.is_null() {
            cell = self.refill(class);
        }
        // SAFETY: a cell on the free list is unused and as large as its class says.
        unsafe {
            self.free[class] = (*cell).next;
            let header = cell.cast::<Header>();
            header.write(Header { kind, mark: 0, flags: 0, class: class as u8, len });
            self.debt += SIZES[class] as isize;
            header
        }
    }

    #[cold]
    #[inline(never)]
    fn allocate_large(&mut self, size: usize, kind: Kind, len: u32) -> *mut Header {
        let header = raw_allocate(size).cast::<Header>();
        // SAFETY: freshly allocated and large enough for a header.
        unsafe { header.write(Header { kind, mark: 0, flags: 0, class: LARGE, len }) };
        self.large.push(header);
        self.account(size);
        header
    }

    /// Finds free cells: in blocks that wait to be swept, else in an empty or fresh block.
    #[cold]
    #[inline(never)]
    fn refill(&mut self, class: usize) -> *mut FreeCell {
        while self.free[class].is_null() {
            if let Some(block) = self.empty.pop() {
                self.blocks[block as usize].reset(class, &mut self.free[class]);
            } else if let Some(block) = self.collector.next_unswept(class) {
                self.sweep_block(block);
            } else if let Some(block) = self.vacant.pop() {
                self.blocks[block as usize] = Block::new(class, &mut self.free[class]);
            } else {
                self.blocks.push(Block::new(class, &mut self.free[class]));
            }
        }
        self.free[class]
    }

    /// Notes bytes that an object holds outside its cell.
    #[inline]
    pub(crate) fn account(&mut self, bytes: usize) {
        self.debt += bytes as isize;
    }

    /// Notes that such bytes are gone.
    pub(crate) fn discount(&mut self, bytes: usize) {
        self.collector.discount(bytes);
    }

    /// Bytes in use: objects reachable and not, with what they hold.
    pub fn bytes(&self) -> usize {
        self.collector.bytes(self.debt)
    }

    /// The most bytes that the heap may hold.
    pub fn limit(&self) -> Option<usize> {
        self.limit
    }

    /// Fails if `bytes` more would exceed the limit. Whoever allocates an amount that input
    /// decides asks first.
    pub fn reserve(&self, bytes: usize) -> Result<(), Box<Fault>> {
        match self.limit {
            Some(limit) if self.bytes().saturating_add(bytes) > limit => Err(Fault::memory(limit)),
            _ if bytes > isize::MAX as usize / 4 => Err(Fault::memory(isize::MAX as usize / 4)),
            _ => Ok(()),
        }
    }

    /// Tells the collector that `container` now holds `value`. Every store into an object
    /// that is not fresh does this.
    #[inline(always)]
    pub(crate) fn barrier(&mut self, container: *mut Header, value: Value) {
        // SAFETY: the container is live: a value that refers to it is at hand.
        if unsafe { (*container).mark } != 0 && value.is_reference() {
            self.collector.shade(value);
        }
    }

    /// The hash of some bytes, never 0.
    #[inline]
    pub(crate) fn hash_bytes(&self, bytes: &[u8]) -> u32 {
        folded(self.hasher.hash_one(bytes))
    }

    /// The hash of eight bytes, never 0.
    #[inline]
    pub(crate) fn hash_bits(&self, bits: u64) -> u32 {
        folded(self.hasher.hash_one(bits))
    }

    /// An integer as a value: small, or a double where that is exact.
    #[inline]
    pub fn integer(&mut self, integer: i64) -> Value {
        Value::integer(integer).unwrap_or_else(|| self.large_integer(integer))
    }

    #[cold]
    fn large_integer(&mut self, integer: i64) -> Value {
        let double = integer as f64;
        if double.abs() < EXACT {
            return Value::double(double);
        }
        let object = self.allocate(size_of::<IntegerObject>(), Kind::Integer, 0);
        // SAFETY: the allocation is as large as the object; the header is written.
        unsafe { (*object.cast::<IntegerObject>()).integer = integer };
        Value::object(Tag::Object, object)
    }

    /// A range of numbers.
    pub fn range(&mut self, Range { from, to, inclusive }: Range) -> Value {
        let object = self.allocate(size_of::<RangeObject>(), Kind::Range, 0);
        // SAFETY: the allocation is as large as the object; the header is written.
        unsafe {
            (*object).flags = inclusive as u8;
            let range = object.cast::<RangeObject>();
            (*range).from = from;
            (*range).to = to;
        }
        Value::object(Tag::Object, object)
    }

    /// A cell that holds `value`.
    #[inline]
    pub(crate) fn cell(&mut self, value: Value) -> Value {
        let object = self.allocate(size_of::<CellObject>(), Kind::Cell, 0);
        // SAFETY: the allocation is as large as the object; the header is written.
        unsafe { (*object.cast::<CellObject>()).value = value };
        Value::object(Tag::Cell, object)
    }

    /// A closure whose captures the caller fills in before anything else happens.
    #[inline]
    pub(crate) fn closure(&mut self, function: *const Function, captures: usize) -> *mut ClosureObject {
        let size = size_of::<ClosureObject>() + captures * size_of::<Value>();
        let object = self.allocate(size, Kind::Closure, captures as u32).cast::<ClosureObject>();
        // SAFETY: the allocation is as large as the object with its captures.
        unsafe {
            (*object).function = function;
            let first = object.add(1).cast::<Value>();
            (0..captures).for_each(|index| first.add(index).write(Value::NIL));
        }
        object
    }

    /// A builtin, by its number in the registry, as a function value.
    pub(crate) fn native(&mut self, number: u32) -> Value {
        Value::object(Tag::Function, self.allocate(size_of::<NativeObject>(), Kind::Native, number))
    }

    /// A builtin with its first argument.
    pub(crate) fn bound(&mut self, number: u32, receiver: Value) -> Value {
        let object = self.allocate(size_of::<BoundObject>(), Kind::Bound, number);
        // SAFETY: the allocation is as large as the object; the header is written.
        unsafe { (*object.cast::<BoundObject>()).receiver = receiver };
        Value::object(Tag::Function, object)
    }

    /// An error value.
    pub fn error(&mut self, data: Box<ErrorData>) -> Value {
        self.account(data.bytes());
        let object = self.allocate(size_of::<ErrorObject>(), Kind::Error, 0);
        // SAFETY: the allocation is as large as the object; `write` drops nothing.
        unsafe { (&raw mut (*object.cast::<ErrorObject>()).data).write(data) };
        Value::object(Tag::Object, object)
    }

    /// A Rust value as a value of the language.
    pub fn payload<P: Payload>(&mut self, payload: P) -> Value {
        let object = self.allocate(size_of::<PayloadObject>(), Kind::Payload, 0);
        self.account(size_of::<P>() + payload.holds());
        // SAFETY: the allocation is as large as the object; `write` drops nothing.
        unsafe { (&raw mut (*object.cast::<PayloadObject>()).payload).write(Box::new(payload)) };
        Value::object(Tag::Object, object)
    }
}

/// Looking into objects. The references live as long as the caller makes them; by the
/// heap's invariant they are valid until the builtin returns.
impl Value {
    /// The object's address; debug builds look whether the object is still of that kind.
    #[inline(always)]
    fn checked_address(self, kind: Kind) -> *mut Header {
        debug_assert!(self.kind() == Some(kind), "a reference to a freed object");
        self.address()
    }

    /// The text that it is.
    #[inline(always)]
    pub fn as_text(self) -> Option<Text> {
        self.has_tag(Tag::Text).then(|| Text(self.checked_address(Kind::Text).cast()))
    }

    /// The bytes of the text that it is.
    #[inline]
    pub fn as_bytes<'a>(self) -> Option<&'a [u8]> {
        self.as_text().map(Text::bytes)
    }

    /// The array that it is.
    #[inline(always)]
    pub fn as_array(self) -> Option<Array> {
        self.has_tag(Tag::Array).then(|| Array(self.checked_address(Kind::Array).cast()))
    }

    /// The map that it is.
    #[inline(always)]
    pub fn as_map(self) -> Option<Map> {
        self.has_tag(Tag::Map).then(|| Map(self.checked_address(Kind::Map).cast()))
    }

    /// Its number: a double, or the nearest one to a large integer.
    pub fn as_number(self) -> Option<f64> {
        self.as_double().or_else(|| self.as_large_integer().map(|integer| integer as f64))
    }

    /// Whether it is a number.
    pub fn is_number(self) -> bool {
        self.is_plain_number() || self.as_large_integer().is_some()
    }

    /// The large integer that it is; smaller ones are doubles.
    #[inline]
    pub fn as_large_integer(self) -> Option<i64> {
        // SAFETY: the kind says what the object is.
        (self.kind() == Some(Kind::Integer)).then(|| unsafe { (*self.address().cast::<IntegerObject>()).integer })
    }

    /// Its integer: any number without fraction that fits 64 bits.
    #[inline]
    pub fn as_integer(self) -> Option<i64> {
        if let Some(small) = self.as_small() {
            return Some(small);
        }
        match self.as_double() {
            // 2^63 itself saturates to 2^63 - 1, whose nearest double is 2^63 again.
            Some(double) if double < i64::MAX as f64 => {
                let integer = double as i64;
                (integer as f64 == double).then_some(integer)
            }
            Some(_) => None,
            None => self.as_large_integer(),
        }
    }

    /// The integer that arithmetic keeps exact: a double below 2^53, or a large integer. A
    /// double beyond may be the rounded result of other arithmetic.
    #[inline]
    pub(crate) fn as_exact_integer(self) -> Option<i64> {
        if let Some(small) = self.as_small() {
            return Some(small);
        }
        match self.as_double() {
            Some(double) if double.abs() < EXACT => {
                let integer = double as i64;
                (integer as f64 == double).then_some(integer)
            }
            Some(_) => None,
            None => self.as_large_integer(),
        }
    }

    /// The range that it is.
    pub fn as_range(self) -> Option<Range> {
        (self.kind() == Some(Kind::Range)).then(|| {
            // SAFETY: the kind says what the object is.
            let range = unsafe { &*self.address().cast::<RangeObject>() };
            Range { from: range.from, to: range.to, inclusive: range.header.flags != 0 }
        })
    }

    /// The error that it is.
    pub fn as_error<'a>(self) -> Option<&'a ErrorData> {
        // SAFETY: the kind says what the object is; errors are not changed while builtins look at them.
        (self.kind() == Some(Kind::Error)).then(|| unsafe { &*(*self.address().cast::<ErrorObject>()).data })
    }

    /// The Rust value that it is.
    pub fn as_payload<'a, P: Payload>(self) -> Option<&'a P> {
        self.payload().and_then(|payload| (payload as &dyn std::any::Any).downcast_ref())
    }

    /// The Rust value that it is, whatever its type.
    pub fn payload<'a>(self) -> Option<&'a dyn Payload> {
        // SAFETY: the kind says what the object is.
        (self.kind() == Some(Kind::Payload)).then(|| unsafe { &*(*self.address().cast::<PayloadObject>()).payload })
    }

    /// The number in the registry of the builtin that it is.
    pub(crate) fn as_native(self) -> Option<u32> {
        // SAFETY: the kind says what the object is.
        (self.kind() == Some(Kind::Native)).then(|| unsafe { (*self.address()).len })
    }

    /// The builtin and receiver of the bound method that it is.
    pub(crate) fn as_bound(self) -> Option<(u32, Value)> {
        // SAFETY: the kind says what the object is.
        (self.kind() == Some(Kind::Bound)).then(|| unsafe {
            let bound = self.address().cast::<BoundObject>();
            ((*bound).header.len, (*bound).receiver)
        })
    }

    /// The closure that it is.
    #[inline(always)]
    pub(crate) fn as_closure(self) -> Option<*mut ClosureObject> {
        // SAFETY: a reference's object is live.
        (self.has_tag(Tag::Function) && unsafe { (*self.address()).kind } == Kind::Closure)
            .then(|| self.address().cast())
    }

    /// The name of the function that it is, `""` for a lambda.
    pub fn function_name<'a>(self) -> Option<&'a str> {
        if let Some(number) = self.as_native().or_else(|| self.as_bound().map(|(number, _)| number)) {
            return Some(crate::builtins::name(number));
        }
        // SAFETY: a closure's function lives as long as the VM.
        self.as_closure().map(|closure| unsafe { &*(*(*closure).function).name })
    }

    /// Its truth: all but nil, false, 0, and empty text, array or map.
    #[inline(always)]
    pub fn is_truthy(self) -> bool {
        match self {
            Self::TRUE => true,
            Self::FALSE | Self::NIL => false,
            _ if self.is_small() => self != Self::small(0),
            _ => self.is_truthy_content(),
        }
    }

    #[inline(never)]
    fn is_truthy_content(self) -> bool {
        match self.tag() {
            None => self.as_double() != Some(0.0),
            // SAFETY: a reference's object is live.
            Some(Tag::Text | Tag::Array) => unsafe { (*self.address()).len != 0 },
            Some(Tag::Map) => !Map(self.address().cast()).is_empty(),
            Some(Tag::Immediate) => self == Self::TRUE,
            _ => true,
        }
    }

    /// What `type(x)` says.
    pub fn type_name(self) -> &'static str {
        match (self.tag(), self.kind()) {
            (None, _) | (_, Some(Kind::Integer)) => "number",
            (Some(Tag::Immediate), _) if self == Self::TRUE || self == Self::FALSE => "boolean",
            (Some(Tag::Text), _) => "string",
            (Some(Tag::Array), _) => "array",
            (Some(Tag::Map), _) => "map",
            (Some(Tag::Function), _) => "function",
            (_, Some(Kind::Range)) => "range",
            (_, Some(Kind::Error)) => "error",
            (_, Some(Kind::Payload)) => self.payload().map_or("object", Payload::type_name),
            _ => "nil",
        }
    }
}

fn raw_layout(size: usize) -> Layout {
    Layout::from_size_align(size, 16).expect("sizes are checked by `reserve` before they get near the limit")
}

/// Memory outside the cells; `size` is not zero.
pub(crate) fn raw_allocate(size: usize) -> *mut u8 {
    let layout = raw_layout(size);
    // SAFETY: no caller asks for zero bytes.
    let memory = unsafe { alloc(layout) };
    if memory.is_null() {
        handle_alloc_error(layout);
    }
    memory
}

/// Changes the size of what `raw_allocate` gave; the contents move with it.
///
/// # Safety
/// `memory` came from `raw_allocate(before)`, and nothing uses it afterwards.
pub(crate) unsafe fn raw_reallocate(memory: *mut u8, before: usize, size: usize) -> *mut u8 {
    // SAFETY: as the caller promises; the size is not zero.
    let moved = unsafe { std::alloc::realloc(memory, raw_layout(before), size) };
    if moved.is_null() {
        handle_alloc_error(raw_layout(size));
    }
    moved
}

/// Frees what `raw_allocate` gave.
///
/// # Safety
/// `memory` came from `raw_allocate(size)` and nothing uses it any more.
pub(crate) unsafe fn raw_free(memory: *mut u8, size: usize) {
    // SAFETY: as the caller promises.
    unsafe { dealloc(memory, raw_layout(size)) };
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.free_everything();
    }
}
