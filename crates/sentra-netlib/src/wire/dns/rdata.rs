//! The data of records: read by the row of their kind, and shown as zone files and dig show
//! them, names without the dot at their end.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::kind::{Kind, Part};
use super::name::{self, push_escaped};
use super::reply::{Record, Reply, read_name};
use crate::code::base64::Alphabet;
use crate::code::hex;

mod location;
mod service;

/// One part of a record's data, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// A number.
    Number(u32),
    /// A text as it is, and as it is shown.
    Text(Vec<u8>),
    /// Several texts.
    Texts(Vec<Vec<u8>>),
    /// What has only one form.
    Shown(String),
}

/// Whether a record's data are what its kind wants.
pub(super) fn check(reply: &Reply, record: &Record) -> Option<()> {
    parts(reply, record).map(drop)
}

/// The parts of a record's data with their names; nothing if they are malformed, none if the
/// kind's are not known.
pub fn parts(reply: &Reply, record: &Record) -> Option<Vec<(&'static str, Datum)>> {
    let Some(row) = record.kind.row() else { return Some(Vec::new()) };
    let mut reader = Reader { bytes: &reply.bytes()[..record.end], at: record.at };
    let mut read = Vec::with_capacity(row.parts.len());
    for &(name, part) in row.parts {
        read.push((name, reader.part(part)?));
    }
    (reader.at == record.end || row.parts.is_empty()).then_some(read)
}

/// A record's data as zone files have them.
pub fn text(reply: &Reply, record: &Record) -> String {
    let row = record.kind.row().filter(|row| !row.parts.is_empty());
    let (Some(row), Some(parts)) = (row, parts(reply, record)) else {
        return unknown(&reply.bytes()[record.at..record.end]);
    };
    let shown = parts.iter().zip(row.parts).map(|((_, datum), (_, part))| show(datum, *part));
    shown.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The bytes of a text record's texts together; nothing if it is none.
pub fn joined_texts(reply: &Reply, record: &Record) -> Option<Vec<u8>> {
    let parts = parts(reply, record)?;
    match parts.as_slice() {
        [(_, Datum::Texts(texts))] => Some(texts.concat()),
        _ => None,
    }
}

/// The name that a record points to, for kinds that only do that.
pub fn target(reply: &Reply, record: &Record) -> Option<trust_dns_proto::rr::Name> {
    read_name(&reply.bytes()[..record.end], record.at).map(|(name, _)| name)
}

/// An address record's address.
pub fn address(reply: &Reply, record: &Record) -> Option<std::net::IpAddr> {
    let data = &reply.bytes()[record.at..record.end];
    match record.kind {
        Kind::A => <[u8; 4]>::try_from(data).ok().map(Into::into),
        Kind::AAAA => <[u8; 16]>::try_from(data).ok().map(Into::into),
        _ => None,
    }
}

/// Seconds that the absence of a record may be remembered (RFC 2308, 5), if this is the record that says so.
pub fn negative_ttl(reply: &Reply, record: &Record) -> Option<u32> {
    if record.kind != Kind::SOA {
        return None;
    }
    match parts(reply, record)?.last()? {
        (_, Datum::Number(minimum)) => Some(record.ttl.min(*minimum)),
        _ => None,
    }
}

/// Data of a kind that is not known (RFC 3597, 5).
fn unknown(data: &[u8]) -> String {
    let digits = hex::encode(data).to_uppercase();
    format!("\\# {} {digits}", data.len()).trim_end().to_string()
}

fn show(datum: &Datum, part: Part) -> String {
    match datum {
        Datum::Number(number) => number.to_string(),
        Datum::Text(text) if part == Part::Tag => escaped(text),
        Datum::Text(text) => quoted(text),
        Datum::Texts(texts) => texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(" "),
        Datum::Shown(text) => text.clone(),
    }
}

fn quoted(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in bytes {
        if byte == b' ' { text.push(' ') } else { push_escaped(&mut text, byte, b"\"\\") }
    }
    text + "\""
}

fn escaped(bytes: &[u8]) -> String {
    let mut text = String::new();
    bytes.iter().for_each(|&byte| push_escaped(&mut text, byte, b"\"\\"));
    text
}

/// Reads parts one after the other, up to the end of the data.
struct Reader<'a> {
    /// The message up to the end of the data.
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn part(&mut self, part: Part) -> Option<Datum> {
        Some(match part {
            Part::Address4 => shown(Ipv4Addr::from(self.fixed::<4>()?)),
            Part::Address6 => shown(Ipv6Addr::from(self.fixed::<16>()?)),
            Part::Name => Datum::Shown(self.name()?),
            Part::U8 => Datum::Number(u32::from(self.fixed::<1>()?[0])),
            Part::U16 => Datum::Number(u32::from(self.u16()?)),
            Part::U32 => Datum::Number(self.u32()?),
            Part::Kind => shown(Kind(self.u16()?)),
            Part::Text | Part::Tag => Datum::Text(self.short()?.to_vec()),
            Part::Texts => Datum::Texts(self.texts()?),
            Part::LongText => Datum::Text(self.rest().to_vec()),
            Part::Hex => Datum::Shown(hex::encode(self.rest()).to_uppercase()),
            Part::Base64 => Datum::Shown(base64(self.rest())),
            Part::ShortHex => Datum::Shown(salt(self.short()?)),
            Part::ShortBase32 => Datum::Shown(base32(self.short()?)),
            Part::Time => Datum::Shown(time(self.u32()?)),
            Part::Kinds => Datum::Shown(self.kinds()?),
            Part::Eui => Datum::Shown(eui(self.rest())),
            Part::ServiceParameters => Datum::Shown(service::show(self.rest())?),
            Part::Location => Datum::Shown(location::show(self.rest())?),
        })
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..)?.get(..len)?;
        self.at += len;
        Some(taken)
    }

    fn fixed<const LEN: usize>(&mut self) -> Option<[u8; LEN]> {
        self.take(LEN)?.try_into().ok()
    }

    fn u16(&mut self) -> Option<u16> {
        self.fixed().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.fixed().map(u32::from_be_bytes)
    }

    fn rest(&mut self) -> &'a [u8] {
        let rest = &self.bytes[self.at..];
        self.at = self.bytes.len();
        rest
    }

    /// Up to 255 bytes behind their length.
    fn short(&mut self) -> Option<&'a [u8]> {
        let [len] = self.fixed()?;
        self.take(usize::from(len))
    }

    fn name(&mut self) -> Option<String> {
        let (name, end) = read_name(self.bytes, self.at)?;
        self.at = end;
        Some(name::text(&name))
    }

    fn texts(&mut self) -> Option<Vec<Vec<u8>>> {
        let mut texts = Vec::new();
        while self.at < self.bytes.len() {
            texts.push(self.short()?.to_vec());
        }
        Some(texts)
    }

    /// Windows of up to 256 kinds, a bit each.
    fn kinds(&mut self) -> Option<String> {
        let mut kinds = Vec::new();
        while self.at < self.bytes.len() {
            let [window] = self.fixed()?;
            let bits = self.short()?;
            let set = (0..bits.len() * 8).filter(|bit| bits[bit / 8] & (0x80 >> (bit % 8)) != 0);
            kinds.extend(set.map(|bit| Kind(u16::from(window) << 8 | bit as u16).to_string()));
        }
        Some(kinds.join(" "))
    }
}

fn shown(value: impl ToString) -> Datum {
    Datum::Shown(value.to_string())
}

fn salt(bytes: &[u8]) -> String {
    if bytes.is_empty() { "-".into() } else { hex::encode(bytes).to_uppercase() }
}

fn base32(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
    let mut text = String::new();
    for group in bytes.chunks(5) {
        let mut padded = [0; 8];
        padded[3..3 + group.len()].copy_from_slice(group);
        let bits = u64::from_be_bytes(padded);
        let digits = (group.len() * 8).div_ceil(5);
        text.extend((0..digits).map(|digit| char::from(DIGITS[(bits >> (35 - 5 * digit) & 31) as usize])));
    }
    text
}

/// Bytes in base 64.
fn base64(bytes: &[u8]) -> String {
    String::from_utf8(Alphabet::Standard.encode(bytes)).expect("digits are ASCII")
}

fn eui(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join("-")
}

/// Seconds since 1970 as YYYYMMDDHHmmSS (RFC 4034, 3.2).
fn time(seconds: u32) -> String {
    let (days, seconds) = (i64::from(seconds) / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

/// The day of the Gregorian calendar that lies so many days after 1970-01-01. Years here begin
/// with March, so that the day that is not always there is the last.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let of_year = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(of_year <= 2), of_year, day - (153 * month + 2) / 5 + 1)
}
