//! Regular expressions over bytes. The pattern comes first; patterns stay compiled. One search takes time linear
//! in the subject; all matches take that once more for each match whose search looks far beyond its end.

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::heap::{Growth, Heap, Text};
use crate::value::Value;
use crate::vm::Vm;

mod matches;
mod pattern;
pub(crate) mod patterns;
mod replacement;

use matches::Walk;
use pattern::Pattern;
use replacement::Replacement;

builtins! { TABLE:
    "regex_match" in ["regex:match", "regex:is_match", "regex"] (pattern: Types::STRING, s: Types::STRING) -> "boolean",
        faults ["regex"], Nothing,
        "Whether a regular expression matches anywhere in a string; `^` and `$` tie it to the ends.",
        "log(regex_match(`^\\d+$`, \"2024\"), regex_match(\"b\", \"aaa\")) // expect: true false" => Native(is_match);
    "regex_find" in ["regex:find", "regex"] (pattern: Types::STRING, s: Types::STRING) -> "string or nil",
        faults ["regex"], Nothing,
        "What a regular expression matches first in a string; nil if nothing.",
        "log(regex_find(`\\d+`, \"port 443 or 80\")) // expect: 443" => Native(find);
    "regex_find_all" in ["regex:find_all", "regex"] (pattern: Types::STRING, s: Types::STRING, limit: Types::INTEGER => "all") -> "array",
        faults ["regex", "range", "memory"], Nothing,
        "Everything that a regular expression matches in a string, from left to right, or the first `limit` of it.",
        "log(regex_find_all(`\\d+`, \"443, 80\")) // expect: [\"443\", \"80\"]" => Native(find_all);
    "regex_captures" in ["regex:captures", "regex"] (pattern: Types::STRING, s: Types::STRING) -> "map or nil",
        faults ["regex"], Nothing,
        "The groups of the first match by number (0 is the whole match) and by name; nil where a group has no part in it.",
        "let m = regex_captures(`(?<key>\\w+)=(\\d+)`, \"n=12\")\nlog(m[0], m.key, m[2]) // expect: n=12 n 12" => Native(captures);
    "regex_captures_all" in ["regex:captures_all", "regex"] (pattern: Types::STRING, s: Types::STRING, limit: Types::INTEGER => "all") -> "array",
        faults ["regex", "range", "memory"], Nothing,
        "The groups of every match, as `regex_captures` gives them for the first.",
        "for m in regex_captures_all(`(\\w)=(\\d)`, \"a=1 b=2\") { log(m[1], m[2]) }\n// expect: a 1\n// expect: b 2" => Native(captures_all);
    "regex_replace" in ["regex:replace", "regex"] (pattern: Types::STRING, s: Types::STRING, replacement: Types::STRING.or(Types::FUNCTION), limit: Types::INTEGER => "all") -> "string",
        faults ["regex", "range", "memory"], Nothing,
        "The string with all matches, or the first `limit`, replaced by a text with `$1`, `${name}` for groups and `$$` for a dollar, or by what a function makes of the groups.",
        "log(regex_replace(`(\\w+)@(\\w+)`, \"me@home\", \"$2 $1\"))\nlog(regex_replace(`\\d+`, \"1 and 22\", |m| len(m[0])))\n// expect: home me\n// expect: 1 and 2" => Library;
    "regex_split" in ["regex:split", "regex"] (pattern: Types::STRING, s: Types::STRING, limit: Types::INTEGER => "no limit") -> "array",
        faults ["regex", "range", "memory"], Nothing,
        "The parts between matches, at most `limit` of them; an empty pattern gives the characters.",
        "log(regex_split(`\\s*,\\s*`, \"a , b,c\")) // expect: [\"a\", \"b\", \"c\"]" => Native(split);
    "regex_escape" in ["regex:escape", "regex"] (text: Types::STRING) -> "string",
        faults ["memory"], Nothing,
        "A pattern that matches just this text.",
        "log(regex_escape(\"a.b*c\")) // expect: a\\.b\\*c" => Native(escape);
    "__regex_replace" in [] (pattern: Types::STRING, s: Types::STRING, replacement: Types::STRING, limit: Types::INTEGER => "all") -> "string",
        faults ["regex", "range", "memory"], Nothing,
        "`regex_replace` by a text.",
        "log(regex_replace(\"a\", \"banana\", \"o\", 2)) // expect: bonona" => Native(replace);
    "__regex_next" in [] (pattern: Types::STRING, s: Types::STRING, last_end: Types::INTEGER => "none yet") -> "array or nil",
        faults ["regex"], Nothing,
        "Start, end and groups of the match that follows the one that ended there.",
        "log(regex_replace(`.`, \"ab\", |m| m[0] + m[0])) // expect: aabb" => Native(next);
}

/// The subject and the compiled pattern of a call.
fn prepare<'a>(vm: &'a mut Vm, args: Arguments) -> Result<(&'a mut Pattern, &'a mut Heap, Text), Box<Fault>> {
    let text = args.value(0).as_text().expect("declared as string");
    let subject = args.value(1).as_text().expect("declared as string");
    Ok((vm.patterns.get(text)?, &mut vm.heap, subject))
}

/// How many matches a call asks for.
fn limit(args: Arguments, index: usize) -> Result<usize, Box<Fault>> {
    match args.optional(index).map(|_| args.integer(index)) {
        None => Ok(usize::MAX),
        Some(limit) => usize::try_from(limit).map_err(|_| Fault::range(format!("a limit is at least 0, got {limit}"))),
    }
}

fn is_match(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (pattern, _, subject) = prepare(vm, args)?;
    Ok(pattern.is_match(subject.bytes()).into())
}

fn find(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (pattern, heap, subject) = prepare(vm, args)?;
    let found = Walk::default().find(pattern, subject.bytes());
    Ok(found.map_or(Value::NIL, |(start, end)| heap.slice_text(subject, start, end)))
}

/// Memory is looked at once for so many matches.
const BATCH: usize = 1 << 12;

fn find_all(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let limit = limit(args, 2)?;
    let (pattern, heap, subject) = prepare(vm, args)?;
    let all = heap.array_with_capacity(4);
    let mut walk = Walk::default();
    while all.len() < limit {
        let Some((start, end)) = walk.find(pattern, subject.bytes()) else { break };
        if all.len() % BATCH == BATCH - 1 {
            heap.reserve(0)?;
        }
        let part = heap.slice_text(subject, start, end);
        all.push(heap, part)?;
    }
    Ok(all.value())
}

/// The groups of the match that was captured last, as a map: by number, then by name.
fn groups(heap: &mut Heap, pattern: &Pattern, subject: Text) -> Result<Value, Box<Fault>> {
    let values: Vec<Value> = (0..pattern.names().count())
        .map(|number| pattern.group(number).map_or(Value::NIL, |(start, end)| heap.slice_text(subject, start, end)))
        .collect();
    let numbered = values.iter().enumerate().map(|(number, &value)| (Value::number(number as f64), value));
    let mut entries: Vec<(Value, Value)> = numbered.collect();
    for (name, &value) in pattern.names().zip(&values) {
        entries.extend(name.map(|name| (heap.intern(name.as_bytes()), value)));
    }
    Ok(heap.map_of(entries.into_iter())?.value())
}

fn captures(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (pattern, heap, subject) = prepare(vm, args)?;
    match Walk::default().capture(pattern, subject.bytes()) {
        Some(_) => groups(heap, pattern, subject),
        None => Ok(Value::NIL),
    }
}

fn captures_all(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let limit = limit(args, 2)?;
    let (pattern, heap, subject) = prepare(vm, args)?;
    let all = heap.array_with_capacity(4);
    let mut walk = Walk::default();
    while all.len() < limit && walk.capture(pattern, subject.bytes()).is_some() {
        if all.len() % BATCH == BATCH - 1 {
            heap.reserve(0)?;
        }
        let map = groups(heap, pattern, subject)?;
        all.push(heap, map)?;
    }
    Ok(all.value())
}

fn replace(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let limit = limit(args, 3)?;
    let (pattern, heap, subject) = prepare(vm, args)?;
    let bytes = subject.bytes();
    let replacement = Replacement::parse(args.bytes(2), pattern)?;
    let plain = replacement.is_plain();
    let mut walk = Walk::default();
    let (mut out, mut growth) = (Vec::new(), Growth::default());
    let (mut copied, mut count) = (0, 0);
    while count < limit {
        let found = if plain { walk.find(pattern, bytes) } else { walk.capture(pattern, bytes) };
        let Some((start, end)) = found else { break };
        growth.to(heap, out.len() + (start - copied) + replacement.len(pattern))?;
        out.extend_from_slice(&bytes[copied..start]);
        replacement.append(pattern, bytes, &mut out);
        (copied, count) = (end, count + 1);
    }
    if count == 0 {
        return Ok(subject.value());
    }
    growth.to(heap, out.len() + (bytes.len() - copied))?;
    out.extend_from_slice(&bytes[copied..]);
    heap.checked_text(&out)
}

fn split(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let limit = limit(args, 2)?;
    if limit == 0 {
        return Err(Fault::range("a limit of parts is at least 1"));
    }
    let (pattern, heap, subject) = prepare(vm, args)?;
    let bytes = subject.bytes();
    let parts = heap.array_with_capacity(4);
    let (mut walk, mut from) = (Walk::default(), 0);
    while parts.len() + 1 < limit {
        let Some((start, end)) = walk.find(pattern, bytes) else { break };
        // What is empty separates nothing at the ends.
        if start == end && (start == 0 || start == bytes.len()) {
            continue;
        }
        if parts.len() % BATCH == BATCH - 1 {
            heap.reserve(0)?;
        }
        let part = heap.slice_text(subject, from, start);
        parts.push(heap, part)?;
        from = end;
    }
    let last = heap.slice_text(subject, from, bytes.len());
    parts.push(heap, last)?;
    Ok(parts.value())
}

/// The most bytes that one character becomes in a pattern.
const LONGEST_ESCAPE: usize = 10;

fn escape(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let bytes = args.bytes(0);
    vm.heap.reserve_text(bytes.len())?;
    let (mut out, mut growth) = (Vec::with_capacity(bytes.len()), Growth::default());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            growth.to(&vm.heap, out.len() + LONGEST_ESCAPE)?;
            if regex_syntax::is_meta_character(character) {
                out.push(b'\\');
            }
            out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
        for byte in chunk.invalid() {
            growth.to(&vm.heap, out.len() + LONGEST_ESCAPE)?;
            out.extend_from_slice(format!("(?-u:\\x{byte:02X})").as_bytes());
        }
    }
    vm.heap.checked_text(&out)
}

fn next(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let last_end = args.optional(2).and_then(|_| usize::try_from(args.integer(2)).ok());
    let (pattern, heap, subject) = prepare(vm, args)?;
    let Some((start, end)) = (Walk { last_end }).capture(pattern, subject.bytes()) else { return Ok(Value::NIL) };
    let map = groups(heap, pattern, subject)?;
    Ok(heap.array(&[Value::number(start as f64), Value::number(end as f64), map]).value())
}
