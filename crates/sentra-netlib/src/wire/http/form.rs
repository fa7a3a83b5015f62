//! Forms as `application/x-www-form-urlencoded` (the URL standard, section 5.1).

use std::borrow::Cow;

use crate::code::percent;

/// A field's name and value.
pub type Field<'a> = (Cow<'a, [u8]>, Cow<'a, [u8]>);

/// The fields of a form, decoded and in their order. Nothing if there are more than `most`.
pub fn fields(body: &[u8], most: usize) -> Option<Vec<Field<'_>>> {
    let fields: Vec<_> = percent::pairs(body).take(most + 1).collect();
    (fields.len() <= most).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_bounded() {
        assert_eq!(
            fields(b"a=1&b=%C3%BC+x", 2).unwrap()[1],
            (Cow::Borrowed(&b"b"[..]), Cow::Borrowed("ü x".as_bytes()))
        );
        assert!(fields(b"a=1&b=2&c", 2).is_none());
        assert!(fields(b"&&&&&&", 0).unwrap().is_empty());
    }
}
