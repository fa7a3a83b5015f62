//! Paths as URIs and back. A document without a path, such as one that was never saved, is known by its URI.

use std::str::FromStr;

use lsp_types::Uri;

/// The path that a document is known by.
pub(crate) fn path_of(uri: &str) -> String {
    let Some(rest) = uri.strip_prefix("file://") else { return uri.to_owned() };
    // An authority, such as `localhost`, ends at the first slash.
    let path = rest.find('/').map_or(rest, |slash| &rest[slash..]);
    decoded(path)
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut result = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let code = bytes.get(index + 1..index + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.filter(|_| byte == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(code) => {
                result.push(code);
                index += 3;
            }
            None => {
                result.push(byte);
                index += 1;
            }
        }
    }
    String::from_utf8_lossy(&result).into_owned()
}

/// The URI of a path.
pub(crate) fn of_path(path: &str) -> Option<Uri> {
    if !path.starts_with('/') {
        return Uri::from_str(path).ok();
    }
    let mut text = String::from("file://");
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => text.push(char::from(byte)),
            _ => text += &format!("%{byte:02X}"),
        }
    }
    Uri::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_back() {
        for path in ["/a/b.sn", "/ä ö/%41?#.sn"] {
            assert_eq!(path_of(of_path(path).expect("it is a path").as_str()), path);
        }
        assert_eq!(path_of("file://localhost/a%20b"), "/a b");
        assert_eq!(path_of("untitled:Untitled-1"), "untitled:Untitled-1");
        assert_eq!(path_of("file:///a%zz%4"), "/a%zz%4");
    }
}
