//! Names in certificates, as text. They are foreign: what could act on a terminal or a log is
//! escaped.

use std::net::IpAddr;

use super::value;
use crate::code::der::{Der, OBJECT, SEQUENCE};

const SET: u8 = 0x31;
/// BMPString: UTF-16 without surrogates.
const WIDE: u8 = 0x1E;

/// The short names of attributes (RFC 4514 and RFC 4519).
const ATTRIBUTES: &[(&[u8], &str)] = &[
    (&[0x55, 4, 3], "CN"),
    (&[0x55, 4, 4], "SN"),
    (&[0x55, 4, 5], "serialNumber"),
    (&[0x55, 4, 6], "C"),
    (&[0x55, 4, 7], "L"),
    (&[0x55, 4, 8], "ST"),
    (&[0x55, 4, 9], "STREET"),
    (&[0x55, 4, 10], "O"),
    (&[0x55, 4, 11], "OU"),
    (&[0x55, 4, 42], "GN"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 1, 25], "DC"),
    (&[0x09, 0x92, 0x26, 0x89, 0x93, 0xF2, 0x2C, 0x64, 1, 1], "UID"),
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 1], "emailAddress"),
];

/// A distinguished name, its parts in their order.
pub fn distinguished(content: &[u8]) -> Option<String> {
    let mut out = String::new();
    let mut parts = Der(content);
    while !parts.0.is_empty() {
        let mut part = Der(parts.take(SET)?);
        while !part.0.is_empty() {
            let mut attribute = part.sequence()?;
            let object = attribute.take(OBJECT)?;
            let (tag, bytes) = attribute.element()?;
            if !out.is_empty() {
                out.push_str(", ");
            }
            let known = ATTRIBUTES.iter().find(|(known, _)| *known == object);
            out.push_str(known.map_or("?", |(_, name)| name));
            out.push('=');
            append(&mut out, tag, bytes);
        }
    }
    Some(out)
}

fn append(out: &mut String, tag: u8, bytes: &[u8]) {
    let text = if tag == WIDE {
        let units: Vec<u16> = bytes.as_chunks().0.iter().map(|&pair| u16::from_be_bytes(pair)).collect();
        String::from_utf16_lossy(&units)
    } else {
        String::from_utf8_lossy(bytes).into_owned()
    };
    for character in text.chars() {
        if character.is_control() { out.extend(character.escape_default()) } else { out.push(character) }
    }
}

/// The names of the extension `subjectAltName` that have a form to write.
pub fn alternatives(extension: Der<'_>) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut all = Der(value(extension)?).take(SEQUENCE).map(Der)?;
    while !all.0.is_empty() {
        match all.element()? {
            // rfc822Name, dNSName, uniformResourceIdentifier
            (0x81 | 0x82 | 0x86, bytes) => {
                let mut name = String::new();
                append(&mut name, 0, bytes);
                names.push(name);
            }
            (0x87, bytes) => names.extend(address(bytes).map(|address| address.to_string())),
            _ => {}
        }
    }
    Some(names)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}
