//! Values as JSON text. Does not recurse: values may be nested deeply.

use super::decode::DEEPEST;
use super::scan::plain_end;
use crate::fault::Fault;
use crate::heap::{Array, Growth, Heap, Map};
use crate::nesting::Nesting;
use crate::number;
use crate::value::Value;

/// The most bytes that one byte of a string becomes.
const LONGEST_ESCAPE: usize = 6;

#[derive(Clone, Copy)]
enum Container {
    Array(Array),
    Map(Map),
}

/// A container that is being written, and the place of its next element.
struct Open {
    container: Container,
    next: usize,
}

struct Encoder<'a> {
    heap: &'a Heap,
    out: Vec<u8>,
    growth: Growth,
    indent: Option<&'a [u8]>,
    open: Vec<Open>,
    nesting: Nesting,
}

/// The value as JSON, indented by `indent` for each level if that is given.
pub(crate) fn encode(heap: &Heap, value: Value, indent: Option<&[u8]>) -> Result<Vec<u8>, Box<Fault>> {
    let (out, open) = (Vec::with_capacity(64), Vec::new());
    let mut encoder = Encoder { heap, out, growth: Growth::default(), indent, open, nesting: Nesting::default() };
    encoder.value(value)?;
    while let Some(inner) = encoder.open.last_mut() {
        let next = match inner.container {
            Container::Array(array) => array.get(inner.next).map(|element| (inner.next, None, element)),
            Container::Map(map) => map.next_from(inner.next).map(|(at, key, value)| (at, Some(key), value)),
        };
        match next {
            Some((at, key, value)) => {
                inner.next = at + 1;
                encoder.element(key, value)?;
            }
            None => encoder.end(),
        }
    }
    Ok(encoder.out)
}

impl Encoder<'_> {
    fn element(&mut self, key: Option<Value>, value: Value) -> Result<(), Box<Fault>> {
        self.reserve(self.indent.map_or(0, |indent| indent.len() * self.open.len()))?;
        if !matches!(self.out.last(), Some(b'[' | b'{')) {
            self.out.push(b',');
        }
        self.line();
        if let Some(key) = key {
            self.key(key)?;
            self.out.push(b':');
            if self.indent.is_some() {
                self.out.push(b' ');
            }
        }
        self.value(value)
    }

    fn end(&mut self) {
        let Some(done) = self.open.pop() else { return };
        self.nesting.leave();
        if !matches!(self.out.last(), Some(b'[' | b'{')) {
            self.line();
        }
        self.out.push(match done.container {
            Container::Array(_) => b']',
            Container::Map(_) => b'}',
        });
    }

    fn line(&mut self) {
        if let Some(indent) = self.indent {
            self.out.push(b'\n');
            self.open.iter().for_each(|_| self.out.extend_from_slice(indent));
        }
    }

    /// Fails if the output and `more` bytes are beyond the limits: a value that is in many
    /// places is written as often.
    #[inline]
    fn reserve(&mut self, more: usize) -> Result<(), Box<Fault>> {
        self.growth.to(self.heap, self.out.len() + more)
    }

    /// Appends a string; bytes that are no UTF-8 become U+FFFD.
    fn string(&mut self, bytes: &[u8]) -> Result<(), Box<Fault>> {
        self.reserve(bytes.len() + 2)?;
        self.out.push(b'"');
        if std::str::from_utf8(bytes).is_ok() {
            self.escaped(bytes)?;
        } else {
            self.repaired(bytes)?;
        }
        self.out.push(b'"');
        Ok(())
    }

    fn repaired(&mut self, bytes: &[u8]) -> Result<(), Box<Fault>> {
        for chunk in bytes.utf8_chunks() {
            self.escaped(chunk.valid().as_bytes())?;
            if !chunk.invalid().is_empty() {
                self.reserve(LONGEST_ESCAPE)?;
                self.out.extend_from_slice("\u{fffd}".as_bytes());
            }
        }
        Ok(())
    }

    fn escaped(&mut self, text: &[u8]) -> Result<(), Box<Fault>> {
        let mut at = 0;
        loop {
            let plain = plain_end(text, at);
            self.out.extend_from_slice(&text[at..plain]);
            let Some(&byte) = text.get(plain) else { return Ok(()) };
            at = plain + 1;
            // An escape is longer than what it stands for: the rest must fit behind it.
            self.reserve(LONGEST_ESCAPE + text.len() - at)?;
            escape(&mut self.out, byte);
        }
    }

    fn value(&mut self, value: Value) -> Result<(), Box<Fault>> {
        if let Some(text) = value.as_text() {
            self.string(text.bytes())?;
        } else if let Some(array) = value.as_array() {
            self.begin(value, Container::Array(array))?;
        } else if let Some(map) = value.as_map() {
            self.begin(value, Container::Map(map))?;
        } else if value.is_number() {
            self.number(value)?;
        } else {
            self.word(value)?;
        }
        Ok(())
    }

    fn begin(&mut self, value: Value, container: Container) -> Result<(), Box<Fault>> {
        if !self.nesting.enter(value) {
            return Err(Fault::range("a value that contains itself cannot be JSON"));
        }
        if self.open.len() == DEEPEST {
            return Err(Fault::range(format!("more than {DEEPEST} arrays and maps within one another cannot be JSON")));
        }
        self.out.push(if matches!(container, Container::Array(_)) { b'[' } else { b'{' });
        self.open.push(Open { container, next: 0 });
        Ok(())
    }

    fn number(&mut self, value: Value) -> Result<(), Box<Fault>> {
        if value.as_double().is_some_and(|double| !double.is_finite()) {
            return Err(Fault::range("a number that is not finite cannot be JSON"));
        }
        number::write(&mut self.out, value);
        Ok(())
    }

    fn word(&mut self, value: Value) -> Result<(), Box<Fault>> {
        match value {
            Value::TRUE => self.out.extend_from_slice(b"true"),
            Value::FALSE => self.out.extend_from_slice(b"false"),
            _ => match (value.type_name(), value.as_error()) {
                ("nil", _) => self.out.extend_from_slice(b"null"),
                (_, Some(error)) => self.string(error.message.as_bytes())?,
                (other, _) => return Err(Fault::type_error(format!("a value of type {other} cannot be JSON"))),
            },
        }
        Ok(())
    }

    /// Keys are strings in JSON: those of other types become their text.
    fn key(&mut self, key: Value) -> Result<(), Box<Fault>> {
        if let Some(text) = key.as_text() {
            return self.string(text.bytes());
        }
        self.out.push(b'"');
        self.value(key)?;
        self.out.push(b'"');
        Ok(())
    }
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        8 => out.extend_from_slice(b"\\b"),
        12 => out.extend_from_slice(b"\\f"),
        _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
    }
}
