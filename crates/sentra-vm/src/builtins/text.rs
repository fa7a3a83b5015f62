//! Strings: bytes, UTF-8 by convention. Bytes that are no UTF-8 pass through all of this
//! unharmed; each counts as a character of its own.

use memchr::memmem;

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::heap::Heap;
use crate::show;
use crate::value::Value;
use crate::vm::Vm;

use super::sequences::{fill_with, place};

mod parts;

pub(super) use parts::lines_of;
use parts::{characters_of, join, lines, replace, split};

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
    if bytes.is_ascii() {
        return bytes.len();
    }
    bytes.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum()
}

/// Where `part` stands first in `bytes` at or after `from`.
pub(crate) fn find(bytes: &[u8], part: &[u8], from: usize) -> Option<usize> {
    memmem::find(bytes.get(from..)?, part).map(|at| at + from)
}

/// ASCII strings are changed byte by byte, others by the rules of Unicode.
fn change_case(
    heap: &mut Heap,
    bytes: &[u8],
    ascii: fn(&mut [u8]),
    unicode: fn(&str) -> String,
) -> Result<Value, Box<Fault>> {
    if bytes.is_ascii() {
        return heap.filled_text(bytes.len(), |room| {
            room.copy_from_slice(bytes);
            ascii(room);
            Ok(())
        });
    }
    heap.reserve_text(bytes.len())?;
    let mut out = Vec::with_capacity(bytes.len());
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

fn starts_with(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.bytes(0).starts_with(args.bytes(1)).into())
}

fn ends_with(_: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    Ok(args.bytes(0).ends_with(args.bytes(1)).into())
}

/// The text with what it lacks to the width, at its start or its end.
fn pad(vm: &mut Vm, args: Arguments, at_start: bool) -> Result<Value, Box<Fault>> {
    let mut shown = Vec::new();
    let text = args.value(0).as_bytes().unwrap_or_else(|| {
        show::text(&vm.heap, args.value(0), &mut shown);
        &shown
    });
    let fill = args.optional(2).and_then(Value::as_bytes).unwrap_or(b" ");
    if fill.is_empty() {
        return Err(Fault::range("nothing cannot fill a string up"));
    }
    let width = usize::try_from(args.integer(1)).unwrap_or(0);
    let missing = width.saturating_sub(character_count(text));
    vm.heap.reserve_text(text.len().saturating_add(missing.saturating_mul(4)))?;
    let padding = first_characters(fill, missing);
    vm.heap.filled_text(text.len() + padding, |room| {
        let (filled, kept) = if at_start {
            room.split_at_mut(padding)
        } else {
            let (kept, filled) = room.split_at_mut(text.len());
            (filled, kept)
        };
        fill_with(filled, fill);
        kept.copy_from_slice(text);
        Ok(())
    })
}

/// How many bytes the first characters take of a string that is repeated without end.
fn first_characters(repeated: &[u8], count: usize) -> usize {
    let characters = character_count(repeated);
    let mut rest = repeated;
    for _ in 0..count % characters {
        rest = &rest[first_character(rest).len()..];
    }
    count / characters * repeated.len() + repeated.len() - rest.len()
}

fn pad_start(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    pad(vm, args, true)
}

fn pad_end(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    pad(vm, args, false)
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
