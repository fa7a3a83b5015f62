//! Types by number, and values as the server writes and reads them in text (chapter "Data Types" of its manual).

use std::fmt::Write;

/// `bytea`.
pub const BYTEA: u32 = 17;
const BOOL: u32 = 16;
const INT8: u32 = 20;
const INT2: u32 = 21;
const INT4: u32 = 23;
const OID: u32 = 26;
const JSON: u32 = 114;
const JSONB: u32 = 3802;
const FLOAT4: u32 = 700;
const FLOAT8: u32 = 701;
const NUMERIC: u32 = 1700;

/// Arrays whose elements are numbers or booleans, and the type of these.
const ARRAYS: [(u32, u32); 9] = [
    (1000, BOOL),
    (1005, INT2),
    (1007, INT4),
    (1016, INT8),
    (1021, FLOAT4),
    (1022, FLOAT8),
    (1028, OID),
    (199, JSON),
    (3807, JSONB),
];
/// Arrays whose elements are texts: `name`, `char`, `text`, `varchar`, dates and times, `numeric`, `uuid`, addresses.
const TEXTS: [u32; 15] = [1002, 1003, 1009, 1014, 1015, 1040, 1041, 1115, 1182, 1183, 1185, 1187, 1231, 1270, 2951];
/// Arrays are no deeper.
const DEEPEST: usize = 6;

/// A value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Read<'a> {
    /// `boolean`.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number of floating point.
    Real(f64),
    /// Text, and all types that are not known.
    Text(&'a [u8]),
    /// `bytea`.
    Bytes(Vec<u8>),
    /// `json`, `jsonb`; arrays as well.
    Json(Vec<u8>),
}

/// Whether a type is that of numbers.
pub fn is_number(kind: u32) -> bool {
    matches!(kind, INT2 | INT4 | INT8 | OID | FLOAT4 | FLOAT8 | NUMERIC)
}

/// Whether a type is one of JSON.
pub fn is_json(kind: u32) -> bool {
    kind == JSON || kind == JSONB
}

/// Bytes as `bytea` is written.
pub fn bytea(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 + bytes.len() * 2);
    text.push_str("\\x");
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A name as it stands in a statement.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What the text of a value of a type means. What does not look as it should is text.
pub fn read(kind: u32, text: &[u8]) -> Read<'_> {
    let word = std::str::from_utf8(text).ok();
    let read = match kind {
        BOOL => Some(Read::Boolean(text == b"t")),
        INT2 | INT4 | INT8 | OID => word.and_then(|word| word.parse().ok()).map(Read::Integer),
        FLOAT4 | FLOAT8 => word.and_then(|word| word.parse().ok()).map(Read::Real),
        BYTEA => unhex(text).map(Read::Bytes),
        JSON | JSONB => Some(Read::Json(text.to_vec())),
        _ => {
            let element = ARRAYS.iter().find(|(array, _)| *array == kind).map(|(_, element)| *element);
            let element = element.or_else(|| TEXTS.contains(&kind).then_some(0));
            element.and_then(|element| array(element, text)).map(Read::Json)
        }
    };
    read.unwrap_or(Read::Text(text))
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.strip_prefix(b"\\x")?;
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    if digits.len() % 2 == 0 { digits.chunks(2).map(pair).collect() } else { None }
}

/// An array such as `{1,NULL,"a \"b\""}` as JSON.
fn array(element: u32, text: &[u8]) -> Option<Vec<u8>> {
    // Bounds that do not begin at 1 stand before it: `[0:1]={1,2}`.
    let from = if text.first() == Some(&b'[') { text.iter().position(|byte| *byte == b'=')? + 1 } else { 0 };
    let mut out = Vec::with_capacity(text.len());
    let mut rest = &text[from..];
    let mut depth = 0;
    loop {
        match *rest.first()? {
            b'{' if depth < DEEPEST => {
                depth += 1;
                out.push(b'[');
                rest = &rest[1..];
            }
            b'}' => {
                depth = depth.checked_sub(1)?;
                out.push(b']');
                rest = &rest[1..];
                if depth == 0 {
                    return rest.is_empty().then_some(out);
                }
            }
            b',' => {
                out.push(b',');
                rest = &rest[1..];
            }
            b'{' => return None,
            _ if depth == 0 => return None,
            b'"' => {
                let (word, after) = quoted_element(&rest[1..])?;
                write_element(element, &word, &mut out);
                rest = after;
            }
            _ => {
                let len = rest.iter().position(|byte| matches!(byte, b',' | b'}'))?;
                match &rest[..len] {
                    b"NULL" => out.extend_from_slice(b"null"),
                    word => write_element(element, word, &mut out),
                }
                rest = &rest[len..];
            }
        }
    }
}

/// An element in quotes, and what follows it.
fn quoted_element(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut word = Vec::new();
    let mut at = 0;
    loop {
        match *text.get(at)? {
            b'"' => return Some((word, &text[at + 1..])),
            b'\\' => {
                at += 1;
                word.push(*text.get(at)?);
            }
            byte => word.push(byte),
        }
        at += 1;
    }
}

fn write_element(kind: u32, word: &[u8], out: &mut Vec<u8>) {
    match read(kind, word) {
        Read::Boolean(truth) => out.extend_from_slice(truth.to_string().as_bytes()),
        Read::Integer(integer) => out.extend_from_slice(integer.to_string().as_bytes()),
        Read::Real(number) if number.is_finite() => out.extend_from_slice(number.to_string().as_bytes()),
        Read::Json(json) => out.extend_from_slice(&json),
        _ => write_text(word, out),
    }
}

fn write_text(word: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in word {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_by_their_types() {
        let json = |text: &str| Read::Json(text.as_bytes().to_vec());
        for (kind, text, wanted) in [
            (INT8, "-9223372036854775808", Read::Integer(i64::MIN)),
            (FLOAT8, "-Infinity", Read::Real(f64::NEG_INFINITY)),
            (BOOL, "f", Read::Boolean(false)),
            (BYTEA, "\\x00ff", Read::Bytes(vec![0, 255])),
            (NUMERIC, "1.10", Read::Text(b"1.10")),
            (1007, "{1,NULL,-3}", json("[1,null,-3]")),
            (1007, "[0:1]={1,2}", json("[1,2]")),
            (1007, "{{1,2},{3,4}}", json("[[1,2],[3,4]]")),
            (1009, "{}", json("[]")),
            (1009, r#"{a,"b \"c\" \\ {x}","NULL",NULL}"#, json(r#"["a","b \"c\" \\ {x}","NULL",null]"#)),
            (1231, "{1.10}", json(r#"["1.10"]"#)),
            (1022, "{NaN,0.5}", json(r#"["NaN",0.5]"#)),
            // What is damaged is text.
            (INT4, "x", Read::Text(b"x")),
            (BYTEA, "\\x0", Read::Text(b"\\x0")),
            (1007, "{1", Read::Text(b"{1")),
            (1007, "1}", Read::Text(b"1}")),
            (1009, "{\"a", Read::Text(b"{\"a")),
            (1007, "{{{{{{{1}}}}}}}", Read::Text(b"{{{{{{{1}}}}}}}")),
        ] {
            assert_eq!(read(kind, text.as_bytes()), wanted, "{text}");
        }
    }
}
