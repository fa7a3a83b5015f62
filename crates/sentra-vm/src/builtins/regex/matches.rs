//! All matches of a pattern, from left to right: the one rule of where the next one may be.

use super::pattern::Pattern;
use crate::interpret::iterate::character_len;

/// How far a walk over a subject's matches is. An empty match stands neither directly
/// behind another match nor within a character.
#[derive(Clone, Copy, Default)]
pub(super) struct Walk {
    /// Where the last match ended.
    pub last_end: Option<usize>,
}

impl Walk {
    /// The next match; `search` looks for one at or after a place.
    fn next(
        &mut self,
        subject: &[u8],
        mut search: impl FnMut(usize) -> Option<(usize, usize)>,
    ) -> Option<(usize, usize)> {
        let mut from = self.last_end.unwrap_or(0);
        while from <= subject.len() {
            let (start, end) = search(from)?;
            if start < end || self.last_end != Some(end) && is_boundary(subject, end) {
                self.last_end = Some(end);
                return Some((start, end));
            }
            from = end + 1;
        }
        None
    }

    /// The next match.
    pub fn find(&mut self, pattern: &mut Pattern, subject: &[u8]) -> Option<(usize, usize)> {
        self.next(subject, |from| pattern.find_from(subject, from))
    }

    /// The next match, whose groups the pattern then knows.
    pub fn capture(&mut self, pattern: &mut Pattern, subject: &[u8]) -> Option<(usize, usize)> {
        self.next(subject, |from| pattern.capture_from(subject, from))
    }
}

/// Whether no character goes across a place.
fn is_boundary(subject: &[u8], at: usize) -> bool {
    let continues = subject.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    !continues || !(1..=3.min(at)).any(|back| character_len(&subject[at - back..]) > back)
}

#[cfg(test)]
mod tests {
    use super::is_boundary;

    #[test]
    fn characters_have_no_boundary_inside() {
        let text = "aé🚀".as_bytes();
        let boundaries: Vec<usize> = (0..=text.len()).filter(|&at| is_boundary(text, at)).collect();
        assert_eq!(boundaries, [0, 1, 3, 7]);
        let broken = b"\x80\xC3\x80\xE2\x82";
        let boundaries: Vec<usize> = (0..=broken.len()).filter(|&at| is_boundary(broken, at)).collect();
        assert_eq!(boundaries, [0, 1, 3, 4, 5]);
    }
}
