//! The way from a protocol in the clear to TLS on the same connection.

use crate::code::der::{Der, written};

/// A protocol with a way to TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // Their names say it.
pub enum Starttls {
    Smtp,
    Lmtp,
    Imap,
    Pop3,
    Ftp,
    Nntp,
    Sieve,
    Xmpp,
    XmppServer,
    Ldap,
    Postgres,
    Mysql,
}

/// By name.
pub const NAMES: &[(&str, Starttls)] = &[
    ("smtp", Starttls::Smtp),
    ("lmtp", Starttls::Lmtp),
    ("imap", Starttls::Imap),
    ("pop3", Starttls::Pop3),
    ("ftp", Starttls::Ftp),
    ("nntp", Starttls::Nntp),
    ("sieve", Starttls::Sieve),
    ("xmpp", Starttls::Xmpp),
    ("xmpp-server", Starttls::XmppServer),
    ("ldap", Starttls::Ldap),
    ("postgres", Starttls::Postgres),
    ("mysql", Starttls::Mysql),
];

/// What has been received means.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Incomplete,
    /// Goes on behind so many bytes.
    Fine(usize),
    Refused,
}

/// What a server must say, and what to answer to that.
enum Turn {
    /// A reply in lines (RFC 5321, 4.2.1) that begins with a code; then this.
    Reply(&'static str, &'static str),
    /// Lines up to one that begins with this, which any other with the same tag refuses; then this.
    Line(&'static str, &'static [&'static str], &'static str),
    /// A text anywhere.
    Text(&'static str, &'static str),
    /// One byte.
    Byte(u8),
    /// A packet of MySQL: the greeting; then the request for TLS.
    Greeting,
    /// A message of LDAP with the result 0.
    LdapResult,
}

const STREAM_TO_CLIENT: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
const STREAM_TO_SERVER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
const XMPP_REQUEST: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const XMPP: &[Turn] = &[Turn::Text("</stream:features>", XMPP_REQUEST), Turn::Text("<proceed", "")];
/// RFC 4511, 4.14.1.
const LDAP_OBJECT: &[u8] = b"1.3.6.1.4.1.1466.20037";
/// PostgreSQL's `SSLRequest`.
const POSTGRES_REQUEST: &[u8] = &[0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F];
/// What servers say before TLS is shorter.
const MOST: usize = 64 << 10;

impl Starttls {
    /// The protocol with a name.
    pub fn of(name: &str) -> Option<Self> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, protocol)| *protocol)
    }

    fn turns(self) -> &'static [Turn] {
        match self {
            Self::Smtp => {
                &[Turn::Reply("220", "EHLO sentra\r\n"), Turn::Reply("250", "STARTTLS\r\n"), Turn::Reply("220", "")]
            }
            Self::Lmtp => {
                &[Turn::Reply("220", "LHLO sentra\r\n"), Turn::Reply("250", "STARTTLS\r\n"), Turn::Reply("220", "")]
            }
            Self::Ftp => &[Turn::Reply("220", "AUTH TLS\r\n"), Turn::Reply("234", "")],
            Self::Nntp => &[Turn::Reply("20", "STARTTLS\r\n"), Turn::Reply("382", "")],
            Self::Imap => &[Turn::Line("* OK", &["* BYE", "* NO"], "a STARTTLS\r\n"), Turn::Line("a OK", &["a "], "")],
            Self::Pop3 => &[Turn::Line("+OK", &["-"], "STLS\r\n"), Turn::Line("+OK", &["-"], "")],
            Self::Sieve => &[Turn::Line("OK", &["NO", "BYE"], "STARTTLS\r\n"), Turn::Line("OK", &["NO", "BYE"], "")],
            Self::Xmpp | Self::XmppServer => XMPP,
            Self::Ldap => &[Turn::LdapResult],
            Self::Postgres => &[Turn::Byte(b'S')],
            Self::Mysql => &[Turn::Greeting],
        }
    }

    fn opening(self) -> Vec<u8> {
        match self {
            Self::Xmpp => STREAM_TO_CLIENT.into(),
            Self::XmppServer => STREAM_TO_SERVER.into(),
            Self::Postgres => POSTGRES_REQUEST.into(),
            Self::Ldap => {
                let request = written(0x77, &written(0x80, LDAP_OBJECT));
                written(0x30, &[&[2, 1, 1][..], &request].concat())
            }
            _ => Vec::new(),
        }
    }
}

/// A way that is being gone.
#[derive(Debug)]
pub(super) struct Prelude {
    protocol: Starttls,
    turn: usize,
    arrived: Vec<u8>,
}

/// How far it has gone.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    Waits,
    /// TLS may begin; so much has arrived behind.
    Begins(Vec<u8>),
    /// The server does not let TLS begin.
    Refused,
}

impl Prelude {
    /// The way, and what is to be sent first.
    pub fn new(protocol: Starttls) -> (Self, Vec<u8>) {
        (Self { protocol, turn: 0, arrived: Vec::new() }, protocol.opening())
    }

    /// Takes what has arrived; `out` is to be sent.
    pub fn receive(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Progress {
        self.arrived.extend(bytes);
        while let Some(turn) = self.protocol.turns().get(self.turn) {
            match turn.judge(&self.arrived) {
                Verdict::Incomplete if self.arrived.len() <= MOST => return Progress::Waits,
                Verdict::Incomplete | Verdict::Refused => return Progress::Refused,
                Verdict::Fine(len) => {
                    turn.answer(&self.arrived, out);
                    self.arrived.drain(..len);
                    self.turn += 1;
                }
            }
        }
        Progress::Begins(std::mem::take(&mut self.arrived))
    }
}

impl Turn {
    fn judge(&self, bytes: &[u8]) -> Verdict {
        match self {
            Self::Reply(code, _) => reply(bytes, code),
            Self::Line(wanted, refusals, _) => lines(bytes, wanted, refusals),
            Self::Text(wanted, _) => text(bytes, wanted),
            Self::Byte(wanted) => match bytes.first() {
                None => Verdict::Incomplete,
                Some(byte) if byte == wanted => Verdict::Fine(1),
                Some(_) => Verdict::Refused,
            },
            Self::Greeting => greeting(bytes),
            Self::LdapResult => ldap(bytes),
        }
    }

    fn answer(&self, arrived: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Reply(_, answer) | Self::Line(.., answer) | Self::Text(_, answer) => out.extend(answer.bytes()),
            Self::Byte(_) | Self::LdapResult => {}
            Self::Greeting => {
                // Protocol 4.1, TLS, secure connections; packets of 16 MB; UTF-8.
                let number = arrived.get(3).map_or(1, |number| number.wrapping_add(1));
                out.extend([32, 0, 0, number, 0x00, 0x8A, 0x00, 0x00, 0, 0, 0, 1, 33]);
                out.resize(out.len() + 23, 0);
            }
        }
    }
}

/// The lines that have come in full, each with where the next begins.
fn complete_lines(bytes: &[u8]) -> impl Iterator<Item = (&[u8], usize)> {
    let ends = memchr::memchr_iter(b'\n', bytes);
    ends.scan(0, move |start, end| {
        let line = &bytes[std::mem::replace(start, end + 1)..end];
        Some((line, end + 1))
    })
}

fn reply(bytes: &[u8], code: &str) -> Verdict {
    for (line, next) in complete_lines(bytes) {
        if !line.starts_with(code.as_bytes()) {
            return Verdict::Refused;
        }
        if line.get(3) != Some(&b'-') {
            return Verdict::Fine(next);
        }
    }
    Verdict::Incomplete
}

fn lines(bytes: &[u8], wanted: &str, refusals: &[&str]) -> Verdict {
    for (line, next) in complete_lines(bytes) {
        if line.starts_with(wanted.as_bytes()) {
            return Verdict::Fine(next);
        }
        if refusals.iter().any(|refusal| line.starts_with(refusal.as_bytes())) {
            return Verdict::Refused;
        }
    }
    Verdict::Incomplete
}

fn text(bytes: &[u8], wanted: &str) -> Verdict {
    if memchr::memmem::find(bytes, b"<failure").is_some() || memchr::memmem::find(bytes, b"<stream:error").is_some() {
        return Verdict::Refused;
    }
    let Some(start) = memchr::memmem::find(bytes, wanted.as_bytes()) else { return Verdict::Incomplete };
    match memchr::memchr(b'>', &bytes[start..]) {
        Some(end) => Verdict::Fine(start + end + 1),
        None => Verdict::Incomplete,
    }
}

/// A packet's head is its length, least byte first, and its number.
fn greeting(bytes: &[u8]) -> Verdict {
    let Some((&[low, middle, high, _, version], rest)) = bytes.split_first_chunk() else { return Verdict::Incomplete };
    let len = usize::from(low) | usize::from(middle) << 8 | usize::from(high) << 16;
    if version != 10 || len > MOST {
        return Verdict::Refused;
    }
    if rest.len() + 1 < len {
        return Verdict::Incomplete;
    }
    // Behind the version's text: the connection's number, 8 bytes, one more, and the capabilities.
    let Some(end) = memchr::memchr(0, &rest[..len - 1]) else { return Verdict::Refused };
    let tls = rest[..len - 1].get(end + 15).is_some_and(|capabilities| capabilities & 0x08 != 0);
    if tls { Verdict::Fine(len + 4) } else { Verdict::Refused }
}

fn ldap(bytes: &[u8]) -> Verdict {
    let mut rest = Der(bytes);
    let Some(mut message) = rest.sequence() else {
        return if bytes.first().is_none_or(|&tag| tag == 0x30) { Verdict::Incomplete } else { Verdict::Refused };
    };
    let len = bytes.len() - rest.0.len();
    let code = message.element().and_then(|_| message.take(0x78)).and_then(|response| Der(response).take(0x0A));
    if code == Some(&[0]) { Verdict::Fine(len) } else { Verdict::Refused }
}

#[cfg(test)]
mod tests {
    use super::{NAMES, Prelude, Progress, Starttls};

    /// What is sent to a server that says these, and how it ends, byte by byte.
    fn talk(protocol: Starttls, says: &[u8]) -> (String, Progress) {
        let (mut prelude, mut out) = Prelude::new(protocol);
        let mut progress = Progress::Waits;
        for byte in says {
            progress = prelude.receive(&[*byte], &mut out);
            if progress != Progress::Waits {
                break;
            }
        }
        (String::from_utf8_lossy(&out).into_owned(), progress)
    }

    #[test]
    fn ways_to_tls() {
        let begins = || Progress::Begins(Vec::new());
        let smtp = talk(Starttls::Smtp, b"220-a\r\n220 b\r\n250-c\r\n250 STARTTLS\r\n220 go\r\n");
        assert_eq!(smtp, ("EHLO sentra\r\nSTARTTLS\r\n".into(), begins()));
        assert_eq!(talk(Starttls::Smtp, b"554 no\r\n").1, Progress::Refused);
        assert_eq!(talk(Starttls::Imap, b"* OK hi\r\n* x\r\na OK go\r\n"), ("a STARTTLS\r\n".into(), begins()));
        assert_eq!(talk(Starttls::Imap, b"* OK hi\r\na BAD no\r\n").1, Progress::Refused);
        assert_eq!(talk(Starttls::Pop3, b"+OK\r\n-ERR\r\n").1, Progress::Refused);
        assert_eq!(talk(Starttls::Postgres, b"S").1, begins());
        assert_eq!(talk(Starttls::Postgres, b"N").1, Progress::Refused);
        assert_eq!(talk(Starttls::Xmpp, b"<stream><stream:features></stream:features><proceed/>").1, begins());
        let ldap = [0x30, 12, 2, 1, 1, 0x78, 7, 0x0A, 1, 0, 4, 0, 4, 0];
        assert_eq!(talk(Starttls::Ldap, &ldap).1, begins());
        let mut mysql = vec![24, 0, 0, 0, 10];
        mysql.extend(b"8.0\0\x01\0\0\0abcdefgh\0\xff\xff\x21\0\0\0\0");
        mysql[0] = mysql.len() as u8 - 4;
        assert_eq!(talk(Starttls::Mysql, &mysql).1, begins());
        for (_, protocol) in NAMES {
            assert_ne!(talk(*protocol, b"HTTP/1.1 400 Bad Request\r\n\r\n").1, begins());
        }
    }
}
