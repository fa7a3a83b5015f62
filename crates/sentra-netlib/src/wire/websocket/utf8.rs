//! Text that arrives in pieces: whether it is UTF-8, said at the first byte that is not.

/// What was seen of a text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Utf8 {
    /// The beginning of a character whose rest has not arrived.
    open: [u8; 4],
    len: u8,
}

/// The text is no UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalid;

impl Utf8 {
    /// Takes the next piece.
    pub fn take(&mut self, mut piece: &[u8]) -> Result<(), Invalid> {
        while self.len > 0 {
            let Some((&byte, rest)) = piece.split_first() else { return Ok(()) };
            self.open[usize::from(self.len)] = byte;
            self.len += 1;
            piece = rest;
            match std::str::from_utf8(&self.open[..usize::from(self.len)]) {
                Ok(_) => self.len = 0,
                Err(wrong) if wrong.error_len().is_some() => return Err(Invalid),
                Err(_) => {}
            }
        }
        let Err(wrong) = std::str::from_utf8(piece) else { return Ok(()) };
        if wrong.error_len().is_some() {
            return Err(Invalid);
        }
        let open = &piece[wrong.valid_up_to()..];
        self.open[..open.len()].copy_from_slice(open);
        self.len = open.len() as u8;
        Ok(())
    }

    /// The text has ended, and the next one begins.
    pub fn end(&mut self) -> Result<(), Invalid> {
        if std::mem::take(&mut self.len) == 0 { Ok(()) } else { Err(Invalid) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many bytes are taken before the text is refused.
    fn taken(text: &[u8], piece: usize) -> Option<usize> {
        let mut utf8 = Utf8::default();
        let mut pieces = text.chunks(piece).enumerate();
        let refused = pieces.find(|(_, piece)| utf8.take(piece).is_err());
        refused.map(|(number, _)| number * piece).or(utf8.end().is_err().then_some(text.len()))
    }

    #[test]
    fn wrong_bytes_are_noticed_at_once() {
        assert_eq!(taken(b"\xce\xba\xf4\x90\x80\x80", 1), Some(3));
        assert_eq!(taken(b"\xed\xa0\x80", 1), Some(1));
        assert_eq!(taken(b"ab\xc0", 1), Some(2));
        assert_eq!(taken(b"\xf5", 1), Some(0));
        assert_eq!(taken(b"\xe2\x82", 1), Some(2));
        assert_eq!(taken(b"\xe2\x82A", 1), Some(2));
    }

    #[test]
    fn pieces_do_not_matter() {
        let text = "κόσμε \u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff} end";
        for piece in 1..text.len() {
            assert_eq!(taken(text.as_bytes(), piece), None);
        }
    }
}
