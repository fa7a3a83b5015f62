//! Which service has said something: a table of signs, the most certain first. What is said may
//! be anything; of what is found no more than a line is kept.

use super::binary;

/// What a service is by what it has said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Its name, if it is known.
    pub service: Option<&'static str>,
    /// What it says of itself, in one line.
    pub banner: String,
}

/// The longest banner.
const MOST: usize = 256;

/// How something is known, and what of it is shown.
enum Sign {
    /// Its first line begins so, and has one of these words in it, however they are written.
    Line(&'static [u8], &'static [&'static str]),
    /// Some bytes are where they have to be: what they say.
    Bytes(fn(&[u8]) -> Option<String>),
}

use Sign::{Bytes, Line};

const SIGNS: &[(&str, Sign)] = &[
    ("ssh", Line(b"SSH-", &[])),
    ("http", Bytes(http)),
    ("tls", Bytes(binary::tls)),
    ("ftp", Line(b"220", &["ftp", "filezilla", "file transfer"])),
    ("smtp", Line(b"220", &["smtp", "mail", "postfix", "exim"])),
    ("ftp", Line(b"421", &["ftp"])),
    ("smtp", Line(b"421", &["smtp", "mail"])),
    ("smtp", Line(b"554", &["smtp", "mail"])),
    ("pop3", Line(b"+OK", &[])),
    ("pop3", Line(b"-ERR", &["pop"])),
    ("imap", Line(b"* OK", &[])),
    ("imap", Line(b"* PREAUTH", &[])),
    ("imap", Line(b"* BYE", &[])),
    ("nntp", Line(b"200", &["nntp", "news", "posting"])),
    ("nntp", Line(b"201", &["nntp", "news", "posting"])),
    ("redis", Bytes(redis)),
    ("mysql", Bytes(binary::mysql)),
    ("postgresql", Bytes(binary::postgresql)),
    ("microsoft-ds", Bytes(binary::smb)),
    ("domain", Bytes(binary::dns)),
    ("telnet", Bytes(binary::telnet)),
    ("rfb", Line(b"RFB 0", &[])),
    ("rsync", Line(b"@RSYNCD:", &[])),
    ("irc", Line(b":", &[" notice ", " 020 ", " 439 "])),
    ("irc", Line(b"NOTICE ", &["auth", "***"])),
    ("irc", Line(b"ERROR :", &[])),
    ("memcache", Line(b"VERSION ", &[])),
    ("memcache", Line(b"ERROR\r", &[])),
    ("rtsp", Line(b"RTSP/1.0 ", &[])),
    ("sip", Line(b"SIP/2.0 ", &[])),
    ("xmpp-client", Line(b"<?xml", &["jabber", "etherx.jabber.org/streams"])),
    ("xmpp-client", Line(b"<stream:", &[])),
    ("svn", Line(b"( success (", &[])),
    ("ms-wbt-server", Bytes(binary::rdp)),
    ("ldap", Bytes(binary::ldap)),
    ("mongodb", Bytes(binary::mongodb)),
    ("mqtt", Bytes(binary::mqtt)),
    ("amqp", Bytes(binary::amqp)),
    ("sunrpc", Bytes(binary::sunrpc)),
];

/// Says which service has said this, as far as that can be told. `waits` says whether something
/// had been said to it before.
pub fn recognise(said: &[u8]) -> Identity {
    for (service, sign) in SIGNS {
        let banner = match sign {
            Line(start, words) => line_with(said, start, words),
            Bytes(look) => look(said),
        };
        if let Some(banner) = banner {
            return Identity { service: Some(service), banner: shown(banner.as_bytes()) };
        }
    }
    Identity { service: None, banner: shown(first_line(said)) }
}

fn line_with(said: &[u8], start: &[u8], words: &[&str]) -> Option<String> {
    if !said.starts_with(start) {
        return None;
    }
    let line = String::from_utf8_lossy(first_line(said)).into_owned();
    let lower = line.to_lowercase();
    (words.is_empty() || words.iter().any(|word| lower.contains(word))).then_some(line)
}

fn first_line(said: &[u8]) -> &[u8] {
    let said = &said[..said.len().min(4 * MOST)];
    let start = said.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(said.len());
    let said = &said[start..];
    let end = said.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(said.len());
    &said[..end]
}

/// One line without what could disturb a terminal or a page.
fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let clean = text.chars().map(|c| if c.is_control() || c == '\u{fffd}' { '.' } else { c });
    let mut shown: String = clean.take(MOST).collect();
    shown.truncate(shown.trim_end().len());
    shown
}

/// The status line and what the server calls itself; or a page without either (HTTP/0.9).
fn http(said: &[u8]) -> Option<String> {
    if !said.starts_with(b"HTTP/") {
        let start = said[..said.len().min(16)].to_ascii_lowercase();
        let page = start.starts_with(b"<!doctype html") || start.starts_with(b"<html");
        return page.then(String::new);
    }
    let text = String::from_utf8_lossy(said);
    let mut lines = text.lines();
    let mut banner = lines.next()?.to_string();
    for line in lines.take_while(|line| !line.is_empty()) {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("server")
        {
            banner = format!("{banner}, {}", value.trim());
            break;
        }
    }
    Some(banner)
}

/// An answer to `PING` or to what it did not understand; the version where it is told.
fn redis(said: &[u8]) -> Option<String> {
    const STARTS: [&[u8]; 6] = [
        b"+PONG\r\n",
        b"-NOAUTH ",
        b"-DENIED Redis",
        b"-ERR unknown command",
        b"-ERR wrong number of arg",
        b"-NOPERM ",
    ];
    if !STARTS.iter().any(|start| said.starts_with(start)) {
        return None;
    }
    let text = String::from_utf8_lossy(said);
    let version = text.lines().find_map(|line| line.strip_prefix("redis_version:"));
    Some(
        version
            .map_or_else(|| text.lines().next().unwrap_or_default().to_string(), |version| format!("Redis {version}")),
    )
}

/// Whether nothing more that matters can follow: it is not waited for.
pub fn is_complete(said: &[u8]) -> bool {
    if said.starts_with(b"HTTP/") {
        return said.windows(4).any(|end| end == b"\r\n\r\n") || said.windows(2).any(|end| end == b"\n\n");
    }
    if said.starts_with(b"+PONG\r\n") {
        return said.len() > b"+PONG\r\n".len() && said.ends_with(b"\r\n");
    }
    let text = said.iter().all(|&byte| byte >= b' ' || matches!(byte, b'\t' | b'\r' | b'\n'));
    if text { said.contains(&b'\n') } else { binary::is_complete(said) }
}
