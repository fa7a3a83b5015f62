//! Numbers of variable length: LEB128, signed ones by zigzag. Each number has exactly one
//! encoding; the reader in `decode` refuses longer ones.

/// The most bytes that a 64-bit number takes.
pub(crate) const MAX_BYTES: usize = 10;

/// Appends a number, seven bits to a byte, the lowest first.
pub(crate) fn write(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a signed number.
pub(crate) fn write_signed(out: &mut Vec<u8>, number: i64) {
    write(out, zigzag(number));
}

/// Folds the sign into the lowest bit, so that small negative numbers stay short.
pub(crate) const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// The inverse of [`zigzag`].
pub(crate) const fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zigzag_is_reversible_and_short() {
        for number in [0, -1, 1, 63, -64, i64::MAX, i64::MIN] {
            assert_eq!(unzigzag(zigzag(number)), number);
        }
        assert_eq!(zigzag(-64), 127);
    }

    #[test]
    fn write_takes_at_most_the_stated_bytes() {
        let mut out = Vec::new();
        write(&mut out, u64::MAX);
        assert_eq!(out.len(), MAX_BYTES);
    }
}
