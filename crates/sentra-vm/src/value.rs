//! A value in eight bytes.
//!
//! Numbers are doubles as they are. Everything else lives in the space of negative quiet
//! NaNs that no arithmetic produces: the upper 16 bits tell the type, the lower 48 are the
//! address of an object on the heap or say which immediate it is. Because every value that
//! is not a number *is* a NaN to the processor, arithmetic may compute first and look at
//! the result afterwards.
//!
//! This module knows the encoding and nothing else; it allocates nothing.

use crate::heap::object::{Header, Kind};

/// Integers of smaller magnitude are exact in a double.
pub const EXACT: f64 = 9_007_199_254_740_992.0;

const TAG_SHIFT: u32 = 48;
const ADDRESS: u64 = (1 << TAG_SHIFT) - 1;
/// The first bit pattern that is not a number.
const FIRST_TAGGED: u64 = (Tag::Immediate as u64) << TAG_SHIFT;

/// The upper 16 bits of a value that is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Tag {
    /// nil, a boolean, or a mark that scripts never see.
    Immediate = 0xFFF9,
    /// A string.
    Text = 0xFFFA,
    /// An array.
    Array = 0xFFFB,
    /// A map.
    Map = 0xFFFC,
    /// A closure, a builtin or a bound method.
    Function = 0xFFFD,
    /// A captured variable; never seen by scripts.
    Cell = 0xFFFE,
    /// Any other object; its header tells which.
    Object = 0xFFFF,
}

/// A number, an immediate, or a reference to an object on the heap.
///
/// Equality is identity of the encoding; the language's `==` is [`equal`](crate::heap::equal).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(u64);

impl Value {
    /// `nil`.
    pub const NIL: Self = Self(FIRST_TAGGED);
    /// `false`.
    pub const FALSE: Self = Self(FIRST_TAGGED | 2);
    /// `true`.
    pub const TRUE: Self = Self(FIRST_TAGGED | 3);
    /// An optional argument that was not given, or a global without a value yet.
    pub const ABSENT: Self = Self(FIRST_TAGGED | 4);
    /// The key of a removed map entry.
    pub const REMOVED: Self = Self(FIRST_TAGGED | 5);
    /// What a builtin returns when its fiber has been parked and the result comes later.
    pub const PENDING: Self = Self(FIRST_TAGGED | 6);

    /// A number. Every NaN becomes the one that no tag looks like.
    #[inline(always)]
    pub fn number(number: f64) -> Self {
        if number.is_nan() { Self(f64::NAN.to_bits() & !(1 << 63)) } else { Self(number.to_bits()) }
    }

    /// A number that is known not to be NaN.
    #[inline(always)]
    pub fn finite(number: f64) -> Self {
        debug_assert!(!number.is_nan());
        Self(number.to_bits())
    }

    /// A small integer.
    #[inline(always)]
    pub fn small(number: i32) -> Self {
        Self(f64::from(number).to_bits())
    }

    /// `true` or `false`.
    #[inline(always)]
    pub const fn boolean(value: bool) -> Self {
        Self(FIRST_TAGGED | 2 | value as u64)
    }

    /// A reference to an object; the tag must suit the object's kind.
    #[inline(always)]
    pub(crate) fn object(tag: Tag, object: *mut Header) -> Self {
        Self((tag as u64) << TAG_SHIFT | (object as usize as u64))
    }

    /// The encoding.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The value with this encoding, which `bits` gave.
    #[inline(always)]
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// Whether it is a double (or an integer that a double holds).
    #[inline(always)]
    pub const fn is_double(self) -> bool {
        self.0 < FIRST_TAGGED
    }

    /// The bits as a double: its number, or some NaN if it is none.
    #[inline(always)]
    pub const fn raw_double(self) -> f64 {
        f64::from_bits(self.0)
    }

    /// Its number if it is a double.
    #[inline(always)]
    pub fn as_double(self) -> Option<f64> {
        self.is_double().then(|| f64::from_bits(self.0))
    }

    /// Whether it has this tag.
    #[inline(always)]
    pub const fn has_tag(self, tag: Tag) -> bool {
        self.0 >> TAG_SHIFT == tag as u64
    }

    /// Its tag, if it is not a double.
    #[inline]
    pub fn tag(self) -> Option<Tag> {
        Some(match self.tag_bits() {
            0xFFF9 => Tag::Immediate,
            0xFFFA => Tag::Text,
            0xFFFB => Tag::Array,
            0xFFFC => Tag::Map,
            0xFFFD => Tag::Function,
            0xFFFE => Tag::Cell,
            0xFFFF => Tag::Object,
            _ => return None,
        })
    }

    /// The bits where the tag is, of a double anything below the first tag.
    #[inline(always)]
    pub(crate) const fn tag_bits(self) -> u16 {
        (self.0 >> TAG_SHIFT) as u16
    }

    /// Whether it refers to an object on the heap.
    #[inline(always)]
    pub const fn is_reference(self) -> bool {
        self.0 >= (Tag::Text as u64) << TAG_SHIFT
    }

    /// The object's address; meaningful only for a reference.
    #[inline(always)]
    pub(crate) fn address(self) -> *mut Header {
        (self.0 & ADDRESS) as usize as *mut Header
    }

    /// The kind of the object it refers to.
    #[inline]
    pub(crate) fn kind(self) -> Option<Kind> {
        // SAFETY: a reference is only made by `Heap` from a live object, and values are
        // looked at only while their object is reachable (see `heap`).
        let kind = self.is_reference().then(|| unsafe { (*self.address()).kind });
        debug_assert!(kind != Some(Kind::Free), "a reference to a freed object");
        kind
    }

    /// Whether it is `nil`.
    #[inline(always)]
    pub const fn is_nil(self) -> bool {
        self.0 == Self::NIL.0
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::boolean(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::number(value)
    }
}
