//! JSON text as values. Does not recurse: the text may be nested deeply. It comes from
//! anywhere; whatever is not exactly JSON is refused at its place.

use super::memory::Memory;
use super::scan::plain_end;
use crate::fault::Fault;
use crate::heap::Heap;
use crate::value::Value;

pub(super) type Result<T> = std::result::Result<T, Box<Fault>>;

/// Containers within one another.
pub(super) const DEEPEST: usize = 10_000;
/// From this many values on a container is made before all of its elements are known: they
/// would lie in memory twice.
const MANY: usize = 4096;
/// A map with more keys is no record: its keys are hardly those of others.
const RECORD: usize = 64;
/// Keys that a map has behind itself.
const INLINE: usize = 16;

/// A container that is being read, and where its elements start among the values.
struct Open {
    is_map: bool,
    from: usize,
    /// The container itself, if it is large.
    made: Option<Value>,
}

/// Where a text comes from, for messages.
#[derive(Clone, Copy, Default)]
pub(crate) struct Origin<'a> {
    /// The file, if it is one.
    pub file: Option<&'a str>,
    /// Lines before the text.
    pub lines: u64,
}

pub(super) struct Decoder<'a> {
    pub heap: &'a mut Heap,
    pub bytes: &'a [u8],
    pub at: usize,
    origin: Origin<'a>,
    memory: &'a mut Memory,
    /// Finished values, and keys, of the open containers.
    values: Vec<Value>,
    open: Vec<Open>,
}

/// The value that a JSON text stands for.
pub(crate) fn decode(heap: &mut Heap, bytes: &[u8]) -> Result<Value> {
    decode_from(heap, bytes, &mut Memory::new(), Origin::default())
}

/// The same for one of several texts that have much in common.
pub(crate) fn decode_from(heap: &mut Heap, bytes: &[u8], memory: &mut Memory, origin: Origin) -> Result<Value> {
    let valid = std::str::from_utf8(bytes).map_err(|error| error.valid_up_to());
    let mut decoder = Decoder { heap, bytes, at: 0, origin, memory, values: Vec::new(), open: Vec::new() };
    if let Err(at) = valid {
        decoder.at = at;
        return Err(decoder.wrong("a byte that is no UTF-8"));
    }
    decoder.run()
}

impl Decoder<'_> {
    fn run(mut self) -> Result<Value> {
        loop {
            let Some(mut value) = self.value()? else { continue };
            loop {
                let next = self.peek();
                let Some(open) = self.open.last() else {
                    return if next.is_none() { Ok(value) } else { Err(self.unexpected("the end")) };
                };
                let (is_map, from) = (open.is_map, open.from);
                self.values.push(value);
                match next {
                    Some(b',') => {
                        self.at += 1;
                        if self.values.len() - from >= MANY {
                            self.make()?;
                        }
                        if is_map {
                            self.key()?;
                        }
                        break;
                    }
                    Some(b']') if !is_map => value = self.end()?,
                    Some(b'}') if is_map => value = self.end()?,
                    _ => return Err(self.unexpected(if is_map { "`,` or `}`" } else { "`,` or `]`" })),
                }
            }
        }
    }

    /// The next byte that is no white space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        while let Some(&byte) = self.bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Reads a value, or the start of a container that has elements.
    fn value(&mut self) -> Result<Option<Value>> {
        match self.peek() {
            Some(b'"') => self.string().map(Some),
            Some(b'{') => self.begin(true),
            Some(b'[') => self.begin(false),
            Some(b'-' | b'0'..=b'9') => self.number().map(Some),
            Some(b't') => self.word("true", Value::TRUE),
            Some(b'f') => self.word("false", Value::FALSE),
            Some(b'n') => self.word("null", Value::NIL),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn begin(&mut self, is_map: bool) -> Result<Option<Value>> {
        if self.open.len() == DEEPEST {
            return Err(self.wrong(&format!("more than {DEEPEST} arrays and objects within one another")));
        }
        self.at += 1;
        let close = if is_map { b'}' } else { b']' };
        if self.peek() == Some(close) {
            self.at += 1;
            let empty = if is_map { self.heap.map(0).value() } else { self.heap.array(&[]).value() };
            return Ok(Some(empty));
        }
        self.open.push(Open { is_map, from: self.values.len(), made: None });
        if is_map {
            self.key()?;
        }
        Ok(None)
    }

    /// Closes the innermost container.
    fn end(&mut self) -> Result<Value> {
        self.at += 1;
        let Some(open) = self.open.pop() else { unreachable!("a container is closed only while one is open") };
        let parts = &self.values[open.from..];
        self.heap.reserve(size_of_val(parts) * 2)?;
        let value = match open.made {
            Some(made) => {
                fill(self.heap, made, parts)?;
                made
            }
            None if !open.is_map => self.heap.array(parts).value(),
            None if parts.len() <= INLINE * 2 && self.memory.are_distinct(parts) => {
                let pairs = parts.as_chunks::<2>().0.iter().map(|&[key, value]| (key, value));
                self.heap.map_of(pairs)?.value()
            }
            None => {
                let map = self.heap.map_with_room(parts.len() / 2)?.value();
                fill(self.heap, map, parts)?;
                map
            }
        };
        self.values.truncate(open.from);
        Ok(value)
    }

    /// Moves the elements of a container that has many into the container itself.
    #[cold]
    fn make(&mut self) -> Result<()> {
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        let parts = &self.values[open.from..];
        self.heap.reserve(size_of_val(parts) * 4)?;
        let made = match open.made {
            Some(made) => made,
            None if open.is_map => self.heap.map_with_room(parts.len())?.value(),
            None => self.heap.array_with_capacity(parts.len() * 2).value(),
        };
        open.made = Some(made);
        fill(self.heap, made, parts)?;
        self.values.truncate(open.from);
        Ok(())
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Option<Value>> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.unexpected("a value"));
        }
        self.at += word.len();
        Ok(Some(value))
    }

    /// Reads a key and its colon.
    fn key(&mut self) -> Result<()> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        let from = self.at + 1;
        let plain = plain_end(self.bytes, from);
        let is_record =
            self.open.last().is_some_and(|open| open.made.is_none() && self.values.len() - open.from < RECORD * 2);
        let key = if !is_record {
            self.string()?
        } else if self.bytes.get(plain) == Some(&b'"') {
            self.at = plain + 1;
            self.memory.key(self.heap, self.bytes, from, plain)
        } else {
            let text = self.string()?;
            self.heap.intern(text.as_bytes().unwrap_or_default())
        };
        self.values.push(key);
        if self.peek() != Some(b':') {
            return Err(self.unexpected("`:`"));
        }
        self.at += 1;
        Ok(())
    }

    #[inline]
    fn string(&mut self) -> Result<Value> {
        let from = self.at + 1;
        let plain = plain_end(self.bytes, from);
        if self.bytes.get(plain) == Some(&b'"') {
            self.at = plain + 1;
            return Ok(self.memory.text(self.heap, self.bytes, from, plain));
        }
        self.escaped_string(from, plain)
    }

    /// A string that is not all plain characters.
    fn escaped_string(&mut self, from: usize, plain: usize) -> Result<Value> {
        let start = self.at;
        let mut text = self.bytes[from..plain].to_vec();
        self.at = plain;
        loop {
            match self.bytes.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => self.escape(&mut text)?,
                Some(_) => return Err(self.wrong("a control character in a string")),
                None => {
                    self.at = start;
                    return Err(self.wrong("a string without end"));
                }
            }
            let plain = plain_end(self.bytes, self.at);
            text.extend_from_slice(&self.bytes[self.at..plain]);
            self.at = plain;
        }
        self.at += 1;
        self.heap.checked_text(&text)
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<()> {
        let plain = match self.bytes.get(self.at + 1) {
            Some(&byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'u') => return self.unicode(text),
            _ => return Err(self.wrong("an unknown escape")),
        };
        text.push(plain);
        self.at += 2;
        Ok(())
    }

    /// `\uXXXX`, or two of them that make one character; a half of such a pair becomes U+FFFD.
    fn unicode(&mut self, text: &mut Vec<u8>) -> Result<()> {
        let unit =
            self.code_unit(self.at).ok_or_else(|| self.wrong("an escape `\\u` without four hexadecimal digits"))?;
        self.at += 6;
        let mut character = char::from_u32(unit);
        if (0xD800..0xDC00).contains(&unit)
            && let Some(low) = self.code_unit(self.at).filter(|low| (0xDC00..0xE000).contains(low))
        {
            self.at += 6;
            character = char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00));
        }
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn code_unit(&self, at: usize) -> Option<u32> {
        let digits = self.bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, &byte| Some(unit * 16 + char::from(byte).to_digit(16)?))
    }

    #[cold]
    fn unexpected(&self, wanted: &str) -> Box<Fault> {
        let rest = String::from_utf8_lossy(&self.bytes[self.at..(self.at + 8).min(self.bytes.len())]).into_owned();
        match rest.chars().next() {
            Some(found) if found.is_control() => self.wrong(&format!("a control character, expected {wanted}")),
            Some(found) => self.wrong(&format!("`{found}`, expected {wanted}")),
            None => self.wrong(&format!("the end, expected {wanted}")),
        }
    }

    #[cold]
    pub(super) fn wrong(&self, what: &str) -> Box<Fault> {
        let before = &self.bytes[..self.at];
        let line = memchr::memchr_iter(b'\n', before).count() as u64 + 1 + self.origin.lines;
        let column = self.at - memchr::memrchr(b'\n', before).map_or(0, |at| at + 1) + 1;
        let place = self.origin.file.map_or(String::new(), |file| format!(" in {file}"));
        Fault::new("json", format!("invalid JSON{place} at line {line}, column {column}: {what}"))
    }
}

/// Adds elements to an array, or keys and values to a map.
fn fill(heap: &mut Heap, container: Value, parts: &[Value]) -> Result<()> {
    if let Some(array) = container.as_array() {
        return parts.iter().try_for_each(|&element| array.push(heap, element));
    }
    let Some(map) = container.as_map() else { return Ok(()) };
    parts.chunks_exact(2).try_for_each(|pair| map.set(heap, pair[0], pair[1]))
}
