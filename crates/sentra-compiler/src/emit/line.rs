//! Byte positions to lines and columns.

use sentra_bytecode::Position;

use crate::span::Span;

/// Where each line of a source text starts.
pub struct LineTable {
    starts: Vec<u32>,
}

impl LineTable {
    /// The table of a text.
    pub fn new(text: &[u8]) -> Self {
        let newlines = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let starts = std::iter::once(0).chain(newlines.map(|(index, _)| index as u32 + 1)).collect();
        Self { starts }
    }

    /// The position of an instruction that comes from a span.
    pub fn position(&self, instruction: u32, span: Span) -> Position {
        let line = self.starts.partition_point(|start| *start <= span.start).max(1);
        let column = span.start - self.starts[line - 1] + 1;
        let length = span.end.saturating_sub(span.start).max(1);
        Position { instruction, line: line as u32, column, length }
    }
}
