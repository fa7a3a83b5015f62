//! Values as text: what `str` and `log` show, and the laid-out form of the REPL.
//!
//! Strings are bare at the outside and quoted within arrays and maps; a container inside
//! itself shows as `…`. Nothing here recurses: values may be nested deeply.

use std::io::Write;

use crate::heap::{Array, Heap, Map};
use crate::nesting::Nesting;
use crate::number;
use crate::value::Value;

/// Appends what `str(value)` gives.
pub fn text(_heap: &Heap, value: Value, out: &mut Vec<u8>) {
    if let Some(bytes) = value.as_bytes() {
        out.extend_from_slice(bytes);
    } else if value.is_number() {
        number::write(out, value);
    } else {
        Layout { out, colour: false, width: None }.run(value);
    }
}

/// The value over several lines where one would be too long, for people at a prompt.
pub fn pretty(_heap: &Heap, value: Value, colour: bool) -> String {
    let mut out = Vec::new();
    Layout { out: &mut out, colour, width: Some(WIDTH) }.run(value);
    String::from_utf8_lossy(&out).into_owned()
}

/// Columns that a container may fill in one line of the pretty form.
const WIDTH: usize = 80;
/// Elements of at most this many bytes share lines in the pretty form.
const SHORT: usize = 12;
/// Levels that the pretty form indents.
const INDENTED_LEVELS: usize = 40;

/// A container that is being written.
struct Open {
    container: Container,
    /// The next element, or the place of the next entry.
    next: usize,
    lines: Lines,
    first: bool,
}

/// How the elements of a container are laid out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// All on one line.
    One,
    /// As many on a line as there is room for.
    Filled,
    /// Each on a line of its own.
    Each,
}

#[derive(Clone, Copy)]
enum Container {
    Array(Array),
    Map(Map),
}

struct Layout<'a> {
    out: &'a mut Vec<u8>,
    colour: bool,
    /// The widest line of the pretty form; nothing for the plain form.
    width: Option<usize>,
}

impl Layout<'_> {
    fn run(&mut self, value: Value) {
        let mut nesting = Nesting::default();
        let mut open = Vec::new();
        self.begin(value, &mut nesting, &mut open);
        while let Some(inner) = open.last_mut() {
            let next = match inner.container {
                Container::Array(array) => array.get(inner.next).map(|element| (inner.next, None, element)),
                Container::Map(map) => map.next_from(inner.next).map(|(at, key, value)| (at, Some(key), value)),
            };
            let Some((at, key, value)) = next else {
                let done = open.pop().expect("it was the last one");
                self.end(&done, open.len());
                nesting.leave();
                continue;
            };
            inner.next = at + 1;
            let (first, lines) = (std::mem::replace(&mut inner.first, false), inner.lines);
            self.separate(first, lines, open.len());
            if let Some(key) = key {
                self.scalar(key);
                self.out.extend_from_slice(b": ");
            }
            self.begin(value, &mut nesting, &mut open);
        }
    }

    /// Writes a value, or the opening bracket of a container.
    fn begin(&mut self, value: Value, nesting: &mut Nesting, open: &mut Vec<Open>) {
        let (container, bracket) = match (value.as_array(), value.as_map()) {
            (Some(array), _) => (Container::Array(array), b'['),
            (_, Some(map)) => (Container::Map(map), b'{'),
            _ => return self.scalar(value),
        };
        if !nesting.enter(value) {
            return self.out.extend_from_slice("…".as_bytes());
        }
        let lines = match container {
            _ if self.width.is_none_or(|width| fits(value, width.saturating_sub(2 * open.len()))) => Lines::One,
            Container::Array(array) if array.iter().all(is_short) => Lines::Filled,
            _ => Lines::Each,
        };
        self.out.push(bracket);
        open.push(Open { container, next: 0, lines, first: true });
    }

    fn separate(&mut self, first: bool, lines: Lines, depth: usize) {
        let breaks = match lines {
            Lines::One => false,
            Lines::Filled => first || self.column() > WIDTH - SHORT,
            Lines::Each => true,
        };
        if !first {
            self.out.extend_from_slice(if breaks { b"," } else { b", " });
        }
        if breaks {
            self.line(depth);
        }
    }

    /// Bytes since the last newline, colours left out.
    fn column(&self) -> usize {
        let start = memchr::memrchr(b'\n', self.out).map_or(0, |newline| newline + 1);
        let colours = memchr::memchr_iter(0x1B, &self.out[start..]).count();
        (self.out.len() - start).saturating_sub(colours * 9 / 2)
    }

    fn end(&mut self, done: &Open, depth: usize) {
        if done.lines != Lines::One && !done.first {
            self.line(depth);
        }
        self.out.push(match done.container {
            Container::Array(_) => b']',
            Container::Map(_) => b'}',
        });
    }

    fn line(&mut self, depth: usize) {
        self.out.push(b'\n');
        self.out.resize(self.out.len() + 2 * depth.min(INDENTED_LEVELS), b' ');
    }

    /// Writes anything but a container.
    fn scalar(&mut self, value: Value) {
        let colour = if self.colour { colour_of(value) } else { "" };
        self.out.extend_from_slice(colour.as_bytes());
        match value.as_bytes() {
            Some(bytes) => quote(self.out, bytes),
            None => bare(self.out, value),
        }
        if !colour.is_empty() {
            self.out.extend_from_slice(b"\x1b[0m");
        }
    }
}

fn colour_of(value: Value) -> &'static str {
    match value.type_name() {
        "string" => "\x1b[32m",
        "number" => "\x1b[36m",
        "boolean" | "nil" => "\x1b[35m",
        "error" => "\x1b[31m",
        _ => "\x1b[34m",
    }
}

/// Whether a value's text is so short that several of them make a line.
fn is_short(value: Value) -> bool {
    match value.as_bytes() {
        Some(bytes) => bytes.len() <= SHORT - 2,
        None => value.as_array().is_none() && value.as_map().is_none(),
    }
}

/// Whether the plain form of a container is no longer than `width`. Looks at no more of it than that takes.
fn fits(value: Value, width: usize) -> bool {
    let mut room = width as isize;
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        room -= 2;
        if let Some(array) = value.as_array() {
            room -= 2 * array.len() as isize;
            pending.extend(array.iter().take(width));
        } else if let Some(map) = value.as_map() {
            room -= 4 * map.len() as isize;
            pending.extend(map.iter().take(width).flat_map(|(key, value)| [key, value]));
        } else if let Some(bytes) = value.as_bytes() {
            room -= bytes.len() as isize;
        } else {
            let mut out = Vec::new();
            bare(&mut out, value);
            room -= out.len() as isize - 2;
        }
        if room < 0 {
            return false;
        }
    }
    true
}

/// Appends the text of anything but strings, arrays and maps.
fn bare(out: &mut Vec<u8>, value: Value) {
    if value.is_number() {
        return number::write(out, value);
    }
    if let Some(range) = value.as_range() {
        number::write(out, range.from);
        out.extend_from_slice(if range.inclusive { b"..=" } else { b".." });
        return number::write(out, range.to);
    }
    match value {
        Value::TRUE => out.extend_from_slice(b"true"),
        Value::FALSE => out.extend_from_slice(b"false"),
        _ => match value.as_error() {
            Some(error) => out.extend_from_slice(error.message.as_bytes()),
            None => other(out, value),
        },
    }
}

fn other(out: &mut Vec<u8>, value: Value) {
    let type_name = value.type_name();
    let written = match value.function_name() {
        _ if type_name == "nil" => write!(out, "nil"),
        Some("") => write!(out, "<function>"),
        Some(name) => write!(out, "<function {name}>"),
        None => write!(out, "<{type_name}>"),
    };
    written.expect("a vector takes all bytes");
}

/// Appends a string in quotes, with escapes as the language reads them.
pub fn quote(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        let text = chunk.valid().as_bytes();
        let mut plain = 0;
        for (at, &byte) in text.iter().enumerate() {
            if byte < 0x20 || matches!(byte, b'"' | b'\\' | 0x7F) {
                out.extend_from_slice(&text[plain..at]);
                escape(out, byte);
                plain = at + 1;
            }
        }
        out.extend_from_slice(&text[plain..]);
        chunk.invalid().iter().for_each(|&byte| escape(out, byte));
    }
    out.push(b'"');
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    let written = match byte {
        b'"' => write!(out, "\\\""),
        b'\\' => write!(out, "\\\\"),
        b'\n' => write!(out, "\\n"),
        b'\t' => write!(out, "\\t"),
        b'\r' => write!(out, "\\r"),
        0 => write!(out, "\\0"),
        other => write!(out, "\\x{other:02x}"),
    };
    written.expect("a vector takes all bytes");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(heap: &mut Heap, count: u32) -> Value {
        let values: Vec<Value> = (0..count).map(|number| Value::number(f64::from(number))).collect();
        heap.array(&values).value()
    }

    #[test]
    fn pretty_keeps_short_values_on_a_line() {
        let mut heap = Heap::new(None);
        let short = numbers(&mut heap, 3);
        assert_eq!(pretty(&heap, short, false), "[0, 1, 2]");
        let text = heap.text(b"a\n\xff");
        assert_eq!(pretty(&heap, text, false), r#""a\n\xff""#);
    }

    #[test]
    fn pretty_breaks_long_values() {
        let mut heap = Heap::new(None);
        let long = numbers(&mut heap, 40);
        let map = heap.map(1);
        map.set_text(&mut heap, "xs", long).expect("memory is not limited");
        let shown = pretty(&heap, map.value(), false);
        assert!(shown.lines().all(|line| line.len() <= WIDTH), "{shown}");
        assert_eq!(shown.lines().next(), Some("{"));
        assert_eq!(shown.lines().nth(1), Some("  \"xs\": ["));
        assert!(shown.ends_with("\n  ]\n}"), "{shown}");
    }

    #[test]
    fn deep_and_cyclic_values_end() {
        let mut heap = Heap::new(None);
        let mut deep = heap.array(&[]).value();
        for _ in 0..100_000 {
            deep = heap.array(&[deep]).value();
        }
        let cycle = heap.array(&[deep]);
        cycle.push(&mut heap, cycle.value()).expect("memory is not limited");
        let mut out = Vec::new();
        text(&heap, cycle.value(), &mut out);
        assert!(out.ends_with("]], …]".as_bytes()));
        assert!(pretty(&heap, cycle.value(), false).ends_with(']'));
    }
}
