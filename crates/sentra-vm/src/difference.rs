//! How two values differ, for people who look at a failed assertion: lines of either, marked, or
//! the place in a long string. Values of any size give a text of bounded size.

use std::fmt::Write;

use crate::heap::{Array, Heap};
use crate::show;
use crate::value::Value;

/// Values that take more bytes than about this are not laid out.
const MOST_BYTES: usize = 1 << 20;
/// Comparing every line with every line is for at most so many pairs.
const MOST_PAIRS: usize = 1 << 20;
/// Lines shown around those that differ, and lines shown at all.
const CONTEXT: usize = 2;
const MOST_LINES: usize = 60;
/// Bytes shown of a long line, and around the first that differs in a long string.
const MOST_COLUMNS: usize = 160;
const AROUND: usize = 30;
/// Values whose texts are shorter than this can be compared by eye.
const SHORT: usize = 60;

/// The difference in lines, or nothing where the values side by side say enough.
pub(crate) fn between(heap: &Heap, wanted: Value, got: Value) -> String {
    if !is_small(wanted) || !is_small(got) {
        return String::new();
    }
    if let (Some(wanted), Some(got)) = (wanted.as_bytes(), got.as_bytes()) {
        return between_texts(wanted, got);
    }
    let (wanted, got) = (show::pretty(heap, wanted, false), show::pretty(heap, got, false));
    match wanted.contains('\n') || got.contains('\n') {
        true => in_lines(&wanted, &got),
        false => String::new(),
    }
}

/// Whether laying the value out takes a bounded effort.
pub(crate) fn is_small(value: Value) -> bool {
    let mut left = MOST_BYTES;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        // What a container has is charged before it is put aside: that takes memory too.
        let elements = value.as_array().map_or(0, Array::len) + value.as_map().map_or(0, |map| 2 * map.len());
        let bytes = value.as_bytes().map_or(0, <[u8]>::len);
        let Some(less) = left.checked_sub(bytes + 8 * elements) else { return false };
        left = less;
        if let Some(array) = value.as_array() {
            open.extend(array.iter());
        } else if let Some(map) = value.as_map() {
            open.extend(map.iter().flat_map(|(key, value)| [key, value]));
        }
    }
    true
}

fn between_texts(wanted: &[u8], got: &[u8]) -> String {
    if wanted.len().max(got.len()) < SHORT && !(wanted.contains(&b'\n') && got.contains(&b'\n')) {
        return String::new();
    }
    if wanted.contains(&b'\n') || got.contains(&b'\n') {
        return in_lines(&String::from_utf8_lossy(wanted), &String::from_utf8_lossy(got));
    }
    let at = wanted.iter().zip(got).take_while(|(one, other)| one == other).count();
    let (wanted, got) = (around(wanted, at), around(got, at));
    format!("first difference at byte {at}:\n  expected {wanted}\n  got      {got}\n")
}

/// The part of a text around a place, quoted.
fn around(text: &[u8], at: usize) -> String {
    let (from, to) = (at.saturating_sub(AROUND), (at + AROUND).min(text.len()));
    let mut shown = Vec::new();
    show::quote(&mut shown, &text[from..to]);
    let (before, after) = (if from > 0 { "…" } else { "" }, if to < text.len() { "…" } else { "" });
    format!("{before}{}{after}", String::from_utf8_lossy(&shown))
}

/// A line of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line<'a> {
    Same(&'a str),
    Wanted(&'a str),
    Got(&'a str),
}

fn in_lines(wanted: &str, got: &str) -> String {
    let (wanted, got): (Vec<&str>, Vec<&str>) = (wanted.split('\n').collect(), got.split('\n').collect());
    let lines = compare(&wanted, &got);
    let mut out = String::from("  - expected  + got\n");
    let near = |at: usize| {
        let around = &lines[at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(lines.len())];
        around.iter().any(|line| !matches!(line, Line::Same(_)))
    };
    let (mut shown, mut gap) = (0, false);
    for (at, line) in lines.iter().enumerate() {
        if !near(at) {
            gap = true;
            continue;
        }
        if shown == MOST_LINES {
            out.push_str("  … more that differs\n");
            break;
        }
        if std::mem::take(&mut gap) {
            out.push_str("  …\n");
        }
        let (mark, text) = match line {
            Line::Same(text) => (' ', text),
            Line::Wanted(text) => ('-', text),
            Line::Got(text) => ('+', text),
        };
        let _ = writeln!(out, "  {mark} {}", visible(text));
        shown += 1;
    }
    out
}

/// A line as a terminal may show it.
fn visible(line: &str) -> String {
    let mut out: String =
        line.chars().take(MOST_COLUMNS).map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect();
    if line.chars().nth(MOST_COLUMNS).is_some() {
        out.push('…');
    }
    out
}

/// The lines of both, those that are the same in both once: by the longest common subsequence of
/// what lies between the first and the last difference.
fn compare<'a>(wanted: &[&'a str], got: &[&'a str]) -> Vec<Line<'a>> {
    let front = wanted.iter().zip(got).take_while(|(one, other)| one == other).count();
    let (left, right) = (&wanted[front..], &got[front..]);
    let back = left.iter().rev().zip(right.iter().rev()).take_while(|(one, other)| one == other).count();
    let (left, right) = (&left[..left.len() - back], &right[..right.len() - back]);
    let mut lines: Vec<Line> = wanted[..front].iter().map(|line| Line::Same(line)).collect();
    if left.len().saturating_mul(right.len()) > MOST_PAIRS {
        lines.extend(left.iter().map(|line| Line::Wanted(line)));
        lines.extend(right.iter().map(|line| Line::Got(line)));
    } else {
        middle(left, right, &mut lines);
    }
    lines.extend(wanted[wanted.len() - back..].iter().map(|line| Line::Same(line)));
    lines
}

fn middle<'a>(left: &[&'a str], right: &[&'a str], lines: &mut Vec<Line<'a>>) {
    // common[i][j]: how many lines left[i..] and right[j..] have in common.
    let width = right.len() + 1;
    let mut common = vec![0_u32; (left.len() + 1) * width];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            common[i * width + j] = match left[i] == right[j] {
                true => common[(i + 1) * width + j + 1] + 1,
                false => common[(i + 1) * width + j].max(common[i * width + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            lines.push(Line::Same(left[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == right.len() || i < left.len() && common[(i + 1) * width + j] >= common[i * width + j + 1] {
            lines.push(Line::Wanted(left[i]));
            i += 1;
        } else {
            lines.push(Line::Got(right[j]));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_lines_are_found_between_equal_ones() {
        let (wanted, got) = (["a", "b", "c", "d"], ["a", "x", "c", "y", "d"]);
        let lines = compare(&wanted, &got);
        let kept = |unwanted: fn(&Line) -> bool| -> Vec<&str> {
            let text = |line: &Line<'static>| match *line {
                Line::Same(text) | Line::Wanted(text) | Line::Got(text) => text,
            };
            lines.iter().filter(|line| !unwanted(line)).map(text).collect()
        };
        assert_eq!(kept(|line| matches!(line, Line::Got(_))), wanted);
        assert_eq!(kept(|line| matches!(line, Line::Wanted(_))), got);
        assert_eq!(lines.len(), 6);
    }

    #[test]
    fn long_texts_show_where_they_begin_to_differ() {
        let wanted = "x".repeat(500) + "a" + &"y".repeat(500);
        let got = wanted.replace('a', "b");
        let text = between_texts(wanted.as_bytes(), got.as_bytes());
        assert!(text.starts_with("first difference at byte 500:\n  expected …\"xxx"), "{text}");
        assert!(text.len() < 300, "{text}");
    }

    #[test]
    fn large_texts_are_compared_in_bounded_time_and_space() {
        let many = |word: &str| (0..30_000).map(|number| format!("{word} {number}\n")).collect::<String>();
        let text = in_lines(&many("a"), &many("b"));
        assert!(text.lines().count() < MOST_LINES + 5);
    }
}
