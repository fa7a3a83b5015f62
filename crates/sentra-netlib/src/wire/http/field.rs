//! Fields of a header: which names and values there are, lists within values, and writing them
//! so that no value can become a field of its own.

use std::fmt;

/// Why a field cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldError {
    /// The name is no token; as a message shows it.
    Name(String),
    /// The value of this field has a byte that a value cannot have.
    Value(String, u8),
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name:?} is no name of a header"),
            Self::Value(name, byte) => {
                let shown = match byte {
                    b'\r' => "a carriage return".to_string(),
                    b'\n' => "a line feed".to_string(),
                    0 => "a NUL".to_string(),
                    other => format!("the control character \\x{other:02x}"),
                };
                write!(f, "the header `{name}` has {shown} in its value")
            }
        }
    }
}

impl std::error::Error for FieldError {}

/// `tchar` of RFC 9110, section 5.6.2: visible ASCII without delimiters.
const TOKEN: [bool; 256] = {
    let mut token = [false; 256];
    let (others, mut at) = (b"!#$%&'*+-.^_`|~", 0);
    while at < others.len() {
        token[others[at] as usize] = true;
        at += 1;
    }
    let mut byte = 0;
    while byte < 128 {
        token[byte] |= (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    token
};

/// Whether a token may have this byte.
#[inline]
pub fn is_token_byte(byte: u8) -> bool {
    TOKEN[byte as usize]
}

/// Whether it is a token, as names of fields and methods are.
pub fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(|&byte| is_token_byte(byte))
}

/// Whether a value may have this byte: no control characters but the tabulator (section 5.5).
#[inline]
pub fn is_value_byte(byte: u8) -> bool {
    byte >= b' ' && byte != 0x7f || byte == b'\t'
}

/// Whether it is the value of a field.
pub fn is_value(text: &[u8]) -> bool {
    text.iter().all(|&byte| is_value_byte(byte))
}

/// Without the blanks and tabulators around it (`OWS`).
pub fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

/// Writes a field with its line end, or nothing if it would not stay one field.
pub fn push(out: &mut Vec<u8>, name: &[u8], value: &[u8]) -> Result<(), FieldError> {
    let shown = || String::from_utf8_lossy(&name[..name.len().min(64)]).into_owned();
    if !is_token(name) {
        return Err(FieldError::Name(shown()));
    }
    if let Some(&wrong) = value.iter().find(|&&byte| !is_value_byte(byte)) {
        return Err(FieldError::Value(shown(), wrong));
    }
    for part in [name, b": ", trim(value), b"\r\n"] {
        out.extend_from_slice(part);
    }
    Ok(())
}

/// Whether the field says where the body ends, which only who writes the body knows.
pub fn is_framing(name: &[u8]) -> bool {
    [&b"content-length"[..], b"transfer-encoding"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Whether the field concerns this connection only (RFC 9110, section 7.6.1). Those that
/// `Connection` names do so too.
pub fn is_hop_by_hop(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 8] = [
        b"connection",
        b"keep-alive",
        b"proxy-connection",
        b"proxy-authenticate",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    ];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The elements of a list such as `gzip, chunked`; commas within quotes are text, empty
/// elements are left out (section 5.6.1).
pub fn elements(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    split(value).filter(|element| !element.is_empty())
}

/// Whether a list such as that of `Connection` has this token, in any case.
pub fn has_token(value: &[u8], token: &str) -> bool {
    elements(value).any(|element| element.eq_ignore_ascii_case(token.as_bytes()))
}

/// Splits at commas outside of quotes and trims the parts.
fn split(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let end = end_of_part(rest);
        let part = &rest[..end];
        ended = end == rest.len();
        rest = rest.get(end + 1..).unwrap_or_default();
        Some(trim(part))
    })
}

fn end_of_part(text: &[u8]) -> usize {
    let (mut quoted, mut at) = (false, 0);
    while at < text.len() {
        match text[at] {
            b'"' => quoted = !quoted,
            b'\\' if quoted => at += 1,
            b',' if !quoted => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(value: &str) -> Vec<&str> {
        elements(value.as_bytes()).map(|element| std::str::from_utf8(element).unwrap()).collect()
    }

    #[test]
    fn no_field_becomes_two() {
        let mut out = Vec::new();
        assert_eq!(push(&mut out, b"A", b" x\ty \xff "), Ok(()));
        assert_eq!(out, b"A: x\ty \xff\r\n");
        for value in ["a\r\nB: c", "a\nb", "a\rb", "a\0", "\x7f", "\x1b[0m"] {
            assert!(matches!(push(&mut out, b"A", value.as_bytes()), Err(FieldError::Value(..))), "{value:?}");
        }
        for name in ["", "a b", "a:", "a\r\n", "a\0", "\u{e4}", "a ", "(a)"] {
            assert!(matches!(push(&mut out, name.as_bytes(), b"x"), Err(FieldError::Name(_))), "{name:?}");
        }
        assert_eq!(out, b"A: x\ty \xff\r\n");
    }

    #[test]
    fn lists() {
        assert_eq!(list(" a , b,,\tc ,"), ["a", "b", "c"]);
        assert_eq!(list("\"a,b\\\",c\", d"), ["\"a,b\\\",c\"", "d"]);
        assert_eq!(list(""), [""; 0]);
        assert_eq!(list("\"open, end"), ["\"open, end"]);
        assert!(has_token(b"keep-alive, Upgrade", "upgrade") && !has_token(b"keep-alives", "keep-alive"));
    }

    #[test]
    fn names_of_this_connection() {
        assert!(is_hop_by_hop(b"Keep-Alive") && is_hop_by_hop(b"TE") && !is_hop_by_hop(b"Content-Length"));
        assert!(is_framing(b"content-LENGTH") && is_framing(b"Transfer-Encoding") && !is_framing(b"TE"));
    }
}
