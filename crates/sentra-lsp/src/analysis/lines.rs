//! A text and its lines: bytes to the positions of the protocol and back.

use lsp_types::{Position, Range};
use sentra_compiler::span::Span;

/// What positions count in a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// Code units of UTF-16, as every client understands.
    #[default]
    Utf16,
}

/// A text with the places where its lines begin.
#[derive(Clone, Debug, Default)]
pub struct Text {
    /// The text.
    pub source: String,
    starts: Vec<u32>,
    encoding: Encoding,
}

impl Text {
    /// A text whose positions are counted so.
    pub fn new(source: String, encoding: Encoding) -> Self {
        let mut starts = vec![0];
        let bytes = source.as_bytes();
        for (index, byte) in bytes.iter().enumerate() {
            let ends = *byte == b'\n' || *byte == b'\r' && bytes.get(index + 1) != Some(&b'\n');
            if ends {
                starts.push(index as u32 + 1);
            }
        }
        Self { source, starts, encoding }
    }

    /// The text at a place.
    pub fn slice(&self, span: Span) -> &str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// How many lines there are.
    pub fn line_count(&self) -> u32 {
        self.starts.len() as u32
    }

    /// The line of a byte, from 0.
    pub fn line(&self, offset: u32) -> u32 {
        (self.starts.partition_point(|start| *start <= offset) - 1) as u32
    }

    /// A line without its end.
    pub fn line_span(&self, line: u32) -> Span {
        let Some(&start) = self.starts.get(line as usize) else {
            let end = self.source.len() as u32;
            return Span::new(end, end);
        };
        let end = self.starts.get(line as usize + 1).copied().unwrap_or(self.source.len() as u32);
        let text = self.slice(Span::new(start, end)).trim_end_matches(['\r', '\n']);
        Span::new(start, start + text.len() as u32)
    }

    /// The byte at a position. What lies behind a line's end is its end.
    pub fn offset(&self, position: Position) -> u32 {
        let span = self.line_span(position.line);
        let text = self.slice(span);
        let wanted = position.character as usize;
        let length = match self.encoding {
            Encoding::Utf8 => (0..=wanted.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0),
            Encoding::Utf16 => {
                let mut units = 0;
                let mut fitting = text.char_indices().take_while(|(_, character)| {
                    units += character.len_utf16();
                    units <= wanted
                });
                fitting.by_ref().last().map_or(0, |(index, character)| index + character.len_utf8())
            }
        };
        span.start + length as u32
    }

    /// The position of a byte.
    pub fn position(&self, offset: u32) -> Position {
        let mut end = (offset as usize).min(self.source.len());
        while !self.source.is_char_boundary(end) {
            end -= 1;
        }
        let line = self.line(end as u32);
        let before = &self.source[self.starts[line as usize] as usize..end];
        Position { line, character: self.length(before) }
    }

    /// How long a piece of a line is for the client.
    pub fn length(&self, text: &str) -> u32 {
        match self.encoding {
            Encoding::Utf8 => text.len() as u32,
            Encoding::Utf16 => text.chars().map(char::len_utf16).sum::<usize>() as u32,
        }
    }

    /// The range of a place.
    pub fn range(&self, span: Span) -> Range {
        Range { start: self.position(span.start), end: self.position(span.end) }
    }

    /// The place of a range.
    pub fn span(&self, range: Range) -> Span {
        let start = self.offset(range.start);
        Span::new(start, self.offset(range.end).max(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_counted_as_agreed() {
        let source = "a𝄞é\r\nx\ry\n";
        for (encoding, columns) in [(Encoding::Utf16, [0, 1, 3, 4]), (Encoding::Utf8, [0, 1, 5, 7])] {
            let text = Text::new(source.to_owned(), encoding);
            for (offset, character) in [0, 1, 5, 7].into_iter().zip(columns) {
                let position = Position { line: 0, character };
                assert_eq!(text.position(offset), position);
                assert_eq!(text.offset(position), offset);
            }
            assert_eq!(text.position(9), Position { line: 1, character: 0 });
            assert_eq!(text.line_count(), 4);
            assert_eq!(text.offset(Position { line: 1, character: 99 }), 10);
            assert_eq!(text.offset(Position { line: 99, character: 9 }), source.len() as u32);
        }
        let text = Text::new(source.to_owned(), Encoding::Utf16);
        assert_eq!(text.offset(Position { line: 0, character: 2 }), 1, "the middle of a pair is its start");
    }
}
