//! Values in a form that a specification asks for: `{x:>8.2}` in f-strings, and `format`.
//!
//! `[[fill]align][+][#][0][width][.precision][d|x|X|b|o|e|f|%]`, as language.md defines it.

use crate::fault::Fault;
use crate::heap::Heap;
use crate::number;
use crate::show;
use crate::value::Value;

/// The widest field and the most digits.
const MOST: usize = 10_000;

/// A specification in its parts.
#[derive(Clone, Copy, Debug)]
struct Specification {
    fill: char,
    /// `<`, `>`, `^`, or 0 for what suits the value.
    align: u8,
    plus: bool,
    prefix: bool,
    zeros: bool,
    width: usize,
    precision: Option<usize>,
    /// The letter at the end, or 0.
    form: u8,
}

/// The value's text by the specification.
pub fn format(heap: &mut Heap, value: Value, spec: &[u8]) -> Result<Value, Box<Fault>> {
    let mut out = Vec::with_capacity(32);
    write(heap, &mut out, value, spec)?;
    heap.checked_text(&out)
}

/// Appends the value's text by the specification.
pub fn write(heap: &Heap, out: &mut Vec<u8>, value: Value, spec: &[u8]) -> Result<(), Box<Fault>> {
    let spec = Specification::parse(spec)?;
    let mut body = Vec::with_capacity(32);
    let sign = if value.is_number() {
        number_body(&mut body, value, &spec)?
    } else if spec.form != 0 {
        let (form, got) = (char::from(spec.form), value.type_name());
        return Err(Fault::type_error(format!("the form `{form}` needs a number, got {got}")));
    } else {
        show::text(heap, value, &mut body);
        if let Some(precision) = spec.precision {
            body.truncate(cut(&body, precision));
        }
        ""
    };
    spec.pad(out, sign, &body, value.is_number());
    Ok(())
}

impl Specification {
    fn parse(text: &[u8]) -> Result<Self, Box<Fault>> {
        let wrong = || Fault::range(format!("`{}` is no format specification", String::from_utf8_lossy(text)));
        let mut spec =
            Self { fill: ' ', align: 0, plus: false, prefix: false, zeros: false, width: 0, precision: None, form: 0 };
        let mut rest = spec.alignment(std::str::from_utf8(text).map_err(|_| wrong())?).as_bytes();
        spec.plus = take(&mut rest, b"+").is_some();
        spec.prefix = take(&mut rest, b"#").is_some();
        spec.zeros = take(&mut rest, b"0").is_some();
        spec.width = digits(&mut rest)?.unwrap_or(0);
        if take(&mut rest, b".").is_some() {
            spec.precision = Some(digits(&mut rest)?.ok_or_else(wrong)?);
        }
        spec.form = take(&mut rest, b"dxXboef%").unwrap_or(0);
        if rest.is_empty() { Ok(spec) } else { Err(wrong()) }
    }

    /// Reads fill and alignment; what follows them.
    fn alignment<'a>(&mut self, text: &'a str) -> &'a str {
        let mut characters = text.chars();
        let (first, second) = (characters.next(), characters.next());
        let is_align = |c: &char| matches!(c, '<' | '>' | '^');
        if let Some(align) = second.filter(is_align) {
            self.fill = first.unwrap_or(' ');
            self.align = align as u8;
            return characters.as_str();
        }
        match first.filter(is_align) {
            Some(align) => {
                self.align = align as u8;
                &text[1..]
            }
            None => text,
        }
    }

    fn pad(&self, out: &mut Vec<u8>, sign: &str, body: &[u8], is_number: bool) {
        let length = sign.len() + characters(body);
        let missing = self.width.saturating_sub(length);
        if self.zeros && is_number && self.align == 0 {
            out.extend_from_slice(sign.as_bytes());
            out.resize(out.len() + missing, b'0');
            return out.extend_from_slice(body);
        }
        let before = match self.align {
            b'<' => 0,
            b'^' => missing / 2,
            b'>' => missing,
            _ if is_number => missing,
            _ => 0,
        };
        self.fill_in(out, before);
        out.extend_from_slice(sign.as_bytes());
        out.extend_from_slice(body);
        self.fill_in(out, missing - before);
    }

    fn fill_in(&self, out: &mut Vec<u8>, count: usize) {
        let mut bytes = [0; 4];
        let fill = self.fill.encode_utf8(&mut bytes).as_bytes();
        (0..count).for_each(|_| out.extend_from_slice(fill));
    }

    fn sign(&self, negative: bool, prefix: &'static str) -> &'static str {
        match (negative, self.plus, if self.prefix { prefix } else { "" }) {
            (true, _, "0x") => "-0x",
            (true, _, "0X") => "-0X",
            (true, _, "0b") => "-0b",
            (true, _, "0o") => "-0o",
            (true, ..) => "-",
            (_, true, "0x") => "+0x",
            (_, true, "0X") => "+0X",
            (_, true, "0b") => "+0b",
            (_, true, "0o") => "+0o",
            (_, true, _) => "+",
            (_, _, prefix) => prefix,
        }
    }
}

fn take(rest: &mut &[u8], of: &[u8]) -> Option<u8> {
    let first = *rest.first().filter(|byte| of.contains(byte))?;
    *rest = &rest[1..];
    Some(first)
}

fn digits(rest: &mut &[u8]) -> Result<Option<usize>, Box<Fault>> {
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, after) = rest.split_at(count);
    *rest = after;
    if count == 0 {
        return Ok(None);
    }
    let number = digits.iter().try_fold(0_usize, |number, &digit| {
        Some(number * 10 + usize::from(digit - b'0')).filter(|&number| number <= MOST)
    });
    number.map(Some).ok_or_else(|| Fault::range(format!("a width or precision of more than {MOST}")))
}

/// Characters, each byte that is no UTF-8 counting as one.
fn characters(bytes: &[u8]) -> usize {
    bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}

/// Where the first `count` characters end.
fn cut(bytes: &[u8], count: usize) -> usize {
    let mut left = count;
    let mut end = 0;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if left == 0 {
                return end;
            }
            (left, end) = (left - 1, end + character.len_utf8());
        }
        let invalid = chunk.invalid().len().min(left);
        (left, end) = (left - invalid, end + invalid);
    }
    end
}

/// Appends the number without its sign; the sign, and the prefix that comes before any zeros.
fn number_body(body: &mut Vec<u8>, value: Value, spec: &Specification) -> Result<&'static str, Box<Fault>> {
    match spec.form {
        b'd' | b'x' | b'X' | b'b' | b'o' => integer_body(body, value, spec),
        b'e' | b'f' | b'%' => Ok(double_body(body, value.as_number().unwrap_or(f64::NAN), spec)),
        _ if spec.precision.is_some() => Ok(double_body(body, value.as_number().unwrap_or(f64::NAN), spec)),
        _ => {
            number::write(body, value);
            let negative = body.first() == Some(&b'-');
            if negative {
                body.remove(0);
            }
            Ok(spec.sign(negative, ""))
        }
    }
}

fn integer_body(body: &mut Vec<u8>, value: Value, spec: &Specification) -> Result<&'static str, Box<Fault>> {
    let form = char::from(spec.form);
    let integer = value.as_integer().ok_or_else(|| {
        Fault::type_error(format!("the form `{form}` needs an integer, got a number with a fraction"))
    })?;
    let magnitude = integer.unsigned_abs();
    let (text, prefix) = match spec.form {
        b'x' => (format!("{magnitude:x}"), "0x"),
        b'X' => (format!("{magnitude:X}"), "0X"),
        b'b' => (format!("{magnitude:b}"), "0b"),
        b'o' => (format!("{magnitude:o}"), "0o"),
        _ => (magnitude.to_string(), ""),
    };
    body.extend_from_slice(text.as_bytes());
    Ok(spec.sign(integer < 0, prefix))
}

fn double_body(body: &mut Vec<u8>, double: f64, spec: &Specification) -> &'static str {
    let magnitude = if spec.form == b'%' { double.abs() * 100.0 } else { double.abs() };
    let text = match (spec.form, spec.precision) {
        _ if !magnitude.is_finite() => (if magnitude.is_nan() { "nan" } else { "inf" }).to_string(),
        (b'e', Some(precision)) => format!("{magnitude:.precision$e}"),
        (b'e', None) => format!("{magnitude:e}"),
        (b'%', None) => trim_zeros(format!("{magnitude:.6}")),
        (_, precision) => format!("{magnitude:.*}", precision.unwrap_or(6)),
    };
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    body.extend_from_slice(text.as_bytes());
    if spec.form == b'%' {
        body.push(b'%');
    }
    spec.sign(double < 0.0 && !is_zero, "")
}

fn trim_zeros(text: String) -> String {
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(value: f64, spec: &str) -> String {
        let mut out = Vec::new();
        match write(&Heap::new(None), &mut out, Value::number(value), spec.as_bytes()) {
            Ok(()) => String::from_utf8(out).expect("numbers are ASCII"),
            Err(fault) => fault.error.kind,
        }
    }

    #[test]
    fn numbers_by_specification() {
        for (value, spec, expected) in [
            (80.0, "5", "   80"),
            (33.333, ".1", "33.3"),
            (33.5, ".0", "34"),
            (50.0, ".1", "50.0"),
            (2.5, "8.2f", "    2.50"),
            (3.0, ".2f", "3.00"),
            (255.0, "x", "ff"),
            (255.0, "#X", "0XFF"),
            (255.0, "#06x", "0x00ff"),
            (-5.0, "b", "-101"),
            (-42.0, "05", "-0042"),
            (5.0, "+", "+5"),
            (0.256, ".1%", "25.6%"),
            (0.07, "%", "7%"),
            (7.0, "->4", "---7"),
            (7.0, "^5", "  7  "),
            (7.0, "<3", "7  "),
            (1234.5, "e", "1.2345e3"),
            (1234.5, ".1e", "1.2e3"),
            (1.5, "x", "type"),
            (1.5, "q", "range"),
            (1.5, ".", "range"),
            (1.0, "999999999999999999999", "range"),
            (-0.001, ".1", "0.0"),
            (f64::INFINITY, ".1", "inf"),
        ] {
            assert_eq!(formatted(value, spec), expected, "{value} by {spec}");
        }
    }
}
