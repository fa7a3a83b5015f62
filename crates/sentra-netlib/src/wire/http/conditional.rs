//! Conditional requests (RFC 9110, section 13): which of them are answered with the resource,
//! with 304 or with 412.

use super::date;

/// An entity tag (RFC 9110, section 8.8.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityTag<'a> {
    /// Whether it only says "equivalent", not "the same bytes".
    pub weak: bool,
    /// What stands between the quotes.
    pub opaque: &'a [u8],
}

impl<'a> EntityTag<'a> {
    /// Reads one tag that is all of the text.
    pub fn read(text: &'a [u8]) -> Option<Self> {
        Self::first(text).filter(|(_, rest)| rest.is_empty()).map(|(tag, _)| tag)
    }

    /// Reads the tag that a text begins with; what is behind it.
    fn first(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (weak, text) = text.strip_prefix(b"W/").map_or((false, text), |rest| (true, rest));
        let text = text.strip_prefix(b"\"")?;
        let end = text.iter().position(|&byte| byte == b'"')?;
        let is_tag = text[..end].iter().all(|&byte| byte == b'!' || (0x23..=0x7e).contains(&byte) || byte >= 0x80);
        is_tag.then(|| (Self { weak, opaque: &text[..end] }, &text[end + 1..]))
    }

    /// The comparison by which both must be the same bytes.
    fn is_strongly(self, other: EntityTag<'_>) -> bool {
        !self.weak && !other.weak && self.opaque == other.opaque
    }
}

/// What is known of the resource that is to be sent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Validators<'a> {
    /// Its tag.
    pub tag: Option<EntityTag<'a>>,
    /// When it was changed, in seconds since 1970.
    pub modified: Option<u64>,
}

/// The fields of a request that make it conditional, as they came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Conditions<'a> {
    /// `If-Match`
    pub if_match: Option<&'a [u8]>,
    /// `If-None-Match`
    pub if_none_match: Option<&'a [u8]>,
    /// `If-Modified-Since`
    pub if_modified_since: Option<&'a [u8]>,
    /// `If-Unmodified-Since`
    pub if_unmodified_since: Option<&'a [u8]>,
    /// `If-Range`
    pub if_range: Option<&'a [u8]>,
}

/// What the conditions ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The request is done as if there were none.
    Proceed,
    /// 304: the client has it.
    NotModified,
    /// 412: it is not what the client thinks.
    Failed,
}

impl Conditions<'_> {
    /// Whether there is none that decides about the request as a whole.
    pub fn is_empty(&self) -> bool {
        let fields = [self.if_match, self.if_none_match, self.if_modified_since, self.if_unmodified_since];
        fields.iter().all(Option::is_none)
    }

    /// Decides for a resource that exists, in the order of section 13.2.2. `reads` is whether
    /// the method is GET or HEAD; `now` tells years of two digits.
    pub fn decide(&self, resource: Validators<'_>, reads: bool, now: u64) -> Verdict {
        let when = |field: Option<&[u8]>| field.and_then(|text| date::read(text, now)).zip(resource.modified);
        let expected = match (self.if_match, when(self.if_unmodified_since)) {
            (Some(tags), _) => names(tags, resource.tag, |one, other| one.is_strongly(other)),
            (None, Some((since, modified))) => modified <= since,
            (None, None) => true,
        };
        if !expected {
            return Verdict::Failed;
        }
        match (self.if_none_match, when(self.if_modified_since)) {
            (Some(tags), _) if names(tags, resource.tag, |one, other| one.opaque == other.opaque) => {
                if reads {
                    Verdict::NotModified
                } else {
                    Verdict::Failed
                }
            }
            (None, Some((since, modified))) if reads && modified <= since => Verdict::NotModified,
            _ => Verdict::Proceed,
        }
    }

    /// Whether a range may be sent instead of the whole (section 13.1.5): the client's part is of
    /// the very same bytes. A date counts only if nothing can have changed since in its second.
    pub fn allow_range(&self, resource: Validators<'_>, now: u64) -> bool {
        let Some(text) = self.if_range else { return true };
        if let Some(tag) = EntityTag::read(text) {
            return resource.tag.is_some_and(|own| own.is_strongly(tag));
        }
        let (Some(since), Some(modified)) = (date::read(text, now), resource.modified) else { return false };
        since == modified && modified < now
    }
}

/// Whether a list of tags, or `*`, names the resource's tag. Behind something that is no tag
/// nothing counts.
fn names(list: &[u8], own: Option<EntityTag<'_>>, same: impl Fn(EntityTag<'_>, EntityTag<'_>) -> bool) -> bool {
    if list.trim_ascii() == b"*" {
        return true;
    }
    let Some(own) = own else { return false };
    let mut rest = list;
    loop {
        let start = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b','));
        let Some((tag, behind)) = start.and_then(|at| EntityTag::first(&rest[at..])) else { return false };
        if same(own, tag) {
            return true;
        }
        let ended = behind.trim_ascii_start();
        if !ended.is_empty() && ended[0] != b',' {
            return false;
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODIFIED: u64 = 784_111_777;
    const THEN: &[u8] = b"Sun, 06 Nov 1994 08:49:37 GMT";
    const BEFORE: &[u8] = b"Sun, 06 Nov 1994 08:49:36 GMT";
    const NOW: u64 = 1_700_000_000;

    fn resource() -> Validators<'static> {
        Validators { tag: EntityTag::read(b"\"abc\""), modified: Some(MODIFIED) }
    }

    fn verdict(conditions: &Conditions<'_>) -> Verdict {
        conditions.decide(resource(), true, NOW)
    }

    #[test]
    fn if_none_match() {
        let with = |text: &'static str| Conditions { if_none_match: Some(text.as_bytes()), ..Conditions::default() };
        for text in
            ["\"abc\"", "W/\"abc\"", "*", " * ", "\"x\", \"abc\"", "\"x\",W/\"abc\",", ", ,\"abc\"", "\"a,b\", \"abc\""]
        {
            assert_eq!(verdict(&with(text)), Verdict::NotModified, "{text}");
            assert_eq!(with(text).decide(resource(), false, NOW), Verdict::Failed, "{text}");
        }
        for text in ["", "\"x\"", "abc", "\"abc", "w/\"abc\"", "\"x\" \"abc\"", "x, \"abc\"", "\"ab\"c\"", "\"a bc\""] {
            assert_eq!(verdict(&with(text)), Verdict::Proceed, "{text}");
        }
        // The tag decides alone where there is one.
        let both = Conditions { if_modified_since: Some(THEN), ..with("\"x\"") };
        assert_eq!(verdict(&both), Verdict::Proceed);
    }

    #[test]
    fn dates() {
        let since = |text| Conditions { if_modified_since: Some(text), ..Conditions::default() };
        assert_eq!(verdict(&since(THEN)), Verdict::NotModified);
        assert_eq!(verdict(&since(BEFORE)), Verdict::Proceed);
        assert_eq!(verdict(&since(b"yesterday")), Verdict::Proceed);
        assert_eq!(since(THEN).decide(resource(), false, NOW), Verdict::Proceed);
        let unless = |text| Conditions { if_unmodified_since: Some(text), ..Conditions::default() };
        assert_eq!(verdict(&unless(THEN)), Verdict::Proceed);
        assert_eq!(verdict(&unless(BEFORE)), Verdict::Failed);
        assert_eq!(verdict(&unless(b"")), Verdict::Proceed);
    }

    #[test]
    fn if_match_is_strong() {
        let with = |text: &'static str| Conditions { if_match: Some(text.as_bytes()), ..Conditions::default() };
        assert_eq!(verdict(&with("\"abc\"")), Verdict::Proceed);
        assert_eq!(verdict(&with("*")), Verdict::Proceed);
        assert_eq!(verdict(&with("W/\"abc\"")), Verdict::Failed);
        assert_eq!(verdict(&with("\"x\"")), Verdict::Failed);
        let both = Conditions { if_unmodified_since: Some(BEFORE), ..with("\"abc\"") };
        assert_eq!(verdict(&both), Verdict::Proceed);
        assert!(!both.is_empty() && Conditions::default().is_empty());
    }

    #[test]
    fn ranges_of_the_same_bytes_only() {
        let with = |text: &'static [u8]| Conditions { if_range: Some(text), ..Conditions::default() };
        assert!(Conditions::default().allow_range(resource(), NOW));
        assert!(with(b"\"abc\"").allow_range(resource(), NOW));
        assert!(with(THEN).allow_range(resource(), NOW));
        assert!(!with(THEN).allow_range(resource(), MODIFIED), "it may change again in this second");
        for text in [&b"W/\"abc\""[..], b"\"x\"", BEFORE, b"*", b"", b"\"abc\", \"x\""] {
            assert!(!with(text).allow_range(resource(), NOW), "{text:?}");
        }
        let weak = Validators { tag: EntityTag::read(b"W/\"abc\""), ..resource() };
        assert!(!with(b"W/\"abc\"").allow_range(weak, NOW));
    }
}
