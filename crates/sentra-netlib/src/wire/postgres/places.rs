//! The places of parameters: `?` becomes `$1`, `$2`, … wherever it is not part of a text, a name or a comment.

/// A statement with numbered places. One that numbers them itself stays as it is; `??` stands for the operator `?`.
pub fn numbered(sql: &str) -> String {
    let bytes = sql.as_bytes();
    let mut out = String::with_capacity(sql.len() + 16);
    let (mut at, mut kept, mut count) = (0, 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'?' => {
                out.push_str(&sql[kept..at]);
                if bytes.get(at + 1) == Some(&b'?') {
                    out.push('?');
                    at += 1;
                } else {
                    count += 1;
                    out.push_str(&format!("${count}"));
                }
                at += 1;
                kept = at;
            }
            b'$' if !follows_word(bytes, at) && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) => return sql.into(),
            _ => at = skip(bytes, at),
        }
    }
    out.push_str(&sql[kept..]);
    out
}

fn follows_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || matches!(bytes[at - 1], b'_' | b'$' | 0x80..))
}

/// Where what begins at `at` has ended: a text, a name in quotes, a comment, or one byte.
fn skip(bytes: &[u8], at: usize) -> usize {
    match bytes[at] {
        b'\'' => {
            // Only in texts such as E'\'' a backslash hides what follows it.
            let escapes = at > 0 && matches!(bytes[at - 1], b'e' | b'E') && !follows_word(bytes, at - 1);
            after_quote(bytes, at + 1, b'\'', escapes)
        }
        b'"' => after_quote(bytes, at + 1, b'"', false),
        b'-' if bytes[at..].starts_with(b"--") => {
            bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |len| at + len)
        }
        b'/' if bytes[at..].starts_with(b"/*") => after_comment(bytes, at + 2),
        b'$' if !follows_word(bytes, at) => after_dollars(bytes, at),
        _ => at + 1,
    }
}

fn after_quote(bytes: &[u8], from: usize, quote: u8, escapes: bool) -> usize {
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        if byte == quote {
            return at;
        }
        at += usize::from(byte == b'\\' && escapes);
    }
    bytes.len()
}

/// Comments are nested.
fn after_comment(bytes: &[u8], from: usize) -> usize {
    let (mut at, mut depth) = (from, 1);
    while at < bytes.len() && depth > 0 {
        let pair = bytes.get(at..at + 2);
        depth = match pair {
            Some(b"/*") => depth + 1,
            Some(b"*/") => depth - 1,
            _ => depth,
        };
        at += if matches!(pair, Some(b"/*" | b"*/")) { 2 } else { 1 };
    }
    at
}

/// `$tag$ … $tag$`
fn after_dollars(bytes: &[u8], at: usize) -> usize {
    let Some(len) = bytes[at + 1..].iter().position(|byte| *byte == b'$') else { return at + 1 };
    let tag = &bytes[at..at + len + 2];
    if !tag[1..=len].iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | 0x80..)) {
        return at + 1;
    }
    let body = at + tag.len();
    memchr::memmem::find(&bytes[body..], tag).map_or(bytes.len(), |end| body + end + tag.len())
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn places_are_numbered_where_they_are_places() {
        for (sql, wanted) in [
            ("SELECT ?, ?", "SELECT $1, $2"),
            ("SELECT '?', \"?\", ?", "SELECT '?', \"?\", $1"),
            ("SELECT 'it''s ?', ?", "SELECT 'it''s ?', $1"),
            (r"SELECT E'\'?', ?", r"SELECT E'\'?', $1"),
            (r"SELECT '\', ?", r"SELECT '\', $1"),
            ("SELECT 1 -- ?\n, ?", "SELECT 1 -- ?\n, $1"),
            ("SELECT /* ? /* ? */ ? */ ?", "SELECT /* ? /* ? */ ? */ $1"),
            ("SELECT $$ ? $$, $x$ ? $$ ? $x$, ?", "SELECT $$ ? $$, $x$ ? $$ ? $x$, $1"),
            ("SELECT $1, data ? 'key'", "SELECT $1, data ? 'key'"),
            ("SELECT data ?? 'key', ?", "SELECT data ? 'key', $1"),
            ("SELECT a$1 = ?", "SELECT a$1 = $1"),
            ("SELECT 'ü?', ü ?", "SELECT 'ü?', ü $1"),
            ("SELECT '?", "SELECT '?"),
            ("", ""),
        ] {
            assert_eq!(numbered(sql), wanted);
        }
    }
}
