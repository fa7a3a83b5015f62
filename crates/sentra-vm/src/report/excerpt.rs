//! The place of an error, with its source line if that can be had: from the VM's sources or, for
//! bytecode from a file, from the source file if it is still there.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use sentra_compiler::render;
use sentra_compiler::span::Span;

use crate::fault::TraceEntry;
use crate::vm::Vm;

/// No more of a source file is read.
const MAX_READ: u64 = 64 << 20;

/// The place, and the marked line if it can be had.
pub(super) fn excerpt(vm: &Vm, place: &TraceEntry, colour: bool) -> String {
    let marked = source(vm, &place.file).and_then(|text| span(&text, place).map(|span| (text, span)));
    match marked {
        Some((text, span)) => render::excerpt(&place.file, &text, span, colour),
        None => format!(" --> {}:{}:{}\n", place.file, place.line, place.column),
    }
}

/// The latest source of that path; a session may load a file again.
fn source(vm: &Vm, path: &str) -> Option<Arc<[u8]>> {
    let known = vm.sources.iter().rev().filter(|source| *source.path == *path);
    known.filter_map(|source| source.text.clone()).next().or_else(|| read(path))
}

/// The text of a source file. The path may come from bytecode that anyone has made: nothing else is
/// opened, above all no pipe that would block.
fn read(path: &str) -> Option<Arc<[u8]>> {
    let path = Path::new(path);
    let plain = path.extension().is_some_and(|extension| extension == "sn") && path.is_file();
    let file = plain.then(|| std::fs::File::open(path).ok())??;
    let mut text = Vec::new();
    file.take(MAX_READ).read_to_end(&mut text).ok()?;
    Some(text.into())
}

/// The bytes that a place means, within its line.
fn span(text: &[u8], place: &TraceEntry) -> Option<Span> {
    let mut lines = text.split(|&byte| byte == b'\n');
    let before = lines.by_ref().take(place.line.checked_sub(1)? as usize);
    let start: usize = before.map(|line| line.len() + 1).sum();
    let line = lines.next()?;
    let from = (place.column.max(1) as usize - 1).min(line.len());
    let to = from.saturating_add(place.length as usize).min(line.len());
    let at = |offset: usize| u32::try_from(start + offset).ok();
    Some(Span::new(at(from)?, at(to)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(line: u32, column: u32, length: u32) -> TraceEntry {
        TraceEntry { function: "".into(), file: "".into(), line, column, length }
    }

    #[test]
    fn places_become_byte_ranges_of_their_line() {
        let text = b"one\ntwo three\nfour";
        assert_eq!(span(text, &place(2, 5, 5)), Some(Span::new(8, 13)));
        assert_eq!(span(text, &place(2, 5, 500)), Some(Span::new(8, 13)));
        assert_eq!(span(text, &place(3, 900, 1)), Some(Span::new(18, 18)));
        assert_eq!(span(text, &place(4, 1, 1)), None);
        assert_eq!(span(text, &place(0, 1, 1)), None);
    }
}
