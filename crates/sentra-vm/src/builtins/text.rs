//! Strings: bytes, UTF-8 by convention. Bytes that are no UTF-8 pass through all of this
//! unharmed; each counts as a character of its own.

use memchr::memmem;

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::heap::Heap;
use crate::show;
use crate::value::Value;
use crate::vm::Vm;

use super::sequences::place;

builtins! { TABLE:
    "upper" in ["string"] (s: Types::STRING) -> "string",
        faults ["memory"], Nothing,
        "The string in capital letters.",
        "log(upper(\"aBc\"), \"é\".upper()) // expect: ABC É" => Native(upper);
    "lower" in ["string"] (s: Types::STRING) -> "string",
        faults ["memory"], Nothing,
        "The string in small letters.",
        "log(lower(\"aBc\"), \"É\".lower()) // expect: abc é" => Native(lower);
    "trim" in ["string"] (s: Types::STRING, characters: Types::STRING => "white space") -> "string",
        faults [], Nothing,
        "The string without white space, or without any of some characters, at both ends.",
        "log(trim(\"  a b\\n\"), \"--x-\".trim(\"-\")) // expect: a b x" => Native(trim);
    "trim_start" in ["string"] (s: Types::STRING, characters: Types::STRING => "white space") -> "string",
        faults [], Nothing,
        "The string without white space, or without any of some characters, at its start.",
        "log(trim_start(\"  a\") + \"|\") // expect: a|" => Native(trim_start);
    "trim_end" in ["string"] (s: Types::STRING, characters: Types::STRING => "white space") -> "string",
        faults [], Nothing,
        "The string without white space, or without any of some characters, at its end.",
        "log(trim_end(\"a  \") + \"|\") // expect: a|" => Native(trim_end);
    "split" in ["string"] (s: Types::STRING, separator: Types::STRING => "white space", limit: Types::INTEGER => "no limit") -> "array",
        faults ["memory", "range"], Nothing,
        "The parts between separators, at most `limit` of them; an empty separator gives the characters.",
        "log(split(\"a,b,,c\", \",\"), \"k=v=w\".split(\"=\", 2)) // expect: [\"a\", \"b\", \"\", \"c\"] [\"k\", \"v=w\"]" => Native(split);
    "join" in ["string", "array"] (values: Types::ARRAY, separator: Types::STRING => "\"\"") -> "string",
        faults ["memory", "range"], Nothing,
        "The elements' texts in a row, with a separator between them.",
        "log(join([\"a\", 1, nil], \"-\")) // expect: a-1-nil" => Native(join);
    "replace" in ["string"] (s: Types::STRING, from: Types::STRING, to: Types::STRING, limit: Types::INTEGER => "all") -> "string",
        faults ["memory", "range"], Nothing,
        "The string with every occurrence of a text, or the first `limit` ones, replaced.",
        "log(replace(\"a.b.c\", \".\", \"-\"), \"aaa\".replace(\"a\", \"b\", 1)) // expect: a-b-c baa" => Native(replace);
    "starts_with" in ["string"] (s: Types::STRING, start: Types::STRING) -> "boolean",
        faults [], Nothing,
        "Whether the string starts with another.",
        "log(starts_with(\"hello\", \"he\")) // expect: true" => Native(starts_with);
    "startswith" in ["string"] (s: Types::STRING, start: Types::STRING) -> "boolean",
        faults [], Nothing,
        "Whether the string starts with another; the same as `starts_with`.",
        "log(\"hello\".startswith(\"lo\")) // expect: false" => Native(starts_with);
    "ends_with" in ["string"] (s: Types::STRING, end: Types::STRING) -> "boolean",
        faults [], Nothing,
        "Whether the string ends with another.",
        "log(ends_with(\"hello\", \"lo\")) // expect: true" => Native(ends_with);
    "endswith" in ["string"] (s: Types::STRING, end: Types::STRING) -> "boolean",
        faults [], Nothing,
        "Whether the string ends with another; the same as `ends_with`.",
        "log(\"hello\".endswith(\"he\")) // expect: false" => Native(ends_with);
    "pad_start" in ["string"] (s: Types::STRING.or(Types::NUMBER), width: Types::INTEGER, fill: Types::STRING => "\" \"") -> "string",
        faults ["range", "memory"], Nothing,
        "The text filled up at its start to a width in characters.",
        "log(pad_start(\"7\", 3, \"0\"), \"ab\".pad_start(4)) // expect: 007   ab" => Native(pad_start);
    "pad_end" in ["string"] (s: Types::STRING.or(Types::NUMBER), width: Types::INTEGER, fill: Types::STRING => "\" \"") -> "string",
        faults ["range", "memory"], Nothing,
        "The text filled up at its end to a width in characters.",
        "log(pad_end(\"ab\", 5, \".\") + \"|\") // expect: ab...|" => Native(pad_end);
    "lines" in ["string"] (s: Types::STRING) -> "array",
        faults ["memory"], Nothing,
        "The lines without their ends (`\\n` or `\\r\\n`).",
        "log(lines(\"a\\nb\\r\\nc\\n\")) // expect: [\"a\", \"b\", \"c\"]" => Native(lines);
    "chars" in ["string"] (s: Types::STRING) -> "array",
        faults ["memory"], Nothing,
        "The characters, each as a string.",
        "log(chars(\"aé\")) // expect: [\"a\", \"é\"]" => Native(chars);
    "bytes" in ["string"] (s: Types::STRING) -> "array",
        faults ["memory"], Nothing,
        "The bytes as numbers.",
        "log(bytes(\"aé\")) // expect: [97, 195, 169]" => Native(bytes);
    "char_at" in ["string"] (s: Types::STRING, index: Types::INTEGER) -> "string",
        faults ["range"], Nothing,
        "The character that starts at a byte; a negative index counts from the end.",
        "log(char_at(\"hello\", 1), \"hello\".char_at(-1)) // expect: e o" => Native(char_at);
    "char_code" in ["string"] (s: Types::STRING, index: Types::INTEGER => "0") -> "number",
        faults ["range"], Nothing,
        "The Unicode number of the character that starts at a byte.",
        "log(char_code(\"A\"), char_code(\"é\")) // expect: 65 233" => Native(char_code);
    "from_char_code" in ["string"] (; ...codes: Types::INTEGER) -> "string",
        faults ["range"], Nothing,
        "The string of the characters with these Unicode numbers.",
        "log(from_char_code(72, 105, 128640)) // expect: Hi🚀" => Native(from_char_code);
}

/// The first character of some bytes: well-formed UTF-8, or a single byte.
pub(super) fn first_character(bytes: &[u8]) -> &[u8] {
    if bytes.is_empty() { bytes } else { &bytes[..crate::interpret::iterate::character_len(bytes)] }
}

/// The last character of some bytes.
pub(super) fn last_character(bytes: &[u8]) -> &[u8] {
    for len in 2..=4.min(bytes.len()) {
        let tail = &bytes[bytes.len() - len..];
        if !tail[0].is_ascii() && first_character(tail).len() == len {
            return tail;
        }
        if tail[1].is_ascii() {
            break;
        }
    }
    &bytes[bytes.len().saturating_sub(1)..]
}

/// The number of characters.
pub(super) fn character_count(bytes: &[u8]) -> usize {
    bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}

/// Where `part` stands first in `bytes` at or after `from`.
pub(crate) fn find(bytes: &[u8], part: &[u8], from: usize) -> Option<usize> {
    memmem::find(bytes.get(from..)?, part).map(|at| at + from)
}

/// Strings of at most this length are changed without a temporary allocation.
const SHORT: usize = 64;

/// ASCII strings are changed byte by byte, others by the rules of Unicode.
fn change_case(
    heap: &mut Heap,
    bytes: &[u8],
    ascii: fn(&mut [u8]),
    unicode: fn(&str) -> String,
) -> Result<Value, Box<Fault>> {
    if bytes.is_ascii() && bytes.len() <= SHORT {
        let mut short = [0; SHORT];
        let short = &mut short[..bytes.len()];
        short.copy_from_slice(bytes);
        ascii(short);
        return Ok(heap.text(short));
    }
    heap.reserve_text(bytes.len())?;
    let mut out = Vec::with_capacity(bytes.len());
    if bytes.is_ascii() {
        out.extend_from_slice(bytes);
        ascii(&mut out);
        return Ok(heap.text(&out));
    }
    for chunk in bytes.utf8_chunks() {
        out.extend_from_slice(unicode(chunk.valid()).as_bytes());
        out.extend_from_slice(chunk.invalid());
    }
    heap.checked_text(&out)
}

fn upper(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    change_case(&mut vm.heap, args.bytes(0), <[u8]>::make_ascii_uppercase, str::to_uppercase)
}

fn lower(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    change_case(&mut vm.heap, args.bytes(0), <[u8]>::make_ascii_lowercase, str::to_lowercase)
}

/// Whether trimming takes a character away.
fn is_trimmed(character: &[u8], of: Option<&[u8]>) -> bool {
    match of {
        Some(of) => memmem::find(of, character).is_some(),
        None if character.len() == 1 => character[0].is_ascii_whitespace() || character[0] == 0x0B,
        None => std::str::from_utf8(character).is_ok_and(|text| text.chars().all(char::is_whitespace)),
    }
}

fn trimmed(vm: &mut Vm, args: Arguments, start: bool, end: bool) -> Result<Value, Box<Fault>> {
    let text = args.value(0).as_text().expect("declared as string");
    let of = args.optional(1).map(|_| args.bytes(1));
    let bytes = text.bytes();
    let (mut from, mut to) = (0, bytes.len());
    while start && from < to {
        let character = first_character(&bytes[from..to]);
        if !is_trimmed(character, of) {
            break;
        }
        from += character.len();
    }
    while end && from < to {
        let character = last_character(&bytes[from..to]);
        if !is_trimmed(character, of) {
            break;
        }
        to -= character.len();
    }
    Ok(vm.heap.slice_text(text, from, to))
}

fn trim(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    trimmed(vm, args, true, true)
}

fn trim_start(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    trimmed(vm, args, true, false)
}

fn trim_end(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    trimmed(vm, args, false, true)
}

fn split(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let bytes = args.bytes(0);
    let limit = args.optional(2).map_or(usize::MAX, |_| usize::try_from(args.integer(2)).unwrap_or(0));
    if limit == 0 {
        return Err(Fault::range("a limit of parts is at least 1"));
    }
    let heap = &mut vm.heap;
    let parts = heap.array_with_capacity(4);
    let Some(separator) = args.optional(1).and_then(Value::as_bytes) else {
        for word in bytes.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty()) {
            let part = heap.text(word);
            parts.push(heap, part)?;
        }
        return Ok(parts.value());
    };
    if separator.is_empty() {
        return characters_of(heap, bytes, limit);
    }
    heap.reserve(bytes.len())?;
    let mut from = 0;
    let mut count = 1;
    let part_to = |heap: &mut Heap, from: usize, to: usize| {
        let part = heap.text(&bytes[from..to]);
        parts.push(heap, part)
    };
    if let [byte] = separator {
        for at in memchr::memchr_iter(*byte, bytes) {
            if count == limit {
                break;
            }
            part_to(heap, from, at)?;
            (from, count) = (at + 1, count + 1);
        }
    } else {
        for at in memmem::find_iter(bytes, separator) {
            if count == limit {
                break;
            }
            part_to(heap, from, at)?;
            (from, count) = (at + separator.len(), count + 1);
        }
    }
    part_to(heap, from, bytes.len())?;
    Ok(parts.value())
}

/// The characters as strings, at most `limit` of them; the last is what is left.
fn characters_of(heap: &mut Heap, bytes: &[u8], limit: usize) -> Result<Value, Box<Fault>> {
    heap.reserve(bytes.len().saturating_mul(size_of::<Value>() * 3))?;
    let parts = heap.array_with_capacity(bytes.len().min(limit));
    // Each ASCII character is made once and then shared.
    let mut made = [Value::NIL; 128];
    let mut rest = bytes;
    let mut count = 1;
    while !rest.is_empty() {
        let character = if count == limit { rest } else { first_character(rest) };
        rest = &rest[character.len()..];
        count += 1;
        let part = match *character {
            [byte] if byte < 128 => {
                let known = &mut made[byte as usize];
                if known.is_nil() {
                    *known = heap.text(character);
                }
                *known
            }
            _ => heap.text(character),
        };
        parts.push(heap, part)?;
    }
    Ok(parts.value())
}

fn join(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let separator = args.optional(1).and_then(Value::as_bytes).unwrap_or_default();
    let elements = args.array(0).as_slice();
    let known: usize = elements.iter().map(|element| element.as_text().map_or(8, |text| text.len())).sum();
    let length = known.saturating_add(separator.len().saturating_mul(elements.len()));
    vm.heap.reserve_text(length)?;
    let mut out = Vec::with_capacity(length);
    for (index, &element) in elements.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(separator);
        }
        show::text(&vm.heap, element, &mut out);
    }
    vm.heap.checked_text(&out)
}

fn replace(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (bytes, from, to) = (args.bytes(0), args.bytes(1), args.bytes(2));
    if from.is_empty() {
        return Err(Fault::range("an empty string cannot be replaced"));
    }
    let limit = args.optional(3).map_or(usize::MAX, |_| usize::try_from(args.integer(3)).unwrap_or(0));
    if to.len() > from.len() {
        let count = memmem::find_iter(bytes, from).take(limit).count();
        vm.heap.reserve_text(bytes.len().saturating_add(count.saturating_mul(to.len() - from.len())))?;
    }
    let mut out = Vec::with_capacity(bytes.len() + to.len());
    let mut copied = 0;
    for at in memmem::find_iter(bytes, from).take(limit) {
        out.extend_from_slice(&bytes[copied..at]);
        out.extend_from_slice(to);
        copied = at + from.len();
    }
    if copied == 0 {
        return Ok(args.value(0));
    }
    out.extend_from_slice(&bytes[copied..]);
    vm.heap.checked_text(&out)
}

fn starts_with(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.bytes(0).starts_with(args.bytes(1)).into())
}

fn ends_with(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.bytes(0).ends_with(args.bytes(1)).into())
}

/// The text, and what it lacks to the width.
fn padding(vm: &mut Vm, args: Arguments) -> Result<(Vec<u8>, Vec<u8>), Box<Fault>> {
    let mut text = Vec::new();
    show::text(&vm.heap, args.value(0), &mut text);
    let fill = args.optional(2).and_then(Value::as_bytes).unwrap_or(b" ");
    if fill.is_empty() {
        return Err(Fault::range("nothing cannot fill a string up"));
    }
    let width = usize::try_from(args.integer(1)).unwrap_or(0);
    let missing = width.saturating_sub(character_count(&text));
    vm.heap.reserve_text(text.len().saturating_add(missing.saturating_mul(4)))?;
    let mut padding = Vec::with_capacity(missing);
    let mut rest = fill;
    for _ in 0..missing {
        let character = first_character(rest);
        padding.extend_from_slice(character);
        rest = if character.len() == rest.len() { fill } else { &rest[character.len()..] };
    }
    Ok((text, padding))
}

fn pad_start(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (text, mut padding) = padding(vm, args)?;
    padding.extend_from_slice(&text);
    vm.heap.checked_text(&padding)
}

fn pad_end(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (mut text, padding) = padding(vm, args)?;
    text.extend_from_slice(&padding);
    vm.heap.checked_text(&text)
}

fn lines(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    lines_of(&mut vm.heap, args.bytes(0))
}

/// The lines of some bytes, as an array of strings.
pub(super) fn lines_of(heap: &mut Heap, bytes: &[u8]) -> Result<Value, Box<Fault>> {
    heap.reserve(bytes.len())?;
    let lines = heap.array_with_capacity(4);
    let mut rest = bytes;
    while !rest.is_empty() {
        let (line, after) = match memchr::memchr(b'\n', rest) {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, &rest[rest.len()..]),
        };
        let line = heap.text(line.strip_suffix(b"\r").unwrap_or(line));
        lines.push(heap, line)?;
        rest = after;
    }
    Ok(lines.value())
}

fn chars(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    characters_of(&mut vm.heap, args.bytes(0), usize::MAX)
}

fn bytes(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let bytes = args.bytes(0);
    vm.heap.reserve(bytes.len().saturating_mul(size_of::<Value>()))?;
    let values: Vec<Value> = bytes.iter().map(|&byte| Value::small(i32::from(byte))).collect();
    Ok(vm.heap.array(&values).value())
}

/// The character that starts at the index which an argument gives.
fn character(args: Arguments<'_>, index: i64) -> Result<&[u8], Box<Fault>> {
    let bytes = args.bytes(0);
    let at = place(index, bytes.len());
    let inside = at < bytes.len() && index >= -(bytes.len() as i64);
    inside
        .then(|| first_character(&bytes[at..]))
        .ok_or_else(|| Fault::range(format!("index {index} is out of range: the string has {} bytes", bytes.len())))
}

fn char_at(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let character = character(args, args.integer(1))?;
    Ok(vm.heap.text(character))
}

fn char_code(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let character = character(args, args.optional(1).map_or(0, |_| args.integer(1)))?;
    let decoded = std::str::from_utf8(character).ok().and_then(|text| text.chars().next());
    Ok(Value::number(decoded.map_or(f64::from(character[0]), |decoded| f64::from(u32::from(decoded)))))
}

fn from_char_code(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let mut text = String::new();
    for index in 0..args.len() {
        let code = args.integer(index);
        let character = u32::try_from(code).ok().and_then(char::from_u32);
        text.push(character.ok_or_else(|| Fault::range(format!("{code} is no Unicode number of a character")))?);
    }
    Ok(vm.heap.text(text.as_bytes()))
}
