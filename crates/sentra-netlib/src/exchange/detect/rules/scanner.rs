//! The parts of a line: words between spaces, lists in brackets, values of options.

use std::ops::Range;

/// A part of a line, and where it is.
#[derive(Clone, Debug)]
pub(super) struct Part<'l> {
    pub text: &'l str,
    pub start: usize,
}

impl<'l> Part<'l> {
    pub fn place(&self) -> Range<usize> {
        self.start..self.start + self.text.len().max(1)
    }

    /// Without the spaces around it.
    pub fn trimmed(&self) -> Self {
        let front = self.text.len() - self.text.trim_start().len();
        Self { text: self.text.trim(), start: self.start + front }
    }

    pub fn cut(&self, range: Range<usize>) -> Self {
        Self { text: &self.text[range.clone()], start: self.start + range.start }
    }

    /// The parts between commas, but not between those within brackets.
    pub fn list(&self) -> Vec<Self> {
        let (mut parts, mut depth, mut from) = (vec![], 0, 0);
        for (at, byte) in self.text.bytes().enumerate() {
            match byte {
                b'[' => depth += 1,
                b']' => depth -= 1,
                b',' if depth == 0 => {
                    parts.push(self.cut(from..at).trimmed());
                    from = at + 1;
                }
                _ => {}
            }
        }
        parts.push(self.cut(from..self.text.len()).trimmed());
        parts
    }
}

/// The words of a rule's head; what is in brackets is one word.
pub(super) fn words(head: &str) -> Vec<Part<'_>> {
    let (mut words, mut depth, mut from) = (vec![], 0, None);
    for (at, byte) in head.bytes().chain([b' ']).enumerate() {
        match byte {
            b' ' | b'\t' if depth <= 0 => {
                if let Some(start) = from.take() {
                    words.push(Part { text: &head[start..at], start });
                }
                continue;
            }
            b'[' => depth += 1,
            b']' => depth -= 1,
            _ => {}
        }
        from.get_or_insert(at);
    }
    if let Some(start) = from {
        words.push(Part { text: &head[start..], start });
    }
    words
}

/// The options within the parentheses: a keyword and what stands after its colon. Semicolons
/// within quotes or after a backslash end none.
pub(super) fn options<'l>(inner: &Part<'l>) -> Vec<(Part<'l>, Option<Part<'l>>)> {
    let (mut options, mut from, mut quoted, mut escaped) = (vec![], 0, false, false);
    let mut add = |part: Part<'l>| {
        let part = part.trimmed();
        if part.text.is_empty() {
            return;
        }
        options.push(match part.text.find(':') {
            Some(colon) => (part.cut(0..colon).trimmed(), Some(part.cut(colon + 1..part.text.len()).trimmed())),
            None => (part, None),
        });
    };
    for (at, byte) in inner.text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b';' if !quoted => {
                add(inner.cut(from..at));
                from = at + 1;
            }
            _ => {}
        }
    }
    add(inner.cut(from..inner.text.len()));
    options
}
