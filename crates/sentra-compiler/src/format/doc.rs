//! Documents: text with places where lines may break, after Wadler's algebra. A group is printed
//! on one line if it fits, else each of its own places breaks; every document knows its extents,
//! so that this is decided without looking through it again.

use super::extent::Extent;

/// A document.
#[derive(Debug)]
pub(super) struct Doc<'s> {
    pub(super) node: Node<'s>,
    /// Its extent on one line, but for what cannot be on one.
    pub(super) flat: Extent,
    /// Its extent with its own places broken.
    pub(super) broken: Extent,
    /// Its extent with the group broken that may stay open in a list on one line.
    pub(super) open: Extent,
    /// Whether the group that holds it has to break.
    pub(super) hard: bool,
    /// Whether it holds a group that has to break.
    pub(super) forced: bool,
}

/// The kinds of documents.
#[derive(Debug)]
pub(super) enum Node<'s> {
    /// As it is, with its newlines.
    Text(&'s [u8]),
    /// A place to break, with an empty line or without; otherwise this text.
    Line(&'static str, bool),
    /// A newline, with an empty line or without.
    Hard(bool),
    /// A text for a broken group only.
    IfBroken(&'static str),
    /// A text for the end of the line, wherever that is.
    Suffix(&'s [u8]),
    /// One after the other.
    Concat(Vec<Doc<'s>>),
    /// Further to the right where it breaks.
    Indent(Box<Doc<'s>>),
    /// What does not stay open when its list does.
    Sealed(Box<Doc<'s>>),
    /// Broken as one.
    Group(Box<Group<'s>>),
}

/// What breaks as one.
#[derive(Debug)]
pub(super) struct Group<'s> {
    pub(super) content: Doc<'s>,
    /// Always broken.
    pub(super) forced: bool,
    /// Whether one of its parts may stay open, with the rest on one line.
    pub(super) hugs: bool,
    /// Whether it may be that part.
    pub(super) target: bool,
    /// The bracket that keeps a break which the source has behind it.
    pub(super) bracket: Option<u32>,
}

impl<'s> Doc<'s> {
    fn plain(node: Node<'s>, extent: Extent) -> Self {
        Self { node, flat: extent, broken: extent, open: extent, hard: false, forced: false }
    }

    /// A text as it is.
    pub(super) fn text(text: &'s [u8]) -> Self {
        Self::plain(Node::Text(text), Extent::of(text))
    }

    /// A text of the formatter's own.
    pub(super) fn word(text: &'static str) -> Self {
        Self::plain(Node::Text(text.as_bytes()), Extent::line(text.len() as u32))
    }

    /// Nothing.
    pub(super) fn nothing() -> Self {
        Self::concat(Vec::new())
    }

    /// A place to break, else this text.
    pub(super) fn line_or(flat: &'static str) -> Self {
        Self { broken: Extent::NEWLINE, ..Self::plain(Node::Line(flat, false), Extent::line(flat.len() as u32)) }
    }

    /// A place to break, else a space.
    pub(super) fn line() -> Self {
        Self::line_or(" ")
    }

    /// A place to break, else nothing.
    pub(super) fn soft() -> Self {
        Self::line_or("")
    }

    /// A place to break with an empty line, else a space.
    pub(super) fn blank_line() -> Self {
        Self { node: Node::Line(" ", true), ..Self::line() }
    }

    /// A newline, with an empty line if `blank`.
    pub(super) fn hard(blank: bool) -> Self {
        Self { hard: true, ..Self::plain(Node::Hard(blank), Extent::NEWLINE) }
    }

    /// A text that stands only where the group is broken.
    pub(super) fn if_broken(text: &'static str) -> Self {
        let extent = Extent::line(text.len() as u32);
        Self { broken: extent, ..Self::plain(Node::IfBroken(text), Extent::line(0)) }
    }

    /// A comment that ends its line.
    pub(super) fn suffix(text: &'s [u8]) -> Self {
        Self { hard: true, ..Self::plain(Node::Suffix(text), Extent::line(0)) }
    }

    /// One after the other.
    pub(super) fn concat(parts: Vec<Self>) -> Self {
        let sum = |extent: fn(&Self) -> Extent| parts.iter().fold(Extent::line(0), |sum, part| sum.then(extent(part)));
        Self {
            flat: sum(|part| part.flat),
            broken: sum(|part| part.broken),
            open: sum(|part| part.open),
            hard: parts.iter().any(|part| part.hard),
            forced: parts.iter().any(|part| part.forced),
            node: Node::Concat(parts),
        }
    }

    /// The same, further to the right where it breaks.
    pub(super) fn indent(self) -> Self {
        Self {
            flat: self.flat,
            broken: self.broken,
            open: self.open,
            hard: self.hard,
            forced: self.forced,
            node: Node::Indent(Box::new(self)),
        }
    }

    /// The same, which does not stay open.
    pub(super) fn sealed(self) -> Self {
        Self {
            flat: self.flat,
            broken: self.broken,
            open: self.flat,
            hard: self.hard,
            forced: self.forced,
            node: Node::Sealed(Box::new(self)),
        }
    }

    /// A group.
    pub(super) fn group(self) -> Self {
        Group { content: self, forced: false, hugs: false, target: false, bracket: None }.doc()
    }
}

impl<'s> Group<'s> {
    /// The group as a document.
    pub(super) fn doc(mut self) -> Doc<'s> {
        self.forced |= self.content.hard;
        let content = &self.content;
        let extent = if self.forced { content.broken } else { content.flat };
        Doc {
            flat: extent,
            broken: extent,
            open: if self.target { content.broken } else { extent },
            hard: false,
            forced: self.forced || content.forced,
            node: Node::Group(Box::new(self)),
        }
    }
}
