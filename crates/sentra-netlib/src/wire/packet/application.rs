//! What a payload is: the protocols that captures name, told by ports and by how they begin.

use super::dns::Message;
use super::{Packet, Transport, dhcp::Dhcp, hello};

/// A protocol over TCP or UDP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Application {
    /// DNS.
    Dns,
    /// DNS among neighbours.
    MulticastDns,
    /// Names among neighbours, as Windows asks for them.
    Llmnr,
    /// DHCP.
    Dhcp,
    /// TLS.
    Tls,
    /// The head of an HTTP/1 message.
    Http,
    /// SSH's greeting.
    Ssh,
    /// NTP.
    Ntp,
}

impl Application {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Dns, Self::MulticastDns, Self::Llmnr, Self::Dhcp, Self::Tls, Self::Http, Self::Ssh, Self::Ntp];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dns => "DNS",
            Self::MulticastDns => "mDNS",
            Self::Llmnr => "LLMNR",
            Self::Dhcp => "DHCP",
            Self::Tls => "TLS",
            Self::Http => "HTTP",
            Self::Ssh => "SSH",
            Self::Ntp => "NTP",
        }
    }

    /// What a packet's payload is, if that can be told.
    pub fn of(packet: &Packet) -> Option<Self> {
        let payload = packet.payload;
        if payload.is_empty() {
            return None;
        }
        match packet.transport {
            Transport::Tcp(tcp) => Self::of_stream(tcp.source, tcp.destination, payload),
            Transport::Udp(udp) => Self::of_datagram(udp.source, udp.destination, payload),
            _ => None,
        }
    }

    fn of_stream(source: u16, destination: u16, payload: &[u8]) -> Option<Self> {
        if is_http(payload) {
            return Some(Self::Http);
        }
        if hello::is_record(payload) {
            return Some(Self::Tls);
        }
        if payload.starts_with(b"SSH-") {
            return Some(Self::Ssh);
        }
        (source == 53 || destination == 53).then(|| Message::read_stream(payload))?.map(|_| Self::Dns)
    }

    fn of_datagram(source: u16, destination: u16, payload: &[u8]) -> Option<Self> {
        let on = |port: u16| source == port || destination == port;
        let names = [(53, Self::Dns), (5353, Self::MulticastDns), (5355, Self::Llmnr)];
        if let Some((_, names)) = names.into_iter().find(|(port, _)| on(*port)) {
            return Message::read(payload).map(|_| names);
        }
        if on(67) || on(68) {
            return Dhcp::read(payload).map(|_| Self::Dhcp);
        }
        (on(123) && payload.len() >= 48).then_some(Self::Ntp)
    }
}

/// Methods of HTTP, each with the space behind it.
const METHODS: [&[u8]; 9] =
    [b"GET ", b"POST ", b"PUT ", b"HEAD ", b"DELETE ", b"OPTIONS ", b"PATCH ", b"CONNECT ", b"TRACE "];

/// Whether bytes begin with the head of an HTTP/1 message.
pub fn is_http(bytes: &[u8]) -> bool {
    match bytes.first() {
        Some(b'H') => bytes.starts_with(b"HTTP/1.") || bytes.starts_with(b"HEAD "),
        Some(b'G' | b'P' | b'D' | b'O' | b'C' | b'T') => METHODS.iter().any(|method| bytes.starts_with(method)),
        _ => false,
    }
}

/// The head of an HTTP/1 message, as far as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpHead<'a> {
    /// The first line.
    pub line: &'a str,
    /// The header fields.
    pub fields: Vec<(&'a str, &'a str)>,
}

/// The most header fields that are looked at.
const MOST_FIELDS: usize = 100;

impl<'a> HttpHead<'a> {
    /// Reads a head; a line that is cut off is not there.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        if !is_http(bytes) {
            return None;
        }
        let mut rest = bytes;
        let line = next_line(&mut rest)?;
        let mut fields = Vec::new();
        while fields.len() < MOST_FIELDS
            && let Some((name, value)) = next_line(&mut rest).and_then(|line| line.split_once(':'))
        {
            fields.push((name, value.trim()));
        }
        Some(Self { line, fields })
    }

    /// A header field.
    pub fn field(&self, name: &str) -> Option<&'a str> {
        self.fields.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

fn next_line<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let end = memchr::memchr(b'\n', rest)?;
    let line = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
    *rest = &rest[end + 1..];
    std::str::from_utf8(line).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_that_is_cut() {
        let head = HttpHead::read(b"GET /a HTTP/1.1\r\nHost: example.com\r\nAccept: x").unwrap();
        assert_eq!((head.line, head.field("host")), ("GET /a HTTP/1.1", Some("example.com")));
        assert_eq!(head.fields.len(), 1);
        assert_eq!(HttpHead::read(b"GETTING"), None);
    }
}
