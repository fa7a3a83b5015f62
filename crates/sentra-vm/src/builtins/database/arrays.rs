//! Arrays as PostgreSQL writes them: `{1,NULL,"a \"b\""}`.

use crate::number;
use crate::value::Value;

/// Arrays are no deeper.
const DEEPEST: usize = 6;

/// The array that a value is, unless it holds what no array of PostgreSQL can.
pub(super) fn literal(value: Value) -> Option<String> {
    let mut out = Vec::new();
    write(value, 0, &mut out)?;
    String::from_utf8(out).ok()
}

fn write(value: Value, depth: usize, out: &mut Vec<u8>) -> Option<()> {
    let array = value.as_array().filter(|_| depth < DEEPEST)?;
    out.push(b'{');
    for (at, element) in array.to_vec().into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        match element.as_bytes() {
            Some(text) => write_text(text, out),
            None if element.is_nil() => out.extend_from_slice(b"NULL"),
            None if element == Value::TRUE => out.extend_from_slice(b"true"),
            None if element == Value::FALSE => out.extend_from_slice(b"false"),
            None if element.is_number() => number::write(out, element),
            None => write(element, depth + 1, out)?,
        }
    }
    out.push(b'}');
    Some(())
}

fn write_text(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}
