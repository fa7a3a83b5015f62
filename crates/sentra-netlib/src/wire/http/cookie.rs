//! Cookies as a client keeps them (RFC 6265, section 5).
//!
//! Without a list of public suffixes a cookie for a whole domain has to be for a name with a dot
//! in it, and an address has cookies of its own only.

mod time;

use crate::network::parse_address;
use crate::url::Url;

/// The longest name and value together that are kept.
const MOST_BYTES: usize = 4096;
/// The longest value of an attribute that is looked at, as in RFC 6265bis, section 5.6.
const MOST_OF_ATTRIBUTE: usize = 1024;
/// The most cookies of one domain, and of all.
const MOST_OF_DOMAIN: usize = 60;
const MOST: usize = 3000;

/// A cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    /// Its name.
    pub name: Vec<u8>,
    /// Its value.
    pub value: Vec<u8>,
    /// The host that it is for.
    pub domain: String,
    /// Whether it is for that host alone and not for those below it.
    pub host_only: bool,
    /// Where on the host it is for.
    pub path: String,
    /// Seconds since 1970 at which it ends; nothing if it stays as long as the jar.
    pub expires: Option<i64>,
    /// Whether it goes over TLS only.
    pub secure: bool,
    /// When it was made, in the order of all.
    created: u64,
}

/// The cookies of a session.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    cookies: Vec<Cookie>,
    made: u64,
}

/// `name=value` and the attributes behind it (section 5.2).
struct SetCookie<'a> {
    name: &'a [u8],
    value: &'a [u8],
    domain: Option<String>,
    path: Option<&'a str>,
    expires: Option<i64>,
    max_age: Option<i64>,
    secure: bool,
}

fn trim(text: &[u8]) -> &[u8] {
    super::field::trim(text)
}

impl<'a> SetCookie<'a> {
    fn parse(text: &'a [u8]) -> Option<Self> {
        if !super::field::is_value(text) {
            return None;
        }
        let mut parts = text.split(|&byte| byte == b';');
        let pair = parts.next()?;
        let at = pair.iter().position(|&byte| byte == b'=')?;
        let (name, value) = (trim(&pair[..at]), trim(&pair[at + 1..]));
        if name.is_empty() || name.len() + value.len() > MOST_BYTES {
            return None;
        }
        let mut cookie = Self { name, value, domain: None, path: None, expires: None, max_age: None, secure: false };
        parts.for_each(|part| cookie.read_attribute(part));
        Some(cookie)
    }

    /// What cannot be understood is left out.
    fn read_attribute(&mut self, part: &'a [u8]) {
        let at = part.iter().position(|&byte| byte == b'=').unwrap_or(part.len());
        let (name, value) = (trim(&part[..at]), trim(part.get(at + 1..).unwrap_or_default()));
        if value.len() > MOST_OF_ATTRIBUTE {
            return;
        }
        let text = std::str::from_utf8(value).unwrap_or_default();
        match name.to_ascii_lowercase().as_slice() {
            b"expires" => self.expires = time::parse(value).or(self.expires),
            b"max-age" => self.max_age = max_age(value).or(self.max_age),
            b"domain" if !text.is_empty() => {
                self.domain = Some(text.strip_prefix('.').unwrap_or(text).to_ascii_lowercase());
            }
            b"path" => self.path = Some(text).filter(|path| path.starts_with('/')),
            b"secure" => self.secure = true,
            _ => {}
        }
    }
}

/// Digits, with a sign for what is over already; a number too large for anything is far away.
fn max_age(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(std::str::from_utf8(text).ok()?.parse().unwrap_or(if text[0] == b'-' { 0 } else { i64::from(i32::MAX) }))
}

/// Section 5.1.3.
fn is_within(host: &str, domain: &str) -> bool {
    let below = host.strip_suffix(domain).is_some_and(|above| above.is_empty() || above.ends_with('.'));
    below && (host == domain || parse_address(host.as_bytes()).is_err())
}

/// Section 5.1.4, the path for want of a named one.
fn default_path(path: &str) -> &str {
    match path.rfind('/') {
        Some(slash) if slash > 0 && path.starts_with('/') => &path[..slash],
        _ => "/",
    }
}

/// Section 5.1.4, whether a request for `path` has the cookies of `of`.
fn is_below(path: &str, of: &str) -> bool {
    let path = if path.is_empty() { "/" } else { path };
    path.strip_prefix(of).is_some_and(|rest| rest.is_empty() || of.ends_with('/') || rest.starts_with('/'))
}

impl Jar {
    /// Takes a `Set-Cookie` that came with the response from a URL (section 5.3).
    pub fn store(&mut self, url: &Url, set_cookie: &[u8], now: i64) {
        let (Some(set), Some(host)) = (SetCookie::parse(set_cookie), url.host.as_deref()) else { return };
        let is_secure = matches!(&*url.scheme, "https" | "wss");
        let (domain, host_only) = match set.domain {
            Some(domain) if domain == host => (domain.clone(), parse_address(host.as_bytes()).is_ok()),
            Some(domain) if is_within(host, &domain) && domain.trim_end_matches('.').contains('.') => (domain, false),
            Some(_) => return,
            None => (host.to_string(), true),
        };
        let path = set.path.unwrap_or(default_path(&url.path)).to_string();
        let is_named = |prefix: &str| {
            set.name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
        };
        let breaks_promise = is_named("__Secure-") && !(set.secure && is_secure)
            || is_named("__Host-") && !(set.secure && is_secure && host_only && path == "/");
        if set.secure && !is_secure || breaks_promise {
            return;
        }
        let expires = match set.max_age {
            Some(age) if age <= 0 => Some(i64::MIN),
            Some(age) => Some(now.saturating_add(age)),
            None => set.expires,
        };
        self.made += 1;
        let (name, value) = (set.name.to_vec(), set.value.to_vec());
        let cookie = Cookie { name, value, domain, host_only, path, expires, secure: set.secure, created: self.made };
        self.insert(cookie, is_secure, now);
    }

    fn insert(&mut self, mut cookie: Cookie, is_secure: bool, now: i64) {
        let same =
            |other: &Cookie| (&other.name, &other.domain, &other.path) == (&cookie.name, &cookie.domain, &cookie.path);
        if let Some(at) = self.cookies.iter().position(same) {
            // What came over TLS is not replaced by what anyone in between may have sent.
            if self.cookies[at].secure && !is_secure {
                return;
            }
            cookie.created = self.cookies[at].created;
            self.cookies.remove(at);
        }
        self.drop_expired(now);
        if cookie.expires.is_some_and(|expires| expires <= now) {
            return;
        }
        let of_domain = self.cookies.iter().filter(|other| other.domain == cookie.domain).count();
        let gives_way = if of_domain >= MOST_OF_DOMAIN {
            self.cookies.iter().position(|other| other.domain == cookie.domain)
        } else {
            (self.cookies.len() >= MOST).then_some(0)
        };
        gives_way.into_iter().for_each(|at| drop(self.cookies.remove(at)));
        self.cookies.push(cookie);
    }

    fn drop_expired(&mut self, now: i64) {
        self.cookies.retain(|cookie| cookie.expires.is_none_or(|expires| expires > now));
    }

    /// The value of `Cookie` for a request to a URL (section 5.4): longer paths first, then older
    /// cookies.
    pub fn header(&mut self, url: &Url, now: i64) -> Option<Vec<u8>> {
        self.drop_expired(now);
        let host = url.host.as_deref()?;
        let is_secure = matches!(&*url.scheme, "https" | "wss");
        let mut found: Vec<&Cookie> = self
            .cookies
            .iter()
            .filter(|cookie| if cookie.host_only { cookie.domain == host } else { is_within(host, &cookie.domain) })
            .filter(|cookie| is_below(&url.path, &cookie.path) && (is_secure || !cookie.secure))
            .collect();
        found.sort_by_key(|cookie| (std::cmp::Reverse(cookie.path.len()), cookie.created));
        let pairs: Vec<Vec<u8>> = found.iter().map(|cookie| [&cookie.name[..], b"=", &cookie.value].concat()).collect();
        (!pairs.is_empty()).then(|| pairs.join(&b"; "[..]))
    }

    /// All cookies, in the order in which they came.
    pub fn cookies(&self) -> &[Cookie] {
        &self.cookies
    }

    /// Forgets them all.
    pub fn clear(&mut self) {
        self.cookies.clear();
    }
}

#[cfg(test)]
mod tests;
