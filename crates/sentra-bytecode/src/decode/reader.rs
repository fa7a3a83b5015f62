//! Reads numbers, texts and counts from bytes that may be anything. Every answer lies inside
//! the bytes, and nothing is reserved that the remaining bytes could not fill.

use super::DecodeError;
use crate::varint::{MAX_BYTES, unzigzag};

/// A place in the bytes.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Reads `bytes`, of which the ones before `offset` are done with.
    pub(super) fn new(bytes: &'a [u8], offset: usize) -> Self {
        Self { bytes, offset }
    }

    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn remaining(&self) -> usize {
        self.bytes.len() - self.offset
    }

    /// An error at the current place.
    pub(super) fn error(&self, what: impl Into<String>) -> DecodeError {
        DecodeError { offset: self.offset, what: what.into() }
    }

    pub(super) fn byte(&mut self, what: &str) -> Result<u8, DecodeError> {
        let Some(&byte) = self.bytes.get(self.offset) else {
            return Err(self.error(format!("the file ends inside {what}")));
        };
        self.offset += 1;
        Ok(byte)
    }

    pub(super) fn flag(&mut self, what: &str) -> Result<bool, DecodeError> {
        match self.byte(what)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.error(format!("{what} is {other}, not 0 or 1"))),
        }
    }

    /// The next `length` bytes.
    pub(super) fn take(&mut self, length: usize, what: &str) -> Result<&'a [u8], DecodeError> {
        if length > self.remaining() {
            let remaining = self.remaining();
            return Err(self.error(format!("{what} should have {length} bytes, but only {remaining} remain")));
        }
        let taken = &self.bytes[self.offset..self.offset + length];
        self.offset += length;
        Ok(taken)
    }

    /// A number in its shortest encoding.
    #[inline]
    pub(super) fn number(&mut self, what: &str) -> Result<u64, DecodeError> {
        let first = self.byte(what)?;
        if first < 0x80 { Ok(first.into()) } else { self.long_number(first, what) }
    }

    fn long_number(&mut self, first: u8, what: &str) -> Result<u64, DecodeError> {
        let mut number = u64::from(first & 0x7F);
        for index in 1..MAX_BYTES {
            let byte = self.byte(what)?;
            let bits = u64::from(byte & 0x7F);
            if index == MAX_BYTES - 1 && bits > 1 {
                break;
            }
            number |= bits << (7 * index);
            if byte == 0 {
                return Err(self.error(format!("{what} is not written in the shortest way")));
            }
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.error(format!("{what} is too large")))
    }

    pub(super) fn signed(&mut self, what: &str) -> Result<i64, DecodeError> {
        self.number(what).map(unzigzag)
    }

    /// A number that must fit a narrower type.
    #[inline]
    pub(super) fn narrow<T: TryFrom<u64>>(&mut self, what: &str) -> Result<T, DecodeError> {
        let number = self.number(what)?;
        T::try_from(number).map_err(|_| self.error(format!("{what} is too large: {number}")))
    }

    /// A signed number that must fit a narrower type.
    #[inline]
    pub(super) fn narrow_signed<T: TryFrom<i64>>(&mut self, what: &str) -> Result<T, DecodeError> {
        let number = self.signed(what)?;
        T::try_from(number).map_err(|_| self.error(format!("{what} is too large: {number}")))
    }

    /// A number and the bit beneath it.
    pub(super) fn tagged<T: TryFrom<u64>>(&mut self, what: &str) -> Result<(T, bool), DecodeError> {
        let number = self.number(what)?;
        let value =
            T::try_from(number >> 1).map_err(|_| self.error(format!("{what} is too large: {}", number >> 1)))?;
        Ok((value, number & 1 == 1))
    }

    /// A text that must be UTF-8.
    pub(super) fn text(&mut self, what: &str) -> Result<String, DecodeError> {
        let length = self.length(what)?;
        let start = self.offset;
        let bytes = self.take(length, what)?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => {
                Err(DecodeError { offset: start + error.valid_up_to(), what: format!("{what} is not valid UTF-8") })
            }
        }
    }

    /// How many bytes follow.
    pub(super) fn length(&mut self, what: &str) -> Result<usize, DecodeError> {
        self.count(1, what)
    }

    /// How many items follow, each of which takes at least `smallest` bytes.
    pub(super) fn count(&mut self, smallest: usize, what: &str) -> Result<usize, DecodeError> {
        let at = self.offset;
        let count = self.number(what)?;
        if count > (self.remaining() / smallest) as u64 {
            let what = format!("{what}: {count} of them cannot fit the remaining {} bytes", self.remaining());
            return Err(DecodeError { offset: at, what });
        }
        Ok(count as usize)
    }

    /// A count and as many items.
    pub(super) fn all<T>(
        &mut self,
        smallest: usize,
        what: &str,
        mut item: impl FnMut(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Vec<T>, DecodeError> {
        let count = self.count(smallest, what)?;
        let mut items = Vec::with_capacity(count);
        for _ in 0..count {
            items.push(item(self)?);
        }
        Ok(items)
    }
}
