//! The question of a DNS message, read where it is: what captures ask of each message.

use std::net::IpAddr;

use super::word;

/// The length of the header.
const HEADER: usize = 12;
/// The longest name, as text.
const LONGEST_NAME: usize = 255;

/// A message's header and its first question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What question and answer have in common.
    pub id: u16,
    /// Whether it answers.
    pub response: bool,
    /// What is to be done: 0 is an ordinary question.
    pub operation: u8,
    /// The code of success or failure.
    pub code: u8,
    /// How many questions, answers, authorities and further records it says it has.
    pub counts: [u16; 4],
    /// The name that is asked for, without the dot at its end.
    pub name: String,
    /// The type of record.
    pub kind: u16,
    /// Its class.
    pub class: u16,
}

impl Message {
    /// Reads a message; nothing if it cannot be one of DNS.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let header = bytes.get(..HEADER)?;
        let (high, low) = (header[2], header[3]);
        let counts = [4, 6, 8, 10].map(|at| word(header, at));
        let mut message = Self {
            id: word(header, 0),
            response: high & 0x80 != 0,
            operation: high >> 3 & 15,
            code: low & 15,
            counts,
            name: String::new(),
            kind: 0,
            class: 0,
        };
        // What has no question and no record, or more than fit, is something else.
        let records: usize = counts.iter().map(|&count| usize::from(count)).sum();
        if records == 0 || usize::from(counts[0]) > bytes.len() / 5 {
            return None;
        }
        if counts[0] > 0 {
            let end = read_name(bytes, &mut message.name)?;
            let rest = bytes.get(end..end + 4)?;
            (message.kind, message.class) = (word(rest, 0), word(rest, 2));
        }
        Some(message)
    }

    /// Reads the message behind its length, as it is over TCP.
    pub fn read_stream(bytes: &[u8]) -> Option<Self> {
        let (_, message) = bytes.split_first_chunk::<2>()?;
        Self::read(message)
    }
}

/// Reads the name of the first question, which nothing before it can be pointed to by; where it
/// ends. Bytes that are no plain text are escaped as in zone files.
fn read_name(bytes: &[u8], out: &mut String) -> Option<usize> {
    let mut at = HEADER;
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1;
        if length == 0 {
            return Some(at);
        }
        let label = bytes.get(at..at + length).filter(|_| length < 64 && at + length - HEADER <= LONGEST_NAME)?;
        if !out.is_empty() {
            out.push('.');
        }
        for &byte in label {
            match byte {
                b'.' | b'\\' => out.extend(['\\', char::from(byte)]),
                b'!'..=b'~' => out.push(char::from(byte)),
                other => out.push_str(&format!("\\{other:03}")),
            }
        }
        at += length;
    }
}

/// The addresses in the answers of a message, as many as are read easily: those whose names
/// are pointers or plain.
pub fn addresses(bytes: &[u8]) -> Vec<IpAddr> {
    let mut found = Vec::new();
    let (Some(header), Some(message)) = (bytes.get(..HEADER), Message::read(bytes)) else { return found };
    let mut at = HEADER;
    for _ in 0..message.counts[0] {
        let Some(end) = skip_name(bytes, at) else { return found };
        at = end + 4;
    }
    for _ in 0..word(header, 6).min(64) {
        let Some(fixed) = skip_name(bytes, at).and_then(|end| bytes.get(end..end + 10).map(|fixed| (end + 10, fixed)))
        else {
            return found;
        };
        let (begin, length) = (fixed.0, usize::from(word(fixed.1, 8)));
        let Some(data) = bytes.get(begin..begin + length) else { return found };
        match (word(fixed.1, 0), data.len()) {
            (1, 4) => found.push(IpAddr::from([data[0], data[1], data[2], data[3]])),
            (28, 16) => found.extend(data.first_chunk::<16>().map(|octets| IpAddr::from(*octets))),
            _ => {}
        }
        at = begin + length;
    }
    found
}

fn skip_name(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match usize::from(*bytes.get(at)?) {
            0 => return Some(at + 1),
            length if length < 64 => at += length + 1,
            _ => return Some(at + 2),
        }
    }
}

/// The name of a type of record.
pub fn kind_name(kind: u16) -> String {
    crate::wire::dns::Kind(kind).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPLY: &[u8] = b"\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0\x03www\x07example\0\0\x01\0\x01\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x01\x02\x03\x04";

    #[test]
    fn a_reply() {
        let message = Message::read(REPLY).unwrap();
        assert!(message.response);
        assert_eq!((message.id, message.name.as_str(), message.kind), (0x1234, "www.example", 1));
        assert_eq!(addresses(REPLY), [IpAddr::from([1, 2, 3, 4])]);
        assert!((0..29).all(|length| Message::read(&REPLY[..length]).is_none()));
    }
}
