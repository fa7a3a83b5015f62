//! References that are relative to a URL (RFC 3986, section 5).

use super::{Split, Url, split};
use crate::code::Malformed;

/// The URL that a reference means on the page of a base URL.
pub fn join(base: &[u8], reference: &[u8]) -> Result<String, Malformed> {
    // The base has to be a proper URL; what is joined is its text.
    Url::parse(base)?;
    let target = resolve(&split(base)?, &split(reference)?);
    Url::parse(target.as_bytes())?;
    Ok(target)
}

/// Section 5.2.2; the base has a scheme.
fn resolve(base: &Split, reference: &Split) -> String {
    let (authority, path, query) = if reference.scheme.is_some() || reference.authority.is_some() {
        (reference.authority, remove_dots(reference.path), reference.query)
    } else if reference.path.is_empty() {
        (base.authority, base.path.into(), reference.query.or(base.query))
    } else if reference.path.starts_with('/') {
        (base.authority, remove_dots(reference.path), reference.query)
    } else {
        (base.authority, remove_dots(&merge(base, reference.path)), reference.query)
    };
    let mut target = String::new();
    if let Some(scheme) = reference.scheme.or(base.scheme) {
        target += scheme;
        target.push(':');
    }
    if let Some(authority) = authority {
        target += "//";
        target += authority;
    } else if path.starts_with("//") {
        // Without this the path would turn into an authority.
        target += "/.";
    }
    target += &path;
    for (mark, part) in [('?', query), ('#', reference.fragment)] {
        if let Some(part) = part {
            target.push(mark);
            target += part;
        }
    }
    target
}

/// Section 5.2.3
fn merge(base: &Split, path: &str) -> String {
    if base.authority.is_some() && base.path.is_empty() {
        return format!("/{path}");
    }
    let end = base.path.rfind('/').map_or(0, |slash| slash + 1);
    format!("{}{path}", &base.path[..end])
}

/// Section 5.2.4
fn remove_dots(path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let absolute = path.starts_with('/');
    let mut segments = path.strip_prefix('/').unwrap_or(path).split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => drop(out.pop()),
            _ => {
                out.push(segment);
                continue;
            }
        }
        if is_last {
            out.push("");
        }
    }
    let joined = out.join("/");
    if absolute { format!("/{joined}") } else { joined }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3986, section 5.4.
    const EXAMPLES: &[(&str, &str)] = &[
        ("g:h", "g:h"),
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("#s", "http://a/b/c/d;p?q#s"),
        ("g#s", "http://a/b/c/g#s"),
        ("g?y#s", "http://a/b/c/g?y#s"),
        (";x", "http://a/b/c/;x"),
        ("g;x", "http://a/b/c/g;x"),
        ("g;x?y#s", "http://a/b/c/g;x?y#s"),
        ("", "http://a/b/c/d;p?q"),
        (".", "http://a/b/c/"),
        ("./", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../..", "http://a/"),
        ("../../", "http://a/"),
        ("../../g", "http://a/g"),
        ("../../../g", "http://a/g"),
        ("../../../../g", "http://a/g"),
        ("/./g", "http://a/g"),
        ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."),
        (".g", "http://a/b/c/.g"),
        ("g..", "http://a/b/c/g.."),
        ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"),
        ("./g/.", "http://a/b/c/g/"),
        ("g/./h", "http://a/b/c/g/h"),
        ("g/../h", "http://a/b/c/h"),
        ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
        ("g;x=1/../y", "http://a/b/c/y"),
        ("g?y/./x", "http://a/b/c/g?y/./x"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
        ("g#s/./x", "http://a/b/c/g#s/./x"),
        ("g#s/../x", "http://a/b/c/g#s/../x"),
    ];

    #[test]
    fn the_examples_of_rfc_3986() {
        for (reference, target) in EXAMPLES {
            assert_eq!(join(b"http://a/b/c/d;p?q", reference.as_bytes()).as_deref(), Ok(*target), "{reference:?}");
        }
        // The strict answer of section 5.4.2 is a URL without host, which http does not allow.
        assert!(join(b"http://a/b/c/d;p?q", b"http:g").is_err());
        assert_eq!(join(b"http://a", b"g").as_deref(), Ok("http://a/g"));
        assert_eq!(join(b"x:a/b", b"/..//c").as_deref(), Ok("x:/.//c"));
    }
}
