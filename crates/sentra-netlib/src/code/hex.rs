//! Hexadecimal digits.

use super::{Malformed, shown};

/// The digit for a number below 16. Without a table many are made at a time.
fn written(value: u8) -> u8 {
    value + if value > 9 { b'a' - 10 } else { b'0' }
}

/// Writes digits in small letters into `out`, which is twice as long as the bytes.
pub fn encode_into(bytes: &[u8], out: &mut [u8]) {
    for (pair, byte) in out.as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = [written(byte >> 4), written(byte & 15)];
    }
}

/// The digits in small letters.
pub fn encode(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(written(digit))).collect()
}

/// What a digit counts, 255 if it is none.
fn value(byte: u8) -> u8 {
    let (number, letter) = (byte.wrapping_sub(b'0'), (byte | 0x20).wrapping_sub(b'a'));
    match (number < 10, letter < 6) {
        (true, _) => number,
        (_, true) => letter + 10,
        _ => 255,
    }
}

/// What a digit counts.
pub fn digit(byte: u8) -> Option<u8> {
    Some(value(byte)).filter(|&value| value < 16)
}

/// Writes the bytes that digits stand for into `out`, which is half as long.
pub fn decode_into(text: &[u8], out: &mut [u8]) -> Result<(), Malformed> {
    if !text.len().is_multiple_of(2) {
        return Err(Malformed::whole("an odd number of hexadecimal digits"));
    }
    let mut wrong = 0;
    for (byte, &[high, low]) in out.iter_mut().zip(text.as_chunks().0) {
        let (high, low) = (value(high), value(low));
        wrong |= high | low;
        *byte = high << 4 | low;
    }
    if wrong < 16 {
        return Ok(());
    }
    let at = text.iter().position(|&byte| digit(byte).is_none()).unwrap_or(0);
    Err(Malformed::at(at, format!("{} is no hexadecimal digit, found", shown(text[at]))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte() {
        let all: Vec<u8> = (0..=255).collect();
        let text = encode(&all);
        assert!(text.starts_with("000102") && text.ends_with("fdfeff"));
        let mut out = [0; 512];
        encode_into(&all, &mut out);
        assert_eq!(out, *text.as_bytes());
        let mut back = [0; 256];
        decode_into(text.to_ascii_uppercase().as_bytes(), &mut back).unwrap();
        assert_eq!(back, *all);
        let digits = all.iter().filter(|&&byte| digit(byte).is_some()).count();
        assert_eq!(digits, 22);
    }
}
