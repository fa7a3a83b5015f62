//! DNS messages (RFC 1035, RFC 6891): questions written, answers checked and read. Bytes only:
//! whom to ask and when to ask again is for [`crate::exchange::resolver`].
//!
//! Nothing in an answer is believed before it is known to answer the question that was sent.

pub mod kind;
pub mod name;
pub mod rdata;
pub mod reply;
pub mod system;

use trust_dns_proto::op::{Edns, Message, MessageType, OpCode, Query};
use trust_dns_proto::rr::Name;

use crate::random;

pub use kind::Kind;
pub use reply::{Record, Reply};

/// What a reply over UDP may have: more is cut, and asked for over TCP. Greater ones are
/// fragmented on some paths, and then lost (DNS Flag Day 2020).
const UDP_PAYLOAD: u16 = 1232;
/// Bytes of a message before its question.
pub const HEADER: usize = 12;

/// How to put a question.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Whether the server shall find the answer itself.
    pub recursive: bool,
    /// Whether to say that we understand EDNS.
    pub edns: bool,
    /// Whether to want the signatures too (DNSSEC OK).
    pub signatures: bool,
    /// Whether letters get a random case, which the answer has to repeat: the more there are,
    /// the harder it is to forge an answer (draft-vixie-dnsext-dns0x20).
    pub mixed_case: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self { recursive: true, edns: true, signatures: false, mixed_case: true }
    }
}

/// A question as it goes out.
#[derive(Clone, Debug)]
pub struct Question {
    bytes: Vec<u8>,
    /// Name, kind and class as they were meant, whatever case the letters have in the message.
    meant: Vec<u8>,
}

impl Question {
    /// Asks for records of one kind at a name.
    pub fn new(name: &Name, kind: Kind, manner: Manner) -> Self {
        let mut query = Query::query(name.clone(), kind.into());
        query.set_query_class(trust_dns_proto::rr::DNSClass::IN);
        let mut message = Message::new(0, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = manner.recursive;
        message.add_query(query);
        if manner.edns {
            let mut edns = Edns::new();
            edns.set_max_payload(UDP_PAYLOAD).set_version(0).set_dnssec_ok(manner.signatures);
            message.set_edns(edns);
        }
        let mut bytes = message.to_vec().expect("a name that was read fits into a message");
        let end = name_end(&bytes, HEADER).expect("our own name is whole");
        let meant = bytes[HEADER..end + 4].to_vec();
        if manner.mixed_case {
            mix_case(&mut bytes[HEADER..end]);
        }
        Self { bytes, meant }
    }

    /// The message with an id, which whoever sends it draws at random and uses once at a time.
    pub fn message(&mut self, id: u16) -> &[u8] {
        self.bytes[..2].copy_from_slice(&id.to_be_bytes());
        &self.bytes
    }

    /// Name, kind and class, as they lie in the message.
    pub fn question(&self) -> &[u8] {
        &self.bytes[HEADER..][..self.meant.len()]
    }

    /// Puts the letters in a reply's question back as they were meant: other names point there.
    pub fn restore(&self, reply: &mut [u8]) {
        if let Some(question) = reply.get_mut(HEADER..).and_then(|rest| rest.get_mut(..self.meant.len())) {
            question.copy_from_slice(&self.meant);
        }
    }
}

/// Turns the case of letters round at random.
fn mix_case(name: &mut [u8]) {
    let mut bits = [0; 32];
    // Without randomness the question is as good as one in lower case.
    let _ = random::fill(&mut bits[..name.len().div_ceil(8).min(32)]);
    for (at, byte) in name.iter_mut().enumerate() {
        let turns = bits[at / 8 % bits.len()] >> (at % 8) & 1 != 0;
        if turns && byte.is_ascii_alphabetic() {
            *byte ^= 0x20;
        }
    }
}

/// Whether bytes are a reply with this id to this question, as it was put. What is not is not
/// from whom we asked, or is an old one: it is left alone.
pub fn answers(bytes: &[u8], id: u16, question: &[u8]) -> bool {
    let Some(header) = bytes.get(..HEADER) else { return false };
    let is_reply = header[2] & 0x80 != 0 && header[2] & 0x78 == 0;
    if !is_reply || header[..2] != id.to_be_bytes() {
        return false;
    }
    match u16::from_be_bytes([header[4], header[5]]) {
        1 => bytes[HEADER..].starts_with(question),
        // Who did not understand the question cannot repeat it (RFC 1035, 4.1.1: FORMERR).
        0 => header[3] & 0x0f == 1 && bytes.len() == HEADER,
        _ => false,
    }
}

/// Where an uncompressed name ends.
fn name_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let len = usize::from(*bytes.get(at)?);
        at += len + 1;
        match len {
            0 => return Some(at),
            1..=63 => {}
            _ => return None,
        }
    }
}

/// A message on a stream goes behind its length (RFC 1035, 4.2.2).
pub fn framed(message: &[u8]) -> Vec<u8> {
    let len = u16::try_from(message.len()).expect("a question is short");
    [&len.to_be_bytes(), message].concat()
}

/// The first whole message of a stream and how many bytes it takes with its length.
pub fn deframe(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let (len, rest) = bytes.split_first_chunk::<2>()?;
    let len = usize::from(u16::from_be_bytes(*len));
    Some((rest.get(..len)?, len + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(mixed_case: bool) -> Question {
        let name = name::parse("www.example.com").unwrap();
        Question::new(&name, Kind::A, Manner { mixed_case, ..Manner::default() })
    }

    fn reply_to(question: &mut Question, id: u16) -> Vec<u8> {
        let mut bytes = question.message(id).to_vec();
        bytes[2] |= 0x80;
        bytes
    }

    #[test]
    fn a_reply_repeats_id_and_question() {
        let mut question = question(true);
        let reply = reply_to(&mut question, 7);
        assert!(answers(&reply, 7, question.question()));
        assert!(!answers(&reply, 8, question.question()), "another id");
        let mut other = reply.clone();
        other[HEADER + 1] ^= 0x20;
        assert!(!answers(&other, 7, question.question()), "another case");
        let mut asks = reply.clone();
        asks[2] &= 0x7f;
        assert!(!answers(&asks, 7, question.question()), "no reply");
        for cut in 0..question.question().len() + HEADER {
            assert!(!answers(&reply[..cut], 7, question.question()), "cut at {cut}");
        }
    }

    #[test]
    fn who_does_not_understand_answers_without_the_question() {
        let mut question = question(false);
        let mut reply = reply_to(&mut question, 7)[..HEADER].to_vec();
        reply[4..].fill(0);
        reply[3] = 1;
        assert!(answers(&reply, 7, question.question()));
        reply[3] = 2;
        assert!(!answers(&reply, 7, question.question()));
    }

    #[test]
    fn messages_on_a_stream() {
        let stream = [framed(b"abc"), framed(b"")].concat();
        for cut in 0..5 {
            assert_eq!(deframe(&stream[..cut]), None);
        }
        assert_eq!(deframe(&stream), Some((&b"abc"[..], 5)));
        assert_eq!(deframe(&stream[5..]), Some((&b""[..], 2)));
    }
}
