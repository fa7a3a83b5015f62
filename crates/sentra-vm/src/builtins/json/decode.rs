//! JSON text as values. Does not recurse: the text may be nested deeply. It comes from
//! anywhere; whatever is not exactly JSON is refused at its place.

use crate::fault::Fault;
use crate::heap::Heap;
use crate::value::{EXACT, Value};

/// Keys that are remembered, so that the same key of many maps is one text.
const REMEMBERED: usize = 64;

/// A container that is being read, and where its elements start among the values.
struct Open {
    is_map: bool,
    from: usize,
}

struct Decoder<'a> {
    heap: &'a mut Heap,
    bytes: &'a [u8],
    at: usize,
    /// Finished values, and keys, of the open containers.
    values: Vec<Value>,
    open: Vec<Open>,
    keys: [Value; REMEMBERED],
}

/// The value that a JSON text stands for.
pub(crate) fn decode(heap: &mut Heap, bytes: &[u8]) -> Result<Value, Box<Fault>> {
    let valid = std::str::from_utf8(bytes).map_err(|error| error.valid_up_to());
    let mut decoder =
        Decoder { heap, bytes, at: 0, values: Vec::new(), open: Vec::new(), keys: [Value::NIL; REMEMBERED] };
    if let Err(at) = valid {
        decoder.at = at;
        return Err(decoder.wrong("a byte that is no UTF-8"));
    }
    decoder.run()
}

impl Decoder<'_> {
    fn run(mut self) -> Result<Value, Box<Fault>> {
        loop {
            let Some(mut value) = self.value()? else { continue };
            loop {
                let next = self.peek();
                let Some(open) = self.open.last() else {
                    return if next.is_none() { Ok(value) } else { Err(self.unexpected("the end")) };
                };
                let is_map = open.is_map;
                self.values.push(value);
                match next {
                    Some(b',') => {
                        self.at += 1;
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
    fn value(&mut self) -> Result<Option<Value>, Box<Fault>> {
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

    fn begin(&mut self, is_map: bool) -> Result<Option<Value>, Box<Fault>> {
        self.at += 1;
        let close = if is_map { b'}' } else { b']' };
        if self.peek() == Some(close) {
            self.at += 1;
            let empty = if is_map { self.heap.map(0).value() } else { self.heap.array(&[]).value() };
            return Ok(Some(empty));
        }
        self.open.push(Open { is_map, from: self.values.len() });
        if is_map {
            self.key()?;
        }
        Ok(None)
    }

    /// Closes the innermost container.
    fn end(&mut self) -> Result<Value, Box<Fault>> {
        self.at += 1;
        let Some(open) = self.open.pop() else { unreachable!("a container is closed only while one is open") };
        let parts = &self.values[open.from..];
        self.heap.reserve(size_of_val(parts) * 2)?;
        let value = if open.is_map {
            let map = self.heap.map(parts.len() / 2);
            for pair in parts.chunks_exact(2) {
                map.set(self.heap, pair[0], pair[1])?;
            }
            map.value()
        } else {
            self.heap.array(parts).value()
        };
        self.values.truncate(open.from);
        Ok(value)
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Option<Value>, Box<Fault>> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.unexpected("a value"));
        }
        self.at += word.len();
        Ok(Some(value))
    }

    /// Reads a key and its colon.
    fn key(&mut self) -> Result<(), Box<Fault>> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        let from = self.at + 1;
        let plain = self.plain_end(from);
        let key = if self.bytes.get(plain) == Some(&b'"') {
            self.at = plain + 1;
            self.known_key(from, plain)
        } else {
            self.string()?
        };
        self.values.push(key);
        if self.peek() != Some(b':') {
            return Err(self.unexpected("`:`"));
        }
        self.at += 1;
        Ok(())
    }

    /// The text of a key: the one of an earlier map if there is one.
    fn known_key(&mut self, from: usize, to: usize) -> Value {
        let bytes = &self.bytes[from..to];
        let mix = match bytes {
            [] => 0,
            [first, .., last] => usize::from(*first) * 31 + usize::from(*last) * 7 + bytes.len(),
            [only] => usize::from(*only),
        };
        let known = &mut self.keys[mix % REMEMBERED];
        if known.as_bytes() != Some(bytes) {
            *known = self.heap.intern(bytes);
        }
        *known
    }

    /// Where the bytes from `from` on stop being plain characters of a string.
    #[inline]
    fn plain_end(&self, from: usize) -> usize {
        let rest = &self.bytes[from..];
        from + rest.iter().position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\').unwrap_or(rest.len())
    }

    fn string(&mut self) -> Result<Value, Box<Fault>> {
        let from = self.at + 1;
        let plain = self.plain_end(from);
        if self.bytes.get(plain) == Some(&b'"') {
            self.at = plain + 1;
            return Ok(self.heap.text(&self.bytes[from..plain]));
        }
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
            let plain = self.plain_end(self.at);
            text.extend_from_slice(&self.bytes[self.at..plain]);
            self.at = plain;
        }
        self.at += 1;
        self.heap.checked_text(&text)
    }

    fn escape(&mut self, text: &mut Vec<u8>) -> Result<(), Box<Fault>> {
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
    fn unicode(&mut self, text: &mut Vec<u8>) -> Result<(), Box<Fault>> {
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

    fn number(&mut self) -> Result<Value, Box<Fault>> {
        let start = self.at;
        if self.bytes[self.at] == b'-' {
            self.at += 1;
        }
        let first = self.at;
        let mut small = 0_u64;
        while let Some(digit) = self.bytes.get(self.at).filter(|byte| byte.is_ascii_digit()) {
            small = small.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
            self.at += 1;
        }
        let digits = self.at - first;
        if digits == 0 || digits > 1 && self.bytes[first] == b'0' {
            return Err(self.bad_number(start));
        }
        if !matches!(self.bytes.get(self.at), Some(b'.' | b'e' | b'E')) && digits < 16 && (small as f64) < EXACT {
            let double = small as f64;
            return Ok(Value::number(if first > start { -double } else { double }));
        }
        self.long_number(start)
    }

    /// The rest of a number that is no small integer.
    fn long_number(&mut self, start: usize) -> Result<Value, Box<Fault>> {
        let mut whole = true;
        if self.bytes.get(self.at) == Some(&b'.') {
            whole = false;
            self.at += 1;
            self.digits(start)?;
        }
        if let Some(b'e' | b'E') = self.bytes.get(self.at) {
            whole = false;
            self.at += 1;
            if let Some(b'+' | b'-') = self.bytes.get(self.at) {
                self.at += 1;
            }
            self.digits(start)?;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        if whole && let Ok(integer) = text.parse() {
            return Ok(self.heap.integer(integer));
        }
        text.parse().map(Value::number).map_err(|_| self.bad_number(start))
    }

    fn digits(&mut self, start: usize) -> Result<(), Box<Fault>> {
        let count = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count == 0 { Err(self.bad_number(start)) } else { Ok(()) }
    }

    #[cold]
    fn bad_number(&mut self, start: usize) -> Box<Fault> {
        self.at = start;
        self.wrong("a number that JSON does not write so")
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
    fn wrong(&self, what: &str) -> Box<Fault> {
        let before = &self.bytes[..self.at];
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        let column = self.at - memchr::memrchr(b'\n', before).map_or(0, |at| at + 1) + 1;
        Fault::new("json", format!("invalid JSON at line {line}, column {column}: {what}"))
    }
}
