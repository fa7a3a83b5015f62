//! Values as JSON text. Does not recurse: values may be nested deeply.

use crate::fault::Fault;
use crate::heap::{Array, Map};
use crate::nesting::Nesting;
use crate::number;
use crate::value::Value;

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
    out: Vec<u8>,
    indent: Option<&'a [u8]>,
    open: Vec<Open>,
    nesting: Nesting,
}

/// The value as JSON, indented by `indent` for each level if that is given.
pub(crate) fn encode(value: Value, indent: Option<&[u8]>) -> Result<Vec<u8>, Box<Fault>> {
    let mut encoder = Encoder { out: Vec::with_capacity(64), indent, open: Vec::new(), nesting: Nesting::default() };
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

    fn value(&mut self, value: Value) -> Result<(), Box<Fault>> {
        if let Some(text) = value.as_text() {
            string(&mut self.out, text.bytes());
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
                (_, Some(error)) => string(&mut self.out, error.message.as_bytes()),
                (other, _) => return Err(Fault::type_error(format!("a value of type {other} cannot be JSON"))),
            },
        }
        Ok(())
    }

    /// Keys are strings in JSON: those of other types become their text.
    fn key(&mut self, key: Value) -> Result<(), Box<Fault>> {
        if let Some(text) = key.as_text() {
            string(&mut self.out, text.bytes());
            return Ok(());
        }
        self.out.push(b'"');
        self.value(key)?;
        self.out.push(b'"');
        Ok(())
    }
}

/// Appends a string; bytes that are no UTF-8 become U+FFFD.
fn string(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    match std::str::from_utf8(bytes) {
        Ok(_) => escaped(out, bytes),
        Err(_) => escaped(out, String::from_utf8_lossy(bytes).as_bytes()),
    }
    out.push(b'"');
}

fn escaped(out: &mut Vec<u8>, text: &[u8]) {
    let mut plain = 0;
    for (at, &byte) in text.iter().enumerate() {
        if byte >= 0x20 && byte != b'"' && byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&text[plain..at]);
        plain = at + 1;
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            8 => out.extend_from_slice(b"\\b"),
            12 => out.extend_from_slice(b"\\f"),
            _ => {
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(sentra_netlib::code::hex::encode(&[byte]).as_bytes());
            }
        }
    }
    out.extend_from_slice(&text[plain..]);
}
