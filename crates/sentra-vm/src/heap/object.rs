//! How objects lie in memory. Every object starts with a [`Header`].
//!
//! Only `heap` makes and frees objects; the other modules reach into them through the
//! handles of `text`, `array` and `map`, or, in the interpreter, by the layouts given here.

use std::any::Any;

use super::collect::Marker;
use crate::fault::ErrorData;
use crate::image::Function;
use crate::value::Value;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A cell on a free list.
    Free = 0,
    /// A string.
    Text,
    /// Bytes that several strings share.
    Buffer,
    /// An array.
    Array,
    /// A map.
    Map,
    /// A function with its captured variables.
    Closure,
    /// A builtin as a value.
    Native,
    /// A method taken from its receiver.
    Bound,
    /// A captured variable.
    Cell,
    /// An integer of 2^53 or more in magnitude.
    Integer,
    /// `a..b`.
    Range,
    /// A thrown runtime error.
    Error,
    /// A Rust value: a task, a channel, a module, …
    Payload,
}

/// The first eight bytes of every object.
#[derive(Debug)]
#[repr(C, align(8))]
pub struct Header {
    /// What it is.
    pub kind: Kind,
    /// 1 once the collector has reached it in this cycle.
    pub mark: u8,
    /// Bits that belong to the kind.
    pub flags: u8,
    /// Its size class, or [`LARGE`](super::block::LARGE).
    pub class: u8,
    /// Length of a text or array, entries of a map, captures of a closure.
    pub len: u32,
}

/// A string: bytes inside the object, or a part of an owner's bytes.
#[repr(C)]
pub struct TextObject {
    /// `len` is the number of bytes.
    pub header: Header,
    /// Its hash, 0 until someone asks.
    pub hash: u32,
    /// The first bytes, if they lie in the object; the others follow.
    pub bytes: [u8; 4],
}

/// Where in a [`TextObject`] its bytes start.
pub const TEXT_BYTES: usize = std::mem::offset_of!(TextObject, bytes);

/// What follows a `TextObject` whose bytes belong to another object.
#[repr(C)]
pub struct TextShare {
    /// Its first byte.
    pub data: *const u8,
    /// The text or buffer that holds the bytes.
    pub owner: *mut Header,
}

/// A [`TextObject`] followed by a [`TextShare`].
pub const TEXT_SHARED: u8 = 1;
/// A text that is the only one with its bytes among all interned ones.
pub const TEXT_INTERNED: u8 = 2;
/// A text that notes behind its bytes, at the next multiple of four, at which position a map
/// has it as a key.
pub const TEXT_PLACED: u8 = 4;

/// Bytes that grow at the end; texts show parts of them.
#[repr(C)]
pub struct BufferObject {
    /// `len` is the number of bytes in use.
    pub header: Header,
    /// Bytes that fit behind this.
    pub capacity: usize,
}

/// An array.
#[repr(C)]
pub struct ArrayObject {
    /// `len` is the number of elements.
    pub header: Header,
    /// The first element.
    pub data: *mut Value,
    /// Elements that fit from `data` on.
    pub capacity: u32,
    /// Elements that were taken from the front: `data` is so far behind the allocation's start.
    pub head: u32,
}

/// Set while the elements lie behind the [`ArrayObject`] itself.
pub const ARRAY_INLINE: u8 = 1;

/// One association of a map.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Entry {
    /// A string, number, boolean or nil; [`Value::REMOVED`] where one was deleted.
    pub key: Value,
    /// What belongs to it.
    pub value: Value,
}

/// A map: entries in the order of insertion.
#[repr(C)]
pub struct MapObject {
    /// `len` is the number of entries, removed ones included.
    pub header: Header,
    /// The first entry: behind the object itself, or in an allocation of its own.
    pub entries: *mut Entry,
}

/// What lies behind a [`MapObject`] whose entries are elsewhere.
#[repr(C)]
pub struct MapTable {
    /// Entries that fit.
    pub capacity: u32,
    /// Entries that are not removed.
    pub live: u32,
    /// Open addressing over the entries, null while there are few.
    pub index: *mut u32,
    /// Slots of the index less one.
    pub mask: u32,
    /// Unused; keeps the size even.
    pub reserved: u32,
}

/// Set once the entries lie outside the object and a [`MapTable`] describes them.
pub const MAP_TABLE: u8 = 1;
/// Text keys are found without regard to ASCII case (HTTP headers).
pub const MAP_CASELESS: u8 = 2;

/// What tells how a map's keys are found.
pub const MAP_FORM: u8 = MAP_TABLE | MAP_CASELESS;
/// The bits above those are the number of its prototype, 0 if it has none.
pub const MAP_PROTOTYPE: u8 = 2;

/// A function with its captured variables, which follow it.
#[repr(C)]
pub struct ClosureObject {
    /// `len` is the number of captures.
    pub header: Header,
    /// What it runs; lives as long as the VM.
    pub function: *const Function,
}

/// A builtin as a value.
#[repr(C)]
pub struct NativeObject {
    /// `len` is the builtin's number in the registry.
    pub header: Header,
}

/// A method with its receiver.
#[repr(C)]
pub struct BoundObject {
    /// `len` is the builtin's number in the registry.
    pub header: Header,
    /// What becomes the first argument.
    pub receiver: Value,
}

/// A captured variable.
#[repr(C)]
pub struct CellObject {
    /// Nothing in its `len`.
    pub header: Header,
    /// What it holds.
    pub value: Value,
}

/// A large integer.
#[repr(C)]
pub struct IntegerObject {
    /// Nothing in its `len`.
    pub header: Header,
    /// Its value, never one that a double holds exactly as a smaller integer.
    pub integer: i64,
}

/// `from..to`; flag 1: the end is part of it.
#[repr(C)]
pub struct RangeObject {
    /// Nothing in its `len`.
    pub header: Header,
    /// The first number.
    pub from: Value,
    /// The end.
    pub to: Value,
}

/// A thrown runtime error.
#[repr(C)]
pub struct ErrorObject {
    /// Nothing in its `len`.
    pub header: Header,
    /// Its fields.
    pub data: Box<ErrorData>,
}

/// A Rust value on the heap.
#[repr(C)]
pub struct PayloadObject {
    /// Nothing in its `len`.
    pub header: Header,
    /// The value.
    pub payload: Box<dyn Payload>,
}

/// What a Rust value needs to live on the heap.
pub trait Payload: Any {
    /// What `type(x)` says.
    fn type_name(&self) -> &'static str;
    /// Marks every value that it holds.
    fn trace(&self, marker: &mut Marker);
    /// Bytes that it holds besides itself; always the same.
    fn holds(&self) -> usize {
        0
    }
    /// A field of it, as `x.name` reads it.
    fn field(&self, _name: &[u8]) -> Option<Value> {
        None
    }
}
