//! Hexadecimal digits.

use super::{Malformed, shown};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Writes digits in small letters into `out`, which is twice as long as the bytes.
pub fn encode_into(bytes: &[u8], out: &mut [u8]) {
    for (pair, byte) in out.chunks_exact_mut(2).zip(bytes) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 15)];
    }
}

/// The digits in small letters.
pub fn encode(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// What a digit counts, 255 if it is none.
const VALUES: [u8; 256] = {
    let mut values = [255; 256];
    let mut digit = 0;
    while digit < 16 {
        values[DIGITS[digit] as usize] = digit as u8;
        values[DIGITS[digit].to_ascii_uppercase() as usize] = digit as u8;
        digit += 1;
    }
    values
};

/// What a digit counts.
pub fn digit(byte: u8) -> Option<u8> {
    Some(VALUES[usize::from(byte)]).filter(|&value| value < 16)
}

/// Writes the bytes that digits stand for into `out`, which is half as long.
pub fn decode_into(text: &[u8], out: &mut [u8]) -> Result<(), Malformed> {
    if !text.len().is_multiple_of(2) {
        return Err(Malformed::whole("an odd number of hexadecimal digits"));
    }
    let mut wrong = 0;
    for (byte, pair) in out.iter_mut().zip(text.chunks_exact(2)) {
        let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
        wrong |= high | low;
        *byte = high << 4 | low;
    }
    if wrong < 16 {
        return Ok(());
    }
    let at = text.iter().position(|&byte| digit(byte).is_none()).unwrap_or(0);
    Err(Malformed::at(at, format!("{} is no hexadecimal digit, found", shown(text[at]))))
}
