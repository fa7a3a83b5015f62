//! Shows diagnostics: as text with the source line and the place marked, or as JSON lines.
//! The only place that knows lines, columns and colours; it reads sources and writes strings.

mod json;
mod line;

pub use json::json;

use crate::diagnostic::{Diagnostic, Severity};
use crate::load::SourceText;
use crate::span::Span;

const RED: &str = "\x1b[1;31m";
const YELLOW: &str = "\x1b[1;33m";
const BLUE: &str = "\x1b[1;34m";
const BOLD: &str = "\x1b[1m";
const PLAIN: &str = "\x1b[0m";

/// A place as people count: lines and characters from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

/// Where a byte of a text stands; a place behind the end is the end.
pub fn position(text: &[u8], offset: u32) -> Position {
    let before = &text[..text.len().min(offset as usize)];
    let start = line_start(before);
    Position { line: 1 + newlines(before), column: 1 + String::from_utf8_lossy(&before[start..]).chars().count() }
}

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

fn line_start(before: &[u8]) -> usize {
    before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1)
}

/// All diagnostics, each with its place, and their number at the end.
pub fn render(diagnostics: &[Diagnostic], sources: &[SourceText], colour: bool) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        text += &one(diagnostic, sources, colour);
        text.push('\n');
    }
    text + &summary(diagnostics)
}

fn one(diagnostic: &Diagnostic, sources: &[SourceText], colour: bool) -> String {
    let paint = Paint { colour };
    let (word, style) = severity(diagnostic.code.severity());
    let head = paint.with(style, &format!("{word}[{}]", diagnostic.code.text()));
    let message = paint.with(BOLD, &format!(": {}", diagnostic.message));
    let mut text = format!("{head}{message}\n");
    if let Some(source) = sources.get(diagnostic.source as usize) {
        text += &marked(&source.path, &source.text, diagnostic.span, paint, style);
    }
    if let Some(help) = &diagnostic.help {
        let margin = " ".repeat(margin(diagnostic, sources));
        text += &format!("{margin} {} {}: {help}\n", paint.with(BLUE, "="), paint.with(BOLD, "help"));
    }
    text
}

/// How wide line numbers are beside the place of a diagnostic.
fn margin(diagnostic: &Diagnostic, sources: &[SourceText]) -> usize {
    let source = sources.get(diagnostic.source as usize);
    source.map_or(1, |source| position(&source.text, diagnostic.span.start).line.to_string().len())
}

/// The word for a severity and its colour.
fn severity(severity: Severity) -> (&'static str, &'static str) {
    match severity {
        Severity::Error => ("error", RED),
        Severity::Warning => ("warning", YELLOW),
    }
}

fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |wanted| diagnostics.iter().filter(|diagnostic| diagnostic.code.severity() == wanted).count();
    let phrase = |count: usize, noun: &str| match count {
        0 => None,
        1 => Some(format!("1 {noun}")),
        _ => Some(format!("{count} {noun}s")),
    };
    let parts = [phrase(count(Severity::Error), "error"), phrase(count(Severity::Warning), "warning")];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("{}\n", parts.join(", ")) }
}

/// ` --> path:line:column`, the source line, and the place marked under it.
pub fn excerpt(path: &str, text: &[u8], span: Span, colour: bool) -> String {
    marked(path, text, span, Paint { colour }, RED)
}

fn marked(path: &str, text: &[u8], span: Span, paint: Paint, style: &str) -> String {
    let place = position(text, span.start);
    let shown = line::show(text, span);
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    let bar = paint.with(BLUE, "|");
    let marks = paint.with(style, &"^".repeat(shown.width));
    let indent = " ".repeat(shown.column);
    format!(
        "{margin}{} {path}:{}:{}\n{margin} {bar}\n{} {bar} {}\n{margin} {bar} {indent}{marks}\n",
        paint.with(BLUE, "-->"),
        place.line,
        place.column,
        paint.with(BLUE, &number),
        shown.text,
    )
}

/// Whether colours are wanted.
#[derive(Clone, Copy)]
struct Paint {
    colour: bool,
}

impl Paint {
    fn with(self, style: &str, text: &str) -> String {
        if self.colour { format!("{style}{text}{PLAIN}") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests;
