//! Diagnostics for programs: one JSON object a line.

use super::position;
use crate::diagnostic::{Diagnostic, Severity};
use crate::load::SourceText;

/// One line for each diagnostic: code, severity, message, help, file, line, column, end_line,
/// end_column. Lines and columns count from 1; the end is the place after the last character.
pub fn json(diagnostics: &[Diagnostic], sources: &[SourceText]) -> String {
    diagnostics.iter().map(|diagnostic| object(diagnostic, sources)).collect()
}

fn object(diagnostic: &Diagnostic, sources: &[SourceText]) -> String {
    let severity = match diagnostic.code.severity() {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let source = sources.get(diagnostic.source as usize);
    let text = source.map_or(&[][..], |source| &source.text);
    let start = position(text, diagnostic.span.start);
    let end = position(text, diagnostic.span.end);
    format!(
        "{{\"code\":{},\"severity\":\"{severity}\",\"message\":{},\"help\":{},\"file\":{},\
         \"line\":{},\"column\":{},\"end_line\":{},\"end_column\":{}}}\n",
        string(diagnostic.code.text()),
        string(&diagnostic.message),
        diagnostic.help.as_deref().map_or_else(|| "null".to_owned(), string),
        source.map_or_else(|| "null".to_owned(), |source| string(&source.path)),
        start.line,
        start.column,
        end.line,
        end.column,
    )
}

/// A JSON string.
fn string(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\n' => quoted += "\\n",
            '\r' => quoted += "\\r",
            '\t' => quoted += "\\t",
            _ if character < ' ' => quoted += &format!("\\u{:04x}", character as u32),
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}
