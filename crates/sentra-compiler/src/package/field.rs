//! The fields of TOML tables, each taken with its type; what is wrong becomes a diagnostic at its place.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike};

use crate::diagnostic::{Code, Diagnostic};
use crate::resolve::suggest::nearest;
use crate::span::Span;

/// Reads a TOML text of limited length.
pub(super) fn document(text: &[u8], longest: usize) -> Result<Document<&str>, Vec<Diagnostic>> {
    let refused = |place: Span, message: String| vec![Diagnostic::new(Code::PackageSyntax, place, message)];
    if text.len() > longest {
        return Err(refused(Span::default(), format!("larger than {} KiB", longest >> 10)));
    }
    let text = std::str::from_utf8(text).map_err(|error| {
        let at = error.valid_up_to() as u32;
        refused(Span::new(at, at + 1), "not UTF-8".to_owned())
    })?;
    Document::parse(text).map_err(|error| {
        let message = error.message().lines().next().unwrap_or("malformed").to_owned();
        refused(place(error.span()), message)
    })
}

/// A table that is being read.
pub(super) struct Fields<'t, 'f> {
    table: &'t dyn TableLike,
    /// Where the table begins.
    span: Span,
    found: &'f mut Vec<Diagnostic>,
}

impl<'t, 'f> Fields<'t, 'f> {
    pub fn of(table: &'t dyn TableLike, found: &'f mut Vec<Diagnostic>) -> Self {
        Self { table, span: Span::default(), found }
    }

    /// Where the table stands.
    pub fn place(&self) -> Span {
        self.span
    }

    /// Complains of every key but these.
    pub fn allow(&mut self, table: &str, known: &[&str]) {
        for (key, span) in self.keys() {
            if !known.contains(&key.as_str()) {
                let help = match nearest(&key, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("known are {}", known.join(", ")),
                };
                let message = format!("{table} has no key `{}`", key.escape_debug());
                self.report(Diagnostic::new(Code::PackageField, span, message).with_help(help));
            }
        }
    }

    /// The keys, each with its place.
    pub fn keys(&self) -> Vec<(String, Span)> {
        self.table.iter().map(|(key, _)| (key.to_owned(), self.place_of(key))).collect()
    }

    /// Where a field stands.
    pub fn place_of(&self, key: &str) -> Span {
        let key = self.table.get_key_value(key);
        key.and_then(|(key, item)| key.span().or_else(|| item.span())).map_or(self.span, |range| place(Some(range)))
    }

    /// The text of a field, if it is there.
    pub fn text(&mut self, key: &str) -> Option<String> {
        let item = self.table.get(key)?;
        match item.as_str() {
            Some(text) => Some(text.to_owned()),
            None => self.wrong_type(key, item, "a string"),
        }
    }

    /// The text of a field, if it is one that the check lets pass.
    pub fn checked(&mut self, key: &str, check: impl Fn(&str) -> Result<(), String>) -> Option<String> {
        let text = self.text(key)?;
        match check(&text) {
            Ok(()) => Some(text),
            Err(reason) => {
                let span = self.table.get(key).and_then(Item::span);
                self.complain(Code::PackageField, span, format!("`{key}`: {reason}"));
                // It is there, so nothing is said of its absence.
                Some(String::new())
            }
        }
    }

    /// A field that is a number.
    pub fn number(&mut self, key: &str) -> Option<i64> {
        let item = self.table.get(key)?;
        match item.as_integer() {
            Some(number) => Some(number),
            None => self.wrong_type(key, item, "a number"),
        }
    }

    /// A field that is a table of its own.
    pub fn table(&mut self, key: &str) -> Option<Fields<'t, '_>> {
        let item = self.table.get(key)?;
        let span = self.place_of(key);
        match item.as_table_like() {
            Some(table) => Some(Fields { table, span, found: self.found }),
            None => self.wrong_type(key, item, "a table"),
        }
    }

    /// The tables of a field that is a list of them.
    pub fn tables(&mut self, key: &str, mut each: impl FnMut(&mut Fields<'_, '_>)) {
        let Some(item) = self.table.get(key) else { return };
        let Some(tables) = item.as_array_of_tables() else {
            self.wrong_type::<()>(key, item, "a list of tables, each headed `[[…]]`");
            return;
        };
        for table in tables {
            each(&mut Fields { table, span: place(table.span()), found: self.found });
        }
    }

    fn wrong_type<T>(&mut self, key: &str, item: &Item, wanted: &str) -> Option<T> {
        let message = format!("`{key}` is {wanted}, not {}", item.type_name());
        self.complain(Code::PackageField, item.span(), message);
        None
    }

    /// Complains that a field is not there, unless it is and something else is wrong with it.
    pub fn missing<T>(&mut self, table: &str, key: &str) -> Option<T> {
        if !self.table.contains_key(key.trim_matches(['[', ']'])) {
            self.report(Diagnostic::new(Code::PackageField, self.span, format!("{table} needs `{key}`")));
        }
        None
    }

    pub fn complain(&mut self, code: Code, span: Option<Range<usize>>, message: String) {
        let span = if span.is_some() { place(span) } else { self.span };
        self.report(Diagnostic::new(code, span, message));
    }

    pub fn report(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }
}

/// A range of the text, as diagnostics have it.
fn place(range: Option<Range<usize>>) -> Span {
    range.map_or(Span::default(), |range| Span::new(range.start as u32, range.end as u32))
}
