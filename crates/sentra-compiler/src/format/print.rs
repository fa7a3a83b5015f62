//! Prints documents: decides for each group, from outside, whether it fits on the line.
//! It recurses nowhere, and looks no further ahead than the line is wide.

use super::doc::{Doc, Group, Node};
use super::extent::Extent;

/// The columns of a line.
const WIDTH: u32 = 100;
/// The columns of one step to the right.
const INDENT: u32 = 4;

/// How the places of a group are printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// On one line.
    Flat,
    /// On one line, but for the part that stays open.
    Open,
    /// On lines of their own.
    Broken,
}

/// A document that is still to be printed.
type Rest<'d, 's> = (u32, Mode, &'d Doc<'s>);

/// What was printed.
pub(super) struct Printed {
    pub(super) text: Vec<u8>,
    /// The brackets whose groups were broken though nothing forced them.
    pub(super) broken: Vec<u32>,
}

struct Printer<'d, 's> {
    printed: Printed,
    rest: Vec<Rest<'d, 's>>,
    column: u32,
    /// How far the current line is indented.
    margin: u32,
    /// Whether the indentation is still to be written.
    fresh: bool,
    suffixes: Vec<&'s [u8]>,
}

/// Prints a document.
pub(super) fn print(doc: &Doc<'_>) -> Printed {
    let printed = Printed { text: Vec::new(), broken: Vec::new() };
    let rest = vec![(0, Mode::Broken, doc)];
    let mut printer = Printer { printed, rest, column: 0, margin: 0, fresh: true, suffixes: Vec::new() };
    while let Some((indent, mode, doc)) = printer.rest.pop() {
        printer.one(indent, mode, doc);
    }
    printer.flush(0);
    printer.printed
}

impl<'d, 's> Printer<'d, 's> {
    fn one(&mut self, indent: u32, mode: Mode, doc: &'d Doc<'s>) {
        match &doc.node {
            Node::Text(text) => self.text(text, doc.flat),
            Node::Line(_, blank) if mode == Mode::Broken => self.newline(indent, *blank),
            Node::Line(text, _) => self.text(text.as_bytes(), doc.flat),
            Node::Hard(blank) => self.newline(indent, *blank),
            Node::IfBroken(text) if mode == Mode::Broken => self.text(text.as_bytes(), doc.broken),
            Node::IfBroken(_) => {}
            Node::Suffix(text) => self.suffixes.push(text),
            Node::Concat(parts) => self.rest.extend(parts.iter().rev().map(|part| (indent, mode, part))),
            Node::Indent(inner) => {
                let step = if mode == Mode::Broken { INDENT } else { 0 };
                self.rest.push((indent + step, mode, inner));
            }
            Node::Sealed(inner) => self.rest.push((indent, if mode == Mode::Open { Mode::Flat } else { mode }, inner)),
            Node::Group(group) => {
                let chosen = self.choose(mode, group);
                if let (Mode::Broken, false, Some(bracket)) = (chosen, group.forced, group.bracket) {
                    self.printed.broken.push(bracket);
                }
                self.rest.push((indent, chosen, &group.content));
            }
        }
    }

    fn choose(&self, mode: Mode, group: &Group<'_>) -> Mode {
        if group.forced || mode == Mode::Open && group.target {
            return Mode::Broken;
        }
        if self.fits(group.content.flat) {
            return Mode::Flat;
        }
        if group.hugs && self.fits(group.content.open) { Mode::Open } else { Mode::Broken }
    }

    /// Whether a document of this extent fits here, with what has to follow it on its last line.
    fn fits(&self, extent: Extent) -> bool {
        let column = if self.fresh { self.margin } else { self.column };
        let room = |used: u32| WIDTH.checked_sub(used);
        let Some(left) = room(column.saturating_add(extent.first)) else { return false };
        if !extent.split {
            return self.rest_fits(left);
        }
        // What lies between the first line and the last breaks by itself where it has to.
        room(self.margin.saturating_add(extent.last)).is_some_and(|left| self.rest_fits(left))
    }

    /// Whether the rest fits up to the next place where the line may end.
    fn rest_fits(&self, mut left: u32) -> bool {
        for (_, mode, doc) in self.rest.iter().rev() {
            let mut inner = vec![(*mode, std::slice::from_ref(*doc))];
            while let Some((mode, parts)) = inner.pop() {
                let Some((doc, others)) = parts.split_first() else { continue };
                inner.push((mode, others));
                let width = match &doc.node {
                    Node::Text(_) if doc.flat.split => return doc.flat.first <= left,
                    Node::Line(..) if mode == Mode::Broken => return true,
                    Node::Hard(_) => return true,
                    Node::Text(_) | Node::Line(..) => doc.flat.first,
                    Node::IfBroken(_) if mode == Mode::Broken => doc.broken.first,
                    Node::IfBroken(_) | Node::Suffix(_) => 0,
                    Node::Concat(parts) => push(&mut inner, mode, parts),
                    Node::Indent(part) | Node::Sealed(part) => push(&mut inner, mode, std::slice::from_ref(&**part)),
                    Node::Group(group) => {
                        let mode = if mode == Mode::Flat && !group.forced { Mode::Flat } else { Mode::Broken };
                        push(&mut inner, mode, std::slice::from_ref(&group.content))
                    }
                };
                match left.checked_sub(width) {
                    Some(remaining) => left = remaining,
                    None => return false,
                }
            }
        }
        true
    }

    fn text(&mut self, text: &[u8], extent: Extent) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.fresh) {
            self.printed.text.resize(self.printed.text.len() + self.margin as usize, b' ');
            self.column = self.margin;
        }
        self.printed.text.extend_from_slice(text);
        self.column = if extent.split { extent.last } else { self.column.saturating_add(extent.first) };
    }

    fn newline(&mut self, indent: u32, blank: bool) {
        if self.suffixes.len() > 1 {
            let inside = if self.closes_next() { INDENT } else { 0 };
            self.flush(indent + inside);
        }
        self.flush(indent);
        self.printed.text.extend_from_slice(if blank { b"\n\n" } else { b"\n" });
        self.fresh = true;
        (self.column, self.margin) = (0, indent);
    }

    /// Whether the next line begins with a bracket that closes: what comes before it stands further to the right.
    fn closes_next(&self) -> bool {
        for (_, _, next) in self.rest.iter().rev() {
            let mut inner = vec![*next];
            while let Some(doc) = inner.pop() {
                match &doc.node {
                    Node::Text(text) if !text.is_empty() => return matches!(text[0], b')' | b']' | b'}'),
                    Node::Concat(parts) => inner.extend(parts.iter().rev()),
                    Node::Indent(part) | Node::Sealed(part) => inner.push(part),
                    Node::Group(group) => inner.push(&group.content),
                    _ => {}
                }
            }
        }
        false
    }

    /// Writes the comments that end this line; those after the first have lines of their own, so far to the right.
    fn flush(&mut self, indent: u32) {
        for (index, suffix) in std::mem::take(&mut self.suffixes).into_iter().enumerate() {
            if index > 0 {
                self.printed.text.push(b'\n');
                (self.fresh, self.margin) = (true, indent);
            } else if !self.fresh {
                self.text(b" ", Extent::line(1));
            }
            self.text(suffix, Extent::line(0));
        }
    }
}

/// Puts parts before what is still to be looked at; they have no width of their own.
fn push<'d, 's>(inner: &mut Vec<(Mode, &'d [Doc<'s>])>, mode: Mode, parts: &'d [Doc<'s>]) -> u32 {
    inner.push((mode, parts));
    0
}
