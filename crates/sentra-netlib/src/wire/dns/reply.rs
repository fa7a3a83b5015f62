//! Replies: the header's flags and the records, in the order in which they came.
//!
//! A record's data stay in the message, since names in them point into it; [`super::rdata`]
//! reads them. Records that answer are checked whole here, so that what a caller gets can be
//! read.

use trust_dns_proto::rr::Name;
use trust_dns_proto::serialize::binary::{BinDecodable, BinDecoder};

use super::kind::Kind;
use super::{HEADER, rdata};

/// The most records of a reply that are looked at: a message of 65,535 bytes has no more.
const MOST_RECORDS: usize = 65_535 / 11;
/// The number of the record that carries EDNS (RFC 6891, 6.1.1).
const OPT: u16 = 41;

/// A reply.
#[derive(Clone, Debug)]
pub struct Reply {
    bytes: Box<[u8]>,
    /// The records, section after section.
    records: Vec<Record>,
    /// How many of them answer, and how many are about authority.
    sections: [usize; 2],
    /// The code of success or failure, its higher bits from EDNS.
    pub code: u16,
}

/// A record.
#[derive(Clone, Debug)]
pub struct Record {
    /// Whose it is.
    pub name: Name,
    /// What it is about.
    pub kind: Kind,
    /// 1 for the internet.
    pub class: u16,
    /// Seconds that it may be kept.
    pub ttl: u32,
    /// Where its data lie in the message.
    pub(super) at: usize,
    pub(super) end: usize,
}

/// What the header says besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flags {
    /// The server is responsible for the name.
    pub authoritative: bool,
    /// There is more than fits.
    pub truncated: bool,
    /// The server was asked to look further, and does so for us.
    pub recursion_desired: bool,
    /// The server looks further.
    pub recursion_available: bool,
    /// The server has checked the signatures.
    pub authentic: bool,
    /// Nobody shall check them.
    pub checking_disabled: bool,
}

/// Codes of replies that decide what comes next (RFC 1035, 4.1.1; RFC 6891, 9).
#[allow(missing_docs)]
pub mod code {
    pub const NO_ERROR: u16 = 0;
    pub const FORMAT_ERROR: u16 = 1;
    pub const SERVER_FAILURE: u16 = 2;
    pub const NO_SUCH_NAME: u16 = 3;
    pub const NOT_IMPLEMENTED: u16 = 4;
    pub const REFUSED: u16 = 5;
    pub const BAD_VERSION: u16 = 16;
}

impl Reply {
    /// Reads a reply; nothing if it is malformed. One that says it is cut may end anywhere.
    pub fn read(bytes: impl Into<Box<[u8]>>) -> Option<Self> {
        let bytes = bytes.into();
        let header = bytes.get(..HEADER)?;
        let count = |at: usize| usize::from(u16::from_be_bytes([header[at], header[at + 1]]));
        let truncated = header[2] & 2 != 0;
        let (questions, counts) = (count(4), [count(6), count(8), count(10)]);
        let code = u16::from(header[3] & 15);
        let mut reply = Self { bytes, records: Vec::new(), sections: [0; 2], code };
        let mut at = HEADER;
        for _ in 0..questions {
            at = read_name(&reply.bytes, at)?.1 + 4;
        }
        if counts.iter().sum::<usize>() > MOST_RECORDS {
            return None;
        }
        for (section, count) in counts.into_iter().enumerate() {
            for _ in 0..count {
                match read_record(&reply.bytes, at) {
                    Some((record, end)) => {
                        at = end;
                        reply.take(section, record)?;
                    }
                    None if truncated => return Some(reply),
                    None => return None,
                }
            }
        }
        Some(reply)
    }

    fn take(&mut self, section: usize, record: Record) -> Option<()> {
        if record.kind.0 == OPT {
            self.code |= (record.ttl >> 24 << 4) as u16;
            return Some(());
        }
        if section == 0 {
            rdata::check(self, &record)?;
        }
        if let Some(count) = self.sections.get_mut(section) {
            *count += 1;
        }
        self.records.push(record);
        Some(())
    }

    /// The whole message.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The records that answer.
    pub fn answers(&self) -> &[Record] {
        &self.records[..self.sections[0]]
    }

    /// The records that say who is responsible.
    pub fn authorities(&self) -> &[Record] {
        &self.records[self.sections[0]..][..self.sections[1]]
    }

    /// The records that may help.
    pub fn additionals(&self) -> &[Record] {
        &self.records[self.sections[0] + self.sections[1]..]
    }

    /// The header's flags.
    pub fn flags(&self) -> Flags {
        let (high, low) = (self.bytes[2], self.bytes[3]);
        Flags {
            authoritative: high & 4 != 0,
            truncated: high & 2 != 0,
            recursion_desired: high & 1 != 0,
            recursion_available: low & 0x80 != 0,
            authentic: low & 0x20 != 0,
            checking_disabled: low & 0x10 != 0,
        }
    }
}

/// A name in a message, and where it ends there.
pub(super) fn read_name(bytes: &[u8], at: usize) -> Option<(Name, usize)> {
    // The decoder trusts the place that it is given.
    let at = u16::try_from(at).ok().filter(|_| at <= bytes.len())?;
    let mut decoder = BinDecoder::new(bytes).clone(at);
    let name = Name::read(&mut decoder).ok()?;
    Some((name, decoder.index()))
}

fn read_record(bytes: &[u8], at: usize) -> Option<(Record, usize)> {
    let (name, at) = read_name(bytes, at)?;
    let fixed: &[u8; 10] = bytes.get(at..)?.first_chunk()?;
    let number = |at: usize| u16::from_be_bytes([fixed[at], fixed[at + 1]]);
    let ttl = u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]);
    let at = at + 10;
    let end = at + usize::from(number(8));
    // RFC 2181, 8: a time to live with its highest bit set counts as none.
    let kind = Kind(number(0));
    let ttl = if ttl > i32::MAX as u32 && kind.0 != OPT { 0 } else { ttl };
    (end <= bytes.len()).then_some((Record { name, kind, class: number(2), ttl, at, end }, end))
}
