//! The source line of an error with the place marked beneath. The text comes from the VM's sources
//! or, for a `.sbc` file, from the source file if it is still there.

use std::borrow::Cow;
use std::fmt::Write;
use std::io::{Read, Seek, SeekFrom};

use crate::fault::TraceEntry;
use crate::vm::Vm;

/// The widest part of a line that is shown.
const MAX_WIDTH: usize = 110;
/// Characters kept before the place in a line that is too long.
const BEFORE: usize = 40;
/// No more of a source file is searched for a line.
const MAX_READ: u64 = 64 << 20;

/// Colours, or none.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    colour: bool,
}

impl Style {
    pub(crate) fn new(colour: bool) -> Self {
        Self { colour }
    }

    fn paint<'a>(self, code: &str, text: &'a str) -> Cow<'a, str> {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m").into() } else { text.into() }
    }

    pub(crate) fn error(self, text: &str) -> Cow<'_, str> {
        self.paint("1;31", text)
    }

    pub(crate) fn strong(self, text: &str) -> Cow<'_, str> {
        self.paint("1", text)
    }

    pub(crate) fn faint(self, text: &str) -> Cow<'_, str> {
        self.paint("2", text)
    }

    fn frame(self, text: &str) -> Cow<'_, str> {
        self.paint("1;34", text)
    }
}

/// Writes the place, and the line if it can be had.
pub(super) fn write(report: &mut String, vm: &Vm, place: &TraceEntry, style: Style) {
    let number = place.line.to_string();
    let indent = " ".repeat(number.len());
    let at = format!("{}:{}:{}", place.file, place.line, place.column);
    let _ = writeln!(report, "{indent}{} {at}", style.frame("-->"));
    let Some(line) = source_line(vm, place) else { return };
    let (text, mark) = marked(&line, place.column as usize, place.length as usize);
    let _ = writeln!(report, "{indent} {}", style.frame("|"));
    let _ = writeln!(report, "{} {} {}", style.frame(&number), style.frame("|"), text.trim_end());
    let _ = writeln!(report, "{indent} {} {}", style.frame("|"), style.error(&mark));
}

fn source_line(vm: &Vm, place: &TraceEntry) -> Option<Vec<u8>> {
    let known = vm.sources.iter().rev().find(|source| source.path == place.file && source.text.is_some());
    match known.and_then(|source| source.text.as_deref()) {
        Some(text) => nth_line(text, place.line),
        None => nth_line(&read_source(&place.file)?, place.line),
    }
}

/// The file's text; nothing for what is no plain file.
fn read_source(path: &str) -> Option<Vec<u8>> {
    let mut file = std::fs::File::open(path).ok().filter(|file| file.metadata().is_ok_and(|data| data.is_file()))?;
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(MAX_READ).read_to_end(&mut text).ok()?;
    Some(text)
}

fn nth_line(text: &[u8], number: u32) -> Option<Vec<u8>> {
    text.split(|&byte| byte == b'\n').nth(number.checked_sub(1)? as usize).map(<[u8]>::to_vec)
}

/// The line as shown, tabs made even, cut round the place; and the marks beneath.
fn marked(line: &[u8], column: usize, length: usize) -> (String, String) {
    let start = column.saturating_sub(1).min(line.len());
    let end = start.saturating_add(length.max(1)).min(line.len());
    let part = |range: &[u8]| plain(&String::from_utf8_lossy(range));
    let (mut before, inside, mut after) = (part(&line[..start]), part(&line[start..end]), part(&line[end..]));
    let inside = cut(&inside, MAX_WIDTH - BEFORE);
    let excess = before.chars().count() + inside.chars().count() + after.chars().count();
    if excess > MAX_WIDTH {
        let skipped = before.chars().count().saturating_sub(BEFORE);
        if skipped > 0 {
            before = format!("…{}", before.chars().skip(skipped + 1).collect::<String>());
        }
        after = cut(&after, (MAX_WIDTH - BEFORE).saturating_sub(inside.chars().count()));
    }
    let mark = " ".repeat(width(&before)) + &"^".repeat(width(&inside).max(1));
    (format!("{before}{inside}{after}"), mark)
}

/// Tabs as spaces, other control characters as `?`.
fn plain(text: &str) -> String {
    text.replace('\t', "    ").replace(|c: char| c.is_control(), "?")
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// Columns that a terminal takes for a text.
fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    match c as u32 {
        0x300..=0x36F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6F => 2,
        0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1F64F | 0x1F900..=0x1F9FF | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_the_place() {
        assert_eq!(marked(b"log(1 / zero)", 5, 8), ("log(1 / zero)".into(), "    ^^^^^^^^".into()));
    }

    #[test]
    fn tabs_and_wide_characters_keep_the_mark_beneath() {
        let (line, mark) = marked("\t\"字\" + x".as_bytes(), 9, 1);
        assert_eq!(line, "    \"字\" + x");
        assert_eq!(mark, "         ^");
    }

    #[test]
    fn a_place_beyond_the_line_is_its_end() {
        assert_eq!(marked(b"ab", 900, 5), ("ab".into(), "  ^".into()));
    }

    #[test]
    fn a_long_line_is_cut_round_the_place() {
        let line = format!("{}HERE{}", "a".repeat(500), "b".repeat(500));
        let (line, mark) = marked(line.as_bytes(), 501, 4);
        assert!(line.chars().count() <= MAX_WIDTH + 1);
        assert_eq!(line.chars().position(|c| c == 'H'), Some(mark.find('^').unwrap_or_default()));
    }
}
