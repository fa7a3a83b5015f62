//! One source line as it is shown: tabs widened, control characters replaced, long lines cut
//! round the mark.

use unicode_width::UnicodeWidthChar;

use super::line_start;
use crate::span::Span;

/// Columns of source shown at most.
const MAX_WIDTH: usize = 110;
/// Columns kept before the mark when the line is cut.
const CONTEXT: usize = 40;
/// Bytes looked at on either side of the mark's start.
const REACH: usize = 1_000;

/// A line ready to print, and the columns of its mark.
pub(super) struct Shown {
    pub(super) text: String,
    pub(super) column: usize,
    pub(super) width: usize,
}

/// Shows the line in which a span starts.
pub(super) fn show(text: &[u8], span: Span) -> Shown {
    let offset = text.len().min(span.start as usize);
    let start = line_start(&text[..offset]);
    let length = text[offset..].iter().position(|byte| matches!(byte, b'\n')).unwrap_or(text.len() - offset);
    let stop = text.len().min(span.end as usize).clamp(offset, offset + length);
    let near = character_start(text, start.max(offset.saturating_sub(REACH)));
    let far = (offset + length).min(offset + REACH);
    let before = visible(&text[near..offset]);
    let inside = visible(&text[offset..stop.min(far)]);
    let after = visible(&text[stop.min(far)..far]);
    cut(&before, &inside, &after, near > start, far < offset + length)
}

/// The start of the character in which a byte stands.
fn character_start(text: &[u8], mut offset: usize) -> usize {
    while offset > 0 && text.get(offset).is_some_and(|byte| byte & 0xC0 == 0x80) {
        offset -= 1;
    }
    offset
}

/// Characters with their widths, as they may be sent to a terminal.
fn visible(bytes: &[u8]) -> Vec<(char, usize)> {
    let mut characters = Vec::new();
    for character in String::from_utf8_lossy(bytes).chars() {
        match character {
            '\t' => characters.extend([(' ', 1); 4]),
            '\r' => {}
            _ if is_hidden(character) => characters.push(('\u{FFFD}', 1)),
            _ => characters.push((character, character.width().unwrap_or(0))),
        }
    }
    characters
}

/// Control characters, and those that reorder what is read.
fn is_hidden(character: char) -> bool {
    let reorders = matches!(character, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    character.is_control() || reorders
}

fn width(characters: &[(char, usize)]) -> usize {
    characters.iter().map(|(_, width)| width).sum()
}

/// Joins the parts, leaving out what does not fit.
fn cut(
    before: &[(char, usize)],
    inside: &[(char, usize)],
    after: &[(char, usize)],
    more_before: bool,
    more_after: bool,
) -> Shown {
    let fits = width(before) + width(inside) + width(after) <= MAX_WIDTH && !more_before && !more_after;
    let mut skipped = 0;
    if !fits {
        while width(&before[skipped..]) > CONTEXT {
            skipped += (width(&before[skipped..]) - CONTEXT).div_ceil(2).max(1);
        }
    }
    let kept = &before[skipped.min(before.len())..];
    let mut text = String::new();
    if skipped > 0 || more_before {
        text.push('…');
    }
    let column = width(kept) + usize::from(!text.is_empty());
    let all: Vec<(char, usize)> = kept.iter().chain(inside).chain(after).copied().collect();
    let mut room = MAX_WIDTH;
    let shown = all.iter().take_while(|(_, width)| fits || room.checked_sub(*width).map(|left| room = left).is_some());
    let count = shown.map(|(character, _)| text.push(*character)).count();
    if count < all.len() || more_after {
        text.push('…');
    }
    let marked = width(inside).min((MAX_WIDTH + 1).saturating_sub(column)).max(1);
    Shown { text: text.trim_end().to_owned(), column, width: marked }
}
