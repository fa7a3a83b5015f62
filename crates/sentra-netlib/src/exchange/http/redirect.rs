//! Where a redirect leads, and what of the request goes there (RFC 9110, section 15.4).

use crate::code::Malformed;
use crate::url::{Url, join};

/// What to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    /// Where to go, in normal form.
    pub url: Url,
    /// Whether the method becomes GET and the body is left out.
    pub becomes_get: bool,
    /// Whether scheme, host and port stay the same; if not, credentials stay behind.
    pub stays_at_origin: bool,
}

/// The redirect that a response asks for, if it is one that is followed by itself.
pub fn follow(status: u16, method: &[u8], from: &Url, location: &[u8]) -> Result<Option<Redirect>, Malformed> {
    let becomes_get = match status {
        // For historical reasons a POST becomes a GET; section 15.4.2 and 15.4.3 allow it.
        301 | 302 => method == b"POST",
        303 => method != b"GET" && method != b"HEAD",
        307 | 308 => false,
        _ => return Ok(None),
    };
    let base = from.to_string();
    let mut url = Url::parse(join::join(base.as_bytes(), &encoded(location))?.as_bytes())?.normalised()?;
    if !matches!(&*url.scheme, "http" | "https") {
        return Err(Malformed::whole(format!("`{}` is no scheme of HTTP", url.scheme)));
    }
    // Section 10.2.2: a fragment is inherited.
    url.fragment = url.fragment.or_else(|| from.fragment.clone());
    let stays_at_origin = is_same_origin(&url, from);
    if stays_at_origin && url.user.is_none() {
        (url.user, url.password) = (from.user.clone(), from.password.clone());
    }
    Ok(Some(Redirect { url, becomes_get, stays_at_origin }))
}

/// Whether two URLs lead to the same server in the same way.
pub fn is_same_origin(one: &Url, other: &Url) -> bool {
    one.scheme == other.scheme && one.host == other.host && one.effective_port() == other.effective_port()
}

/// What no URL has but servers write all the same, encoded: blanks and bytes beyond ASCII.
fn encoded(location: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(location.len());
    for &byte in location {
        if byte > b' ' && byte < 0x7f {
            out.push(byte);
        } else {
            out.extend_from_slice(format!("%{byte:02X}").as_bytes());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(status: u16, method: &str, from: &str, location: &str) -> Option<(String, bool, bool)> {
        let from = Url::parse(from.as_bytes()).unwrap();
        let found = follow(status, method.as_bytes(), &from, location.as_bytes()).unwrap()?;
        Some((found.url.to_string(), found.becomes_get, found.stays_at_origin))
    }

    #[test]
    fn methods() {
        for (status, method, becomes_get) in [
            (301, "GET", false),
            (301, "POST", true),
            (302, "POST", true),
            (302, "PUT", false),
            (303, "PUT", true),
            (303, "HEAD", false),
            (307, "POST", false),
            (308, "DELETE", false),
        ] {
            let found = to(status, method, "http://a/b", "/c").unwrap();
            assert_eq!(found, ("http://a/c".to_string(), becomes_get, true), "{status} {method}");
        }
        for status in [200, 300, 304, 305, 306, 400] {
            assert_eq!(to(status, "GET", "http://a/", "/c"), None);
        }
    }

    #[test]
    fn targets() {
        let target = |from: &str, location: &str| to(302, "GET", from, location).unwrap();
        assert_eq!(target("http://a/b/c?d", "e").0, "http://a/b/e");
        assert_eq!(target("http://a/b#f", "c").0, "http://a/c#f");
        assert_eq!(target("http://a/b#f", "c#g").0, "http://a/c#g");
        assert_eq!(target("http://a/", "/x y/\u{fc}").0, "http://a/x%20y/%C3%BC");
        assert_eq!(target("http://u:p@a/", "/b"), ("http://u:p@a/b".to_string(), false, true));
        assert_eq!(target("http://u:p@a/", "http://a:80/b"), ("http://u:p@a/b".to_string(), false, true));
        for other in ["https://a/", "http://b/", "http://a:81/", "//b/"] {
            let (url, _, stays) = target("http://u:p@a/", other);
            assert!(!stays && !url.contains('@'), "{other}");
        }
    }

    #[test]
    fn nowhere() {
        let from = Url::parse(b"http://a/").unwrap();
        for location in
            ["ftp://a/", "file:///etc/passwd", "http://a\\@b/", "http://010.0.0.1/", "javascript:x", "http:///"]
        {
            assert!(follow(302, b"GET", &from, location.as_bytes()).is_err(), "{location}");
        }
    }
}
