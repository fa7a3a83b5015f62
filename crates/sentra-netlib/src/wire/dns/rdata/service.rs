//! The parameters of a service (RFC 9460, 2.1 and 7).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{base64, quoted};
use crate::wire::dns::name::push_escaped;

const NAMES: [&str; 7] = ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint"];

/// All parameters as zone files have them; nothing if they are malformed.
pub(super) fn show(mut rest: &[u8]) -> Option<String> {
    let mut shown = Vec::new();
    while !rest.is_empty() {
        let (head, tail) = rest.split_first_chunk::<4>()?;
        let key = u16::from_be_bytes([head[0], head[1]]);
        let (value, tail) = tail.split_at_checked(usize::from(u16::from_be_bytes([head[2], head[3]])))?;
        shown.push(parameter(key, value)?);
        rest = tail;
    }
    Some(shown.join(" "))
}

fn parameter(key: u16, value: &[u8]) -> Option<String> {
    let text = match key {
        0 => listed(value, |two: [u8; 2]| name(u16::from_be_bytes(two)))?,
        1 => format!("\"{}\"", protocols(value)?),
        3 => u16::from_be_bytes(value.try_into().ok()?).to_string(),
        4 => listed(value, |address: [u8; 4]| Ipv4Addr::from(address).to_string())?,
        5 => base64(value),
        6 => listed(value, |address: [u8; 16]| Ipv6Addr::from(address).to_string())?,
        _ if value.is_empty() => return Some(name(key)),
        _ => quoted(value),
    };
    Some(format!("{}={text}", name(key)))
}

fn name(key: u16) -> String {
    NAMES.get(usize::from(key)).map_or_else(|| format!("key{key}"), |name| (*name).to_string())
}

fn listed<const LEN: usize>(value: &[u8], show: impl Fn([u8; LEN]) -> String) -> Option<String> {
    let (items, []) = value.as_chunks::<LEN>() else { return None };
    Some(items.iter().map(|item| show(*item)).collect::<Vec<_>>().join(","))
}

fn protocols(mut rest: &[u8]) -> Option<String> {
    let mut shown = Vec::new();
    while let Some((&len, tail)) = rest.split_first() {
        let (id, tail) = tail.split_at_checked(usize::from(len))?;
        let mut text = String::new();
        for &byte in id {
            // A comma within a list is escaped, and that escape again within quotes.
            if byte == b',' { text.push_str("\\\\,") } else { push_escaped(&mut text, byte, b"\"\\") }
        }
        shown.push(text);
        rest = tail;
    }
    Some(shown.join(","))
}
