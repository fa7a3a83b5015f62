//! The host and port of a URL.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::code::Malformed;
use crate::network::parse_address;

/// The longest name that is looked at.
const MOST_BYTES: usize = 1024;

/// Host, brackets included, and port of an authority without user.
pub(super) fn split_port(text: &str) -> Result<(&str, Option<u16>), Malformed> {
    let end = match text.starts_with('[') {
        true => 1 + text.find(']').ok_or_else(|| Malformed::at(0, "a bracket that is not closed"))?,
        false => text.find(':').unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at(end);
    let Some(digits) = rest.strip_prefix(':') else {
        return if rest.is_empty() {
            Ok((host, None))
        } else {
            Err(Malformed::at(end, "something behind the bracket"))
        };
    };
    if digits.is_empty() {
        return Ok((host, None));
    }
    let port = digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    port.map(|port| (host, Some(port))).ok_or_else(|| Malformed::at(end + 1, "a port that is no number up to 65535"))
}

/// The host in the one form that stands for it, IPv6 without brackets.
pub(super) fn canonical(host: &str) -> Result<String, Malformed> {
    if let Some(inside) = host.strip_prefix('[') {
        let inside = inside.strip_suffix(']').ok_or_else(|| no_name(host))?;
        return match inside.parse::<Ipv6Addr>() {
            Ok(address) => Ok(address.to_string()),
            Err(_) => Err(parse_address(inside.as_bytes()).err().unwrap_or_else(|| no_name(host))),
        };
    }
    let name = match host.is_ascii() {
        true => host.to_ascii_lowercase(),
        false if host.len() > MOST_BYTES => return Err(no_name(host)),
        false => idna::domain_to_ascii(host).map_err(|_| no_name(host))?,
    };
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
        return Err(no_name(host));
    }
    if ends_in_number(&name) && name.parse::<Ipv4Addr>().is_err() {
        let what = format!("the host {name:?} is no IPv4 address of four decimal numbers, but some read it as one");
        return Err(Malformed::whole(what));
    }
    Ok(name)
}

fn no_name(host: &str) -> Malformed {
    let shown: String = host.chars().take(64).collect();
    Malformed::whole(format!("{shown:?} is no host name"))
}

/// Whether some clients would take the name for an IPv4 address.
fn ends_in_number(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x").is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit())
}
