//! Media types (RFC 9110, section 8.3): of files by their names, and their parameters.

use std::borrow::Cow;

/// What is not known to be anything else.
pub const BYTES: &str = "application/octet-stream";

/// The media type of a file by its name's ending, with the charset of those that are text: files
/// of today are UTF-8.
pub fn of_name(name: &[u8]) -> Cow<'static, str> {
    let extension = name.iter().rposition(|&byte| matches!(byte, b'.' | b'/'));
    let extension = extension.filter(|&at| name[at] == b'.').map_or(&b""[..], |at| &name[at + 1..]);
    let extension = std::str::from_utf8(extension).unwrap_or_default();
    let guess = match extension {
        // The table's are of before RFC 9239, or of what nobody serves by these names.
        "mjs" | "cjs" => "text/javascript",
        "ts" | "mts" => "text/plain",
        _ => mime_guess::from_ext(extension).first_raw().unwrap_or(BYTES),
    };
    if guess.starts_with("text/") { Cow::Owned(format!("{guess}; charset=utf-8")) } else { Cow::Borrowed(guess) }
}

/// Whether content of a type shrinks by compression. Pictures, films and archives are small already.
pub fn is_compressible(media_type: &[u8]) -> bool {
    const OTHERS: [&[u8]; 12] = [
        b"application/json",
        b"application/javascript",
        b"application/xml",
        b"application/wasm",
        b"application/x-ndjson",
        b"application/manifest",
        b"application/vnd.ms-fontobject",
        b"application/x-javascript",
        b"application/rtf",
        b"font/ttf",
        b"font/otf",
        b"image/bmp",
    ];
    let essence = essence(media_type);
    let begins = |with: &[u8]| essence.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    let ends = |with: &[u8]| {
        let at = essence.len().checked_sub(with.len());
        at.is_some_and(|at| essence[at..].eq_ignore_ascii_case(with))
    };
    begins(b"text/")
        || ends(b"+json")
        || ends(b"+xml")
        || OTHERS.iter().any(|other| essence.eq_ignore_ascii_case(other))
}

/// The type without parameters.
pub fn essence(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii()
}

/// A parameter of a field: its name as it is written, its value without quotes.
pub type Parameter<'a> = (&'a [u8], Cow<'a, [u8]>);

/// The parameters behind a field's first word: `; name=value; name="value"`. Nothing if they are
/// malformed. In quotes a backslash stands before a quote or a backslash; before anything else
/// it is itself, as in the paths that some clients send.
pub fn parameters(field: &[u8]) -> Option<Vec<Parameter<'_>>> {
    let mut found = Vec::new();
    let Some(at) = field.iter().position(|&byte| byte == b';') else { return Some(found) };
    let mut rest = &field[at..];
    while let Some(behind) = rest.strip_prefix(b";") {
        let behind = behind.trim_ascii_start();
        if behind.is_empty() || behind[0] == b';' {
            rest = behind;
            continue;
        }
        let end = behind.iter().position(|&byte| byte == b'=')?;
        let name = behind[..end].trim_ascii();
        let (value, after) = value(behind[end + 1..].trim_ascii_start())?;
        if !is_token(name) {
            return None;
        }
        found.push((name, value));
        rest = after.trim_ascii_start();
    }
    rest.is_empty().then_some(found)
}

/// A value at the beginning of a text, and what is behind it.
fn value(text: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let end = text.iter().position(|&byte| byte == b';').unwrap_or(text.len());
        let word = text[..end].trim_ascii();
        return is_token(word).then_some((Cow::Borrowed(word), &text[end..]));
    };
    let mut value = Vec::new();
    let mut bytes = quoted.iter().enumerate();
    while let Some((at, &byte)) = bytes.next() {
        match byte {
            b'"' => return Some((Cow::Owned(value), &quoted[at + 1..])),
            b'\\' if matches!(quoted.get(at + 1), Some(b'"' | b'\\')) => {
                value.extend(bytes.next().map(|(_, &next)| next))
            }
            b'\r' | b'\n' | 0 => return None,
            _ => value.push(byte),
        }
    }
    None
}

/// Whether it is a word of RFC 9110, section 5.6.2, or one with the few bytes more that clients
/// write without quotes: boundaries have them.
fn is_token(word: &[u8]) -> bool {
    let is = |byte: &u8| {
        byte.is_ascii_graphic()
            && !matches!(byte, b'"' | b'(' | b')' | b',' | b';' | b'<' | b'>' | b'@' | b'[' | b'\\' | b']')
    };
    !word.is_empty() && word.iter().all(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_names() {
        for (name, wanted) in [
            ("index.html", "text/html; charset=utf-8"),
            ("a/b.CSS", "text/css; charset=utf-8"),
            ("app.js", "text/javascript; charset=utf-8"),
            ("app.mjs", "text/javascript; charset=utf-8"),
            ("data.json", "application/json"),
            ("p.svg", "image/svg+xml"),
            ("p.png", "image/png"),
            ("x.tar.gz", "application/gzip"),
            ("m.wasm", "application/wasm"),
            ("README", BYTES),
            ("a.b/README", BYTES),
            ("x.", BYTES),
            ("x.nosuch", BYTES),
            ("", BYTES),
        ] {
            assert_eq!(of_name(name.as_bytes()), wanted, "{name}");
        }
        assert_eq!(of_name(b"x.\xff"), BYTES);
    }

    #[test]
    fn what_shrinks() {
        for text in ["text/html; charset=utf-8", "Application/JSON", "image/svg+xml", "application/ld+json;x=y"] {
            assert!(is_compressible(text.as_bytes()), "{text}");
        }
        for text in ["image/png", "application/gzip", "video/mp4", "", "application/octet-stream", "text"] {
            assert!(!is_compressible(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn parameters_of_fields() {
        let read = |field: &str| -> Option<String> {
            let shown = |(name, value): &Parameter<'_>| {
                format!("{}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(value))
            };
            Some(parameters(field.as_bytes())?.iter().map(shown).collect::<Vec<_>>().join("|"))
        };
        for (field, wanted) in [
            ("text/plain", ""),
            ("a/b;", ""),
            ("a/b; charset=utf-8", "charset=utf-8"),
            ("a/b;a = b ; ;c=\"d; e\\\"f\" ;g=h", "a=b|c=d; e\"f|g=h"),
            ("form-data; filename=\"C:\\dir\\x\\\\y\"", "filename=C:\\dir\\x\\y"),
            ("form-data; name=\"\"", "name="),
            ("a/b; boundary=----a'+_/:=?b", "boundary=----a'+_/:=?b"),
        ] {
            assert_eq!(read(field).as_deref(), Some(wanted), "{field}");
        }
        for field in
            ["a/b; c", "a/b; c=", "a/b; c=\"d", "a/b; c=\"d\"e", "a/b; =d", "a/b; c=d e", "a/b; c=\"a\nb\"", "a;b=c,"]
        {
            assert_eq!(read(field), None, "{field}");
        }
    }
}
