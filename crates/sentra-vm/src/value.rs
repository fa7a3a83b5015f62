//! A value in eight bytes.
//!
//! Doubles are stored as they are. Everything else lives in the space of negative quiet NaNs
//! that is never stored as a number: the upper 16 bits tell the type, the lower 48 are the
//! address of an object on the heap or say which immediate it is. Because every value that
//! is not a double *is* a NaN to the processor, arithmetic on doubles may compute first and
//! look at the result afterwards.
//!
//! Small integers, of 48 bits, are the topmost bit patterns: the integer plus the pattern of
//! zero. So one comparison tells that a value is such, and a sum that leaves their range leaves
//! the range of their patterns. Scripts know one type of numbers: a whole double and a small
//! integer are equal, print alike and are the same key. What builtins make is a small integer
//! whenever it can be one; arithmetic of doubles does not look whether its result has become
//! whole.
//!
//! This module knows the encoding and nothing else; it allocates nothing.

use crate::heap::object::{Header, Kind};

/// Integers of smaller magnitude are exact in a double.
pub const EXACT: f64 = 9_007_199_254_740_992.0;

const TAG_SHIFT: u32 = 48;
const ADDRESS: u64 = (1 << TAG_SHIFT) - 1;
/// The first bit pattern that is not a double.
const FIRST_TAGGED: u64 = (Tag::Immediate as u64) << TAG_SHIFT;
const FIRST_REFERENCE: u64 = (Tag::Text as u64) << TAG_SHIFT;
/// The first bit pattern of a small integer; all above are such too.
const FIRST_SMALL: u64 = 0xFFFF << TAG_SHIFT;
/// The small integer 0.
const ZERO: u64 = FIRST_SMALL | 1 << (TAG_SHIFT - 1);

/// The upper 16 bits of a value that is not a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Tag {
    /// nil, a boolean, or a mark that scripts never see.
    Immediate = 0xFFF8,
    /// A string.
    Text = 0xFFF9,
    /// An array.
    Array = 0xFFFA,
    /// A map.
    Map = 0xFFFB,
    /// A closure, a builtin or a bound method.
    Function = 0xFFFC,
    /// A captured variable; never seen by scripts.
    Cell = 0xFFFD,
    /// Any other object; its header tells which.
    Object = 0xFFFE,
}

/// A number, an immediate, or a reference to an object on the heap.
///
/// Equality is identity of the encoding; the language's `==` is [`equal`](crate::heap::equal).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(u64);

impl Value {
    /// `nil`.
    pub const NIL: Self = Self(FIRST_TAGGED | 1);
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

    /// A number: a small integer if it can be one, else a double. Every NaN becomes the one that no tag looks like.
    #[inline(always)]
    pub fn number(number: f64) -> Self {
        let integer = number as i64;
        // -0 differs from 0 in its bits: it stays a double.
        if (integer as f64).to_bits() == number.to_bits()
            && let Some(small) = Self::integer(integer)
        {
            return small;
        }
        if number.is_nan() { Self(f64::NAN.to_bits() & !(1 << 63)) } else { Self(number.to_bits()) }
    }

    /// A double that is known not to be NaN, as it is.
    #[inline(always)]
    pub fn double(number: f64) -> Self {
        debug_assert!(!number.is_nan());
        Self(number.to_bits())
    }

    /// A small integer, if it lies within 48 bits.
    #[inline(always)]
    pub const fn integer(integer: i64) -> Option<Self> {
        let bits = ZERO.wrapping_add(integer as u64);
        if bits >= FIRST_SMALL { Some(Self(bits)) } else { None }
    }

    /// A small integer of 32 bits.
    #[inline(always)]
    pub const fn small(number: i32) -> Self {
        Self(ZERO.wrapping_add(number as u64))
    }

    /// How many there are of something, or where something is, in memory.
    #[inline(always)]
    pub const fn count(count: usize) -> Self {
        debug_assert!((count as u64) < 1 << (TAG_SHIFT - 1));
        Self(ZERO.wrapping_add(count as u64))
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

    /// Whether it is a number that lies in the value itself: a double or a small integer.
    #[inline(always)]
    pub const fn is_plain_number(self) -> bool {
        self.is_double() || self.is_small()
    }

    /// Whether it is a double.
    #[inline(always)]
    pub const fn is_double(self) -> bool {
        self.0 < FIRST_TAGGED
    }

    /// The bits as a double: its number if it is a double, else some NaN.
    #[inline(always)]
    pub const fn raw_double(self) -> f64 {
        f64::from_bits(self.0)
    }

    /// Its number as a double, if it is a double or a small integer.
    #[inline(always)]
    pub fn as_double(self) -> Option<f64> {
        if self.is_small() {
            return Some(self.raw_small() as f64);
        }
        self.is_double().then(|| f64::from_bits(self.0))
    }

    /// Whether it is a small integer.
    #[inline(always)]
    pub const fn is_small(self) -> bool {
        self.0 >= FIRST_SMALL
    }

    /// The small integer that it is; if it is none, a number that no small integer is.
    #[inline(always)]
    pub const fn raw_small(self) -> i64 {
        self.0.wrapping_sub(ZERO) as i64
    }

    /// The index that it is; if it is none, one that nothing in memory has.
    #[inline(always)]
    pub const fn raw_index(self) -> usize {
        let index = self.0.wrapping_sub(ZERO);
        if index > usize::MAX as u64 { usize::MAX } else { index as usize }
    }

    /// The small integer that it is.
    #[inline(always)]
    pub const fn as_small(self) -> Option<i64> {
        if self.is_small() { Some(self.raw_small()) } else { None }
    }

    /// Whether it has this tag.
    #[inline(always)]
    pub const fn has_tag(self, tag: Tag) -> bool {
        self.0 >> TAG_SHIFT == tag as u64
    }

    /// Its tag, if it is not a number in itself.
    #[inline]
    pub fn tag(self) -> Option<Tag> {
        Some(match self.tag_bits() {
            0xFFF8 => Tag::Immediate,
            0xFFF9 => Tag::Text,
            0xFFFA => Tag::Array,
            0xFFFB => Tag::Map,
            0xFFFC => Tag::Function,
            0xFFFD => Tag::Cell,
            0xFFFE => Tag::Object,
            _ => return None,
        })
    }

    /// The bits where the tag is: of a double anything below the first tag, of a small integer one more than the last.
    #[inline(always)]
    pub(crate) const fn tag_bits(self) -> u16 {
        (self.0 >> TAG_SHIFT) as u16
    }

    /// Whether it refers to an object on the heap.
    #[inline(always)]
    pub const fn is_reference(self) -> bool {
        self.0.wrapping_sub(FIRST_REFERENCE) < FIRST_SMALL - FIRST_REFERENCE
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

#[cfg(test)]
mod tests {
    use super::*;

    const EDGE: i64 = 1 << (TAG_SHIFT - 1);

    #[test]
    fn integers_of_48_bits_are_small() {
        for integer in [0, 1, -1, EDGE - 1, -EDGE] {
            assert_eq!(Value::integer(integer).and_then(Value::as_small), Some(integer));
            assert_eq!(Value::number(integer as f64).as_small(), Some(integer));
            assert_eq!(Value::number(integer as f64).as_double(), Some(integer as f64));
        }
        for integer in [EDGE, -EDGE - 1, i64::MAX, i64::MIN] {
            assert_eq!(Value::integer(integer), None);
            assert!(Value::number(integer as f64).is_double());
        }
    }

    #[test]
    fn what_is_no_small_integer_is_no_index_of_anything() {
        for value in [Value::NIL, Value::TRUE, Value::double(0.0), Value::double(5.0), Value::number(f64::NAN)] {
            assert!(!value.is_small() && !value.is_reference());
            assert!(value.raw_index() as u64 >= EDGE as u64);
        }
        assert!(Value::small(-1).raw_index() as u64 >= EDGE as u64);
    }

    #[test]
    fn zero_below_zero_and_what_is_no_number_stay_doubles() {
        assert!(Value::number(-0.0).is_double());
        assert!(Value::number(f64::NAN).is_double() && Value::number(-f64::NAN).is_double());
        assert_eq!(Value::number(0.5).as_double(), Some(0.5));
    }
}
