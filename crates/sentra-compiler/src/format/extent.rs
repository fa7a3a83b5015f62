//! How much room a document takes: the widths of its first and last line.

/// The extent of a document that is printed in one certain way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// The width of the first line, or of all if there is only one.
    pub first: u32,
    /// The width of the last line, without indentation.
    pub last: u32,
    /// Whether there is more than one line.
    pub split: bool,
}

impl Extent {
    /// One line of that width.
    pub(super) const fn line(width: u32) -> Self {
        Self { first: width, last: 0, split: false }
    }

    /// An empty line's end and the next one's beginning.
    pub(super) const NEWLINE: Self = Self { first: 0, last: 0, split: true };

    /// The extent of this, and right after it that.
    pub(super) fn then(self, next: Self) -> Self {
        let sum = u32::saturating_add;
        match (self.split, next.split) {
            (false, false) => Self::line(sum(self.first, next.first)),
            (false, true) => Self { first: sum(self.first, next.first), ..next },
            (true, false) => Self { last: sum(self.last, next.first), ..self },
            (true, true) => Self { first: self.first, ..next },
        }
    }

    /// The extent of a text as it is.
    pub(super) fn of(text: &[u8]) -> Self {
        let lines = text.split(|byte| *byte == b'\n').map(|line| Self::line(width(line)));
        lines.reduce(|before, line| before.then(Self::NEWLINE).then(line)).unwrap_or_default()
    }
}

/// How many columns a text on one line takes.
fn width(text: &[u8]) -> u32 {
    use unicode_width::UnicodeWidthStr;
    if text.is_ascii() {
        return text.len() as u32;
    }
    String::from_utf8_lossy(text).width() as u32
}
