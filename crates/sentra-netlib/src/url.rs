//! URLs (RFC 3986), strictly: where clients disagree about what an address means (backslashes,
//! octal IPv4, several `@`), the text is refused. Paths stay as they were written.

pub mod host;
pub mod join;

use std::borrow::Cow;
use std::fmt;

use crate::code::{Malformed, percent};

/// The parts of a URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Url {
    /// In small letters.
    pub scheme: String,
    /// Decoded.
    pub user: Option<Vec<u8>>,
    /// Decoded.
    pub password: Option<Vec<u8>>,
    /// In small letters, beyond ASCII as DNS writes it; IPv6 without brackets; nothing if there is no `//`.
    pub host: Option<String>,
    /// As named.
    pub port: Option<u16>,
    /// As written.
    pub path: String,
    /// As written, without `?`.
    pub query: Option<String>,
    /// As written, without `#`.
    pub fragment: Option<String>,
}

const PORTS: &[(&str, u16)] = &[
    ("http", 80),
    ("https", 443),
    ("ws", 80),
    ("wss", 443),
    ("ftp", 21),
    ("ftps", 990),
    ("sftp", 22),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("smtps", 465),
    ("dns", 53),
    ("tftp", 69),
    ("gopher", 70),
    ("pop3", 110),
    ("ntp", 123),
    ("imap", 143),
    ("imaps", 993),
    ("snmp", 161),
    ("irc", 194),
    ("ldap", 389),
    ("ldaps", 636),
    ("rtsp", 554),
    ("socks5", 1080),
    ("mqtt", 1883),
    ("mqtts", 8883),
    ("mysql", 3306),
    ("rdp", 3389),
    ("stun", 3478),
    ("postgres", 5432),
    ("postgresql", 5432),
    ("vnc", 5900),
    ("sip", 5060),
    ("sips", 5061),
    ("amqp", 5672),
    ("amqps", 5671),
    ("redis", 6379),
    ("rediss", 6379),
    ("mongodb", 27017),
];

/// Schemes that name nothing without a host.
const NEED_HOST: &[&str] = &["http", "https", "ws", "wss", "ftp"];

/// The port that a scheme means when none is named.
pub fn default_port(scheme: &str) -> Option<u16> {
    PORTS.iter().find(|(known, _)| *known == scheme).map(|&(_, port)| port)
}

/// Where the parts of a reference lie in its text (RFC 3986, appendix B).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Split<'a> {
    pub scheme: Option<&'a str>,
    pub authority: Option<&'a str>,
    pub path: &'a str,
    pub query: Option<&'a str>,
    pub fragment: Option<&'a str>,
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Cuts a reference into its parts; refuses characters that no reference has.
pub(crate) fn split(text: &[u8]) -> Result<Split<'_>, Malformed> {
    let text =
        std::str::from_utf8(text).map_err(|wrong| Malformed::at(wrong.valid_up_to(), "a byte that is no UTF-8"))?;
    for (at, character) in text.char_indices() {
        if character.is_control() || character.is_whitespace() {
            return Err(Malformed::at(at, "a URL has no spaces and control characters, found one"));
        }
    }
    let mut parts = Split::default();
    let mut rest = text;
    if let Some((before, fragment)) = rest.split_once('#') {
        (rest, parts.fragment) = (before, Some(fragment));
    }
    if let Some((before, query)) = rest.split_once('?') {
        (rest, parts.query) = (before, Some(query));
    }
    if let Some(at) = rest.find('\\') {
        return Err(Malformed::at(at, "a URL has no backslash, found one"));
    }
    if let Some((scheme, after)) = rest.split_once(':')
        && is_scheme(scheme)
    {
        (parts.scheme, rest) = (Some(scheme), after);
    }
    if let Some(after) = rest.strip_prefix("//") {
        let end = after.find('/').unwrap_or(after.len());
        (parts.authority, rest) = (Some(&after[..end]), &after[end..]);
    }
    parts.path = rest;
    Ok(parts)
}

impl Url {
    /// Reads an absolute URL.
    pub fn parse(text: &[u8]) -> Result<Self, Malformed> {
        let parts = split(text)?;
        let Some(scheme) = parts.scheme else {
            return Err(Malformed::whole("the URL has no scheme such as `https:`"));
        };
        let mut url = Self {
            scheme: scheme.to_ascii_lowercase(),
            path: parts.path.into(),
            query: parts.query.map(Into::into),
            fragment: parts.fragment.map(Into::into),
            ..Self::default()
        };
        if let Some(authority) = parts.authority {
            // Behind the scheme, its colon and two slashes.
            url.read_authority(authority).map_err(|wrong| match wrong.at {
                Some(at) => Malformed::at(scheme.len() + 3 + at, wrong.what),
                None => wrong,
            })?;
        }
        url.check_host()?;
        Ok(url)
    }

    fn check_host(&self) -> Result<(), Malformed> {
        let has_host = self.host.as_ref().is_some_and(|host| !host.is_empty());
        if !has_host && NEED_HOST.contains(&&*self.scheme) {
            return Err(Malformed::whole(format!("a URL of {} needs a host behind `//`", self.scheme)));
        }
        if !has_host && (self.user.is_some() || self.port.is_some()) {
            return Err(Malformed::whole("the URL has a user or port but no host"));
        }
        Ok(())
    }

    fn read_authority(&mut self, authority: &str) -> Result<(), Malformed> {
        let (userinfo, rest) = match authority.rsplit_once('@') {
            Some((userinfo, rest)) => (Some(userinfo), rest),
            None => (None, authority),
        };
        if let Some(userinfo) = userinfo {
            self.read_userinfo(userinfo)?;
        }
        let before = authority.len() - rest.len();
        let (host, port) = host::split_port(rest).map_err(|wrong| match wrong.at {
            Some(at) => Malformed::at(before + at, wrong.what),
            None => wrong,
        })?;
        self.host = Some(host::canonical(host)?);
        self.port = port;
        Ok(())
    }

    fn read_userinfo(&mut self, text: &str) -> Result<(), Malformed> {
        if let Some(at) = text.find('@') {
            return Err(Malformed::at(at, "more than one `@` before the host, the first"));
        }
        let decode = |text: &str| percent::decode(text.as_bytes(), false).map(Cow::into_owned);
        let (user, password) = text.split_once(':').map_or((text, None), |(user, password)| (user, Some(password)));
        self.user = Some(decode(user)?);
        self.password = password.map(decode).transpose()?;
        Ok(())
    }

    /// The port to connect to.
    pub fn effective_port(&self) -> Option<u16> {
        self.port.or_else(|| default_port(&self.scheme))
    }

    /// Puts parts that come from anywhere into the form that `Display` relies on: what would be
    /// taken for another part is encoded or refused.
    pub fn normalised(mut self) -> Result<Self, Malformed> {
        if !is_scheme(&self.scheme) {
            return Err(Malformed::whole(format!("{:?} is no scheme", self.scheme)));
        }
        self.scheme.make_ascii_lowercase();
        if let Some(host) = &mut self.host {
            let bracketed =
                if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.clone() };
            *host = host::canonical(&bracketed)?;
        }
        self.check_host()?;
        if self.password.is_some() && self.user.is_none() {
            self.user = Some(Vec::new());
        }
        let clean = |text: &str, set| {
            let mut out = Vec::with_capacity(text.len());
            percent::encode(text.as_bytes(), set, false, &mut out);
            String::from_utf8(out).expect("encoded text is ASCII")
        };
        self.path = clean(&self.path, &percent::PATH);
        self.query = self.query.map(|query| clean(&query, &percent::QUERY));
        self.fragment = self.fragment.map(|fragment| clean(&fragment, &percent::QUERY));
        match &self.host {
            Some(_) if !self.path.is_empty() && !self.path.starts_with('/') => self.path.insert(0, '/'),
            None if self.path.starts_with("//") => {
                return Err(Malformed::whole("a path that begins with `//` needs a host before it"));
            }
            _ => {}
        }
        if self.port.is_some() && self.port == default_port(&self.scheme) {
            self.port = None;
        }
        Ok(self)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme)?;
        if let Some(host) = &self.host {
            f.write_str("//")?;
            let encoded = |bytes: &[u8]| {
                let mut out = Vec::new();
                percent::encode(bytes, &percent::COMPONENT, false, &mut out);
                String::from_utf8(out).expect("encoded text is ASCII")
            };
            if let Some(user) = &self.user {
                f.write_str(&encoded(user))?;
                if let Some(password) = &self.password {
                    write!(f, ":{}", encoded(password))?;
                }
                f.write_str("@")?;
            }
            if host.contains(':') {
                write!(f, "[{host}]")?
            } else {
                f.write_str(host)?
            }
            if let Some(port) = self.port {
                write!(f, ":{port}")?;
            }
        }
        f.write_str(&self.path)?;
        self.query.iter().try_for_each(|query| write!(f, "?{query}"))?;
        self.fragment.iter().try_for_each(|fragment| write!(f, "#{fragment}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Url::parse(text.as_bytes()).map(|url| format!("{url:?}")).unwrap_err().to_string()
    }

    #[test]
    fn all_parts() {
        let url = Url::parse(b"HTTPS://us%40er:p%3Aw@Example.COM:8443/a/../b%2fc?x=1&y=%20#frag?/").unwrap();
        assert_eq!(url.scheme, "https");
        assert_eq!((url.user.as_deref(), url.password.as_deref()), (Some(&b"us@er"[..]), Some(&b"p:w"[..])));
        assert_eq!((url.host.as_deref(), url.port), (Some("example.com"), Some(8443)));
        assert_eq!((&*url.path, url.query.as_deref()), ("/a/../b%2fc", Some("x=1&y=%20")));
        assert_eq!(url.fragment.as_deref(), Some("frag?/"));
        assert_eq!(url.to_string(), "https://us%40er:p%3Aw@example.com:8443/a/../b%2fc?x=1&y=%20#frag?/");
    }

    #[test]
    fn hosts() {
        let host = |text: &str| Url::parse(text.as_bytes()).unwrap().host;
        assert_eq!(host("http://[2001:DB8::0:1]:80/").as_deref(), Some("2001:db8::1"));
        assert_eq!(host("http://127.0.0.1").as_deref(), Some("127.0.0.1"));
        assert_eq!(host("http://bücher.example/").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(host("mailto:a@b.example"), None);
        assert_eq!(host("file:///etc/passwd").as_deref(), Some(""));
        assert_eq!(host("http://a_b.example./").as_deref(), Some("a_b.example."));
        assert_eq!(Url::parse(b"http://a:/").unwrap().effective_port(), Some(80));
    }

    #[test]
    fn ambiguities_are_refused() {
        for (text, part) in [
            ("", "no scheme"),
            ("//a/b", "no scheme"),
            ("1http://a", "no scheme"),
            ("http:///x", "needs a host"),
            ("http:a", "needs a host"),
            ("http://a b/", "spaces"),
            ("http://a/\r\nX: y", "control characters, found one at byte 9"),
            ("http://a\\@b/", "backslash"),
            ("http://a@b@c/", "more than one `@`"),
            ("http://010.0.0.1/", "no IPv4 address"),
            ("http://0x7f.1/", "no IPv4 address"),
            ("http://2130706433/", "no IPv4 address"),
            ("http://1.2.3/", "no IPv4 address"),
            ("http://[::1%25eth0]/", "zones"),
            ("http://[::1/", "bracket"),
            ("http://[::1]x/", "behind"),
            ("http://a:b/", "port"),
            ("http://a:65536/", "port"),
            ("http://a:+80/", "port"),
            ("http://a:1:2/", "port"),
            ("http://%61/", "no host name"),
            ("http://a<b/", "no host name"),
            ("foo://user@/", "no host"),
        ] {
            assert!(refused(text).contains(part), "{text}: {}", refused(text));
        }
    }

    #[test]
    fn parts_cannot_escape() {
        let url = |host: &str, path: &str| Url {
            scheme: "http".into(),
            host: Some(host.into()),
            path: path.into(),
            ..Url::default()
        };
        assert_eq!(url("a", "b?c#d e\r\nü").normalised().unwrap().to_string(), "http://a/b%3Fc%23d%20e%0D%0A%C3%BC");
        assert_eq!(url("::1", "").normalised().unwrap().to_string(), "http://[::1]");
        for host in ["a/b", "a@b", "a:80", "a#", "a?", "", "a b", "[::1"] {
            assert!(url(host, "/").normalised().is_err(), "{host}");
        }
    }
}
