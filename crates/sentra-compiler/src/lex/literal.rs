//! The values of literals: what the text of a number or string token stands for. Reports nothing;
//! the lexer has checked the text, and what is malformed still gives some value.

/// A number's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Integer(i64),
    Float(f64),
}

/// The base that a number's prefix names.
pub(crate) fn radix(text: &[u8]) -> Option<u32> {
    match text {
        [b'0', b'x' | b'X', ..] => Some(16),
        [b'0', b'b' | b'B', ..] => Some(2),
        [b'0', b'o' | b'O', ..] => Some(8),
        _ => None,
    }
}

/// The value of a number token: an integer where it fits 64 bits, else a double.
pub(crate) fn number(text: &[u8]) -> Number {
    let clean: String = text.iter().filter(|byte| **byte != b'_').map(|byte| *byte as char).collect();
    if let Some(radix) = radix(text) {
        let digits = &clean[2..];
        return match i64::from_str_radix(digits, radix) {
            Ok(value) => Number::Integer(value),
            Err(_) => Number::Float(large_integer(digits, radix)),
        };
    }
    match clean.parse() {
        Ok(value) => Number::Integer(value),
        Err(_) => Number::Float(clean.parse().unwrap_or(0.0)),
    }
}

/// The nearest double: the first 64 significant bits, the rest only as "there was more".
fn large_integer(digits: &str, radix: u32) -> f64 {
    let bits = radix.trailing_zeros();
    let (mut head, mut shift) = (0u64, 0i32);
    for digit in digits.chars().filter_map(|digit| digit.to_digit(radix)) {
        if head >> (64 - bits) == 0 {
            head = head << bits | u64::from(digit);
        } else {
            head |= u64::from(digit != 0);
            shift = shift.saturating_add(bits as i32);
        }
    }
    head as f64 * 2f64.powi(shift)
}

/// The value of a string token's inside, escapes resolved.
pub(crate) fn unescape(text: &[u8]) -> Box<[u8]> {
    let mut value = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(position) = rest.iter().position(|byte| *byte == b'\\') {
        value.extend_from_slice(&rest[..position]);
        let (escaped, length) = escape(&rest[position..]);
        escaped.into_iter().for_each(|escaped| escaped.append_to(&mut value));
        rest = &rest[position + length..];
    }
    value.extend_from_slice(rest);
    value.into()
}

/// The text of an f-string's piece: escapes resolved, doubled braces single.
pub(crate) fn unescape_format(text: &[u8]) -> Box<[u8]> {
    let mut single = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        single.push(*first);
        rest = match (first, tail) {
            (b'{', [b'{', tail @ ..]) | (b'}', [b'}', tail @ ..]) => tail,
            (b'\\', tail) => {
                let length = escape(rest).1 - 1;
                single.extend_from_slice(&tail[..length]);
                &tail[length..]
            }
            _ => tail,
        };
    }
    unescape(&single)
}

/// What an escape stands for.
pub(crate) enum Escaped {
    Byte(u8),
    Character(char),
}

impl Escaped {
    fn append_to(self, value: &mut Vec<u8>) {
        match self {
            Self::Byte(byte) => value.push(byte),
            Self::Character(character) => value.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Reads the escape that `text` begins with: its value, unless it is unknown, and its length.
pub(crate) fn escape(text: &[u8]) -> (Option<Escaped>, usize) {
    let byte = match text.get(1) {
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'r') => b'\r',
        Some(b'0') => 0,
        Some(quoted @ (b'\\' | b'"' | b'\'')) => *quoted,
        Some(b'x') => return hexadecimal(text),
        Some(b'u') => return unicode(text),
        Some(other) if other.is_ascii() => return (None, 2),
        Some(_) => return (None, 1),
        None => return (None, text.len()),
    };
    (Some(Escaped::Byte(byte)), 2)
}

fn digit(byte: u8) -> Option<u32> {
    (byte as char).to_digit(16)
}

fn hexadecimal(text: &[u8]) -> (Option<Escaped>, usize) {
    match text.get(2..4).map(|digits| (digit(digits[0]), digit(digits[1]))) {
        Some((Some(high), Some(low))) => (Some(Escaped::Byte((high << 4 | low) as u8)), 4),
        _ => (None, 2),
    }
}

fn unicode(text: &[u8]) -> (Option<Escaped>, usize) {
    let digits = text.get(3..).unwrap_or_default().iter().take_while(|byte| digit(**byte).is_some()).count();
    let closed = text.get(2) == Some(&b'{') && text.get(3 + digits) == Some(&b'}');
    if !closed || digits == 0 {
        return (None, 2);
    }
    let value =
        text[3..3 + digits].iter().try_fold(0u32, |value, byte| value.checked_mul(16)?.checked_add(digit(*byte)?));
    (value.and_then(char::from_u32).map(Escaped::Character), 4 + digits)
}
