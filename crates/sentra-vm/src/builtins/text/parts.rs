//! Strings and their parts: splitting, joining, replacing, lines, characters.

use memchr::memmem;

use crate::builtin::Arguments;
use crate::fault::Fault;
use crate::heap::{Heap, Text};
use crate::show;
use crate::value::Value;
use crate::vm::Vm;

use super::first_character;

pub(super) fn split(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let bytes = args.bytes(0);
    let limit = args.optional(2).map_or(usize::MAX, |_| usize::try_from(args.integer(2)).unwrap_or(0));
    if limit == 0 {
        return Err(Fault::range("a limit of parts is at least 1"));
    }
    let heap = &mut vm.heap;
    let Some(separator) = args.optional(1).and_then(Value::as_bytes) else {
        let words = bytes.split(|byte| byte.is_ascii_whitespace()).filter(|word| !word.is_empty());
        let expected = if bytes.len() <= COUNTED { words.clone().count() } else { 4 };
        return texts_of(heap, bytes, expected, words);
    };
    match separator {
        [] => characters_of(heap, bytes, limit),
        [byte] => {
            let found = || memchr::memchr_iter(*byte, bytes).take(limit - 1);
            let expected = found().count() + 1;
            texts_of(heap, bytes, expected, between(bytes, 1, found()))
        }
        _ => {
            let found = || memmem::find_iter(bytes, separator).take(limit - 1);
            let expected = if bytes.len() <= COUNTED { found().count() + 1 } else { 4 };
            texts_of(heap, bytes, expected, between(bytes, separator.len(), found()))
        }
    }
}

/// Looking twice through strings of at most this length costs less than an array that grows.
const COUNTED: usize = 1024;

/// The parts between separators of a length, which stand at some places.
fn between(bytes: &[u8], len: usize, places: impl Iterator<Item = usize>) -> impl Iterator<Item = &[u8]> {
    let mut from = 0;
    places.map(Some).chain([None]).map(move |place| {
        let part = &bytes[from..place.unwrap_or(bytes.len())];
        from += part.len() + len;
        part
    })
}

/// Parts of some bytes as an array of strings, of which so many are expected.
fn texts_of<'a>(
    heap: &mut Heap,
    bytes: &[u8],
    expected: usize,
    parts: impl Iterator<Item = &'a [u8]>,
) -> Result<Value, Box<Fault>> {
    heap.reserve(bytes.len().saturating_add(expected.saturating_mul(LEAST_PART)))?;
    let texts = heap.array_with_capacity(expected.min(1 << 24));
    for part in parts {
        let text = heap.fresh_text(part);
        texts.push(heap, text)?;
    }
    Ok(texts.value())
}

/// What a short string in an array takes.
const LEAST_PART: usize = 24;

/// The characters as strings, at most `limit` of them; the last is what is left.
pub(super) fn characters_of(heap: &mut Heap, bytes: &[u8], limit: usize) -> Result<Value, Box<Fault>> {
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

pub(super) fn join(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let separator = args.optional(1).and_then(Value::as_bytes).unwrap_or_default();
    let elements = args.array(0).as_slice();
    let between = separator.len().saturating_mul(elements.len().saturating_sub(1));
    let texts: Option<usize> = elements.iter().map(|element| element.as_text().map(Text::len)).sum();
    if let Some(length) = texts {
        return vm.heap.filled_text(length.saturating_add(between), |room| {
            let parts = elements.iter().filter_map(|element| element.as_bytes());
            write_between(room, parts, separator);
            Ok(())
        });
    }
    let known: usize = elements.iter().map(|element| element.as_text().map_or(8, Text::len)).sum();
    vm.heap.reserve_text(known.saturating_add(between))?;
    let mut out = Vec::with_capacity(known + between);
    for (index, &element) in elements.iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(separator);
        }
        show::text(&vm.heap, element, &mut out);
    }
    vm.heap.checked_text(&out)
}

/// Writes parts with a separator between each two into a room that has exactly their length.
fn write_between<'a>(mut room: &mut [u8], parts: impl Iterator<Item = &'a [u8]>, separator: &[u8]) {
    let mut put = |bytes: &[u8]| {
        let (place, rest) = std::mem::take(&mut room).split_at_mut(bytes.len());
        place.copy_from_slice(bytes);
        room = rest;
    };
    for (index, part) in parts.enumerate() {
        if index > 0 {
            put(separator);
        }
        put(part);
    }
}

pub(super) fn replace(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (bytes, from) = (args.bytes(0), args.bytes(1));
    let limit = args.optional(3).map_or(usize::MAX, |_| usize::try_from(args.integer(3)).unwrap_or(0));
    match from {
        [] => Err(Fault::range("an empty string cannot be replaced")),
        [byte] => replaced(vm, args, || memchr::memchr_iter(*byte, bytes).take(limit)),
        _ => {
            let finder = memmem::Finder::new(from);
            replaced(vm, args, || finder.find_iter(bytes).take(limit))
        }
    }
}

/// The text with its replacement at the places that are found; looks twice, as places would take more than the text.
fn replaced<P: Iterator<Item = usize>>(
    vm: &mut Vm,
    args: Arguments,
    found: impl Fn() -> P,
) -> Result<Value, Box<Fault>> {
    let (bytes, from, to) = (args.bytes(0), args.bytes(1), args.bytes(2));
    let count = found().count();
    if count == 0 {
        return Ok(args.value(0));
    }
    let length = (bytes.len() - count * from.len()).saturating_add(count.saturating_mul(to.len()));
    vm.heap.filled_text(length, |room| {
        write_between(room, between(bytes, from.len(), found()), to);
        Ok(())
    })
}

pub(super) fn lines(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    lines_of(&mut vm.heap, args.bytes(0))
}

/// The lines of some bytes, as an array of strings.
pub(in crate::builtins) fn lines_of(heap: &mut Heap, bytes: &[u8]) -> Result<Value, Box<Fault>> {
    let whole = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if bytes.is_empty() {
        return Ok(heap.array(&[]).value());
    }
    let ends = || memchr::memchr_iter(b'\n', whole);
    let lines = between(whole, 1, ends()).map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    texts_of(heap, bytes, ends().count() + 1, lines)
}
