//! Names as people write and read them: labels between dots, other bytes escaped as in zone
//! files (RFC 1035, 5.1), letters beyond ASCII by IDNA.

use std::net::IpAddr;

use trust_dns_proto::rr::Name;

/// Bytes that are written with a backslash, as dig writes them.
const ESCAPED: &[u8] = b"\".;\\()@$";

/// Reads a name; nothing if it is none. A dot at the end makes no difference here.
pub fn parse(text: &str) -> Option<Name> {
    let ascii;
    let text = if text.is_ascii() {
        text
    } else {
        ascii = idna::domain_to_ascii(text).ok()?;
        &ascii
    };
    if text == "." {
        return Some(Name::root());
    }
    let mut labels = labels(text.as_bytes())?;
    if labels.last().is_some_and(Vec::is_empty) {
        labels.pop();
    }
    if labels.is_empty() || labels.iter().any(|label| label.is_empty() || label.len() > 63) {
        return None;
    }
    let mut name = Name::from_labels(labels.iter().map(Vec::as_slice)).ok()?;
    name.set_fqdn(true);
    // RFC 1035, 2.3.4: 255 octets with the root's.
    (labels.iter().map(|label| label.len() + 1).sum::<usize>() < 255).then_some(name)
}

fn labels(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut labels = vec![Vec::new()];
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        let byte = match byte {
            b'.' => {
                labels.push(Vec::new());
                continue;
            }
            b'\\' => match rest.next()? {
                digit @ b'0'..=b'9' => decimal([digit, rest.next()?, rest.next()?])?,
                other => other,
            },
            0..=b' ' | 0x7f.. => return None,
            byte => byte,
        };
        labels.last_mut()?.push(byte);
    }
    Some(labels)
}

fn decimal(digits: [u8; 3]) -> Option<u8> {
    std::str::from_utf8(&digits).ok()?.parse().ok()
}

/// A name without the dot at its end; the root is a dot.
pub fn text(name: &Name) -> String {
    let mut text = String::new();
    for label in name.iter() {
        if !text.is_empty() {
            text.push('.');
        }
        label.iter().for_each(|&byte| push_escaped(&mut text, byte, ESCAPED));
    }
    if text.is_empty() { ".".into() } else { text }
}

/// Adds a byte as zone files have it.
pub(super) fn push_escaped(text: &mut String, byte: u8, escaped: &[u8]) {
    match byte {
        byte if escaped.contains(&byte) => text.extend(['\\', char::from(byte)]),
        b'!'..=b'~' => text.push(char::from(byte)),
        byte => text.push_str(&format!("\\{byte:03}")),
    }
}

/// The name whose PTR record names an address (RFC 1035, 3.5; RFC 3596, 2.5).
pub fn reverse(address: IpAddr) -> Name {
    let text = match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(address) => {
            let nibbles = address.octets().into_iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
            let digits: String = nibbles.map(|nibble| format!("{nibble:x}.")).collect();
            format!("{digits}ip6.arpa")
        }
    };
    parse(&text).expect("digits make a name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_they_are_written() {
        for (written, shown) in [
            ("www.example.com", "www.example.com"),
            ("www.example.com.", "www.example.com"),
            ("_sip._tcp.Example", "_sip._tcp.Example"),
            (".", "."),
            (r"a\.b.c", r"a\.b.c"),
            (r"a\007b", r"a\007b"),
            (r"a\098", "ab"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("*.example", "*.example"),
        ] {
            assert_eq!(text(&parse(written).unwrap()), shown, "{written}");
        }
    }

    #[test]
    fn what_is_no_name() {
        let long = "a".repeat(64);
        let many = "a.".repeat(127);
        for text in ["", "..", "a..b", ".a", "a b", "a\0b", r"a\", r"a\25", r"a\256", &long, &format!("{many}ab")] {
            assert!(parse(text).is_none(), "{text:?}");
        }
        assert!(parse(&many).is_some());
        assert!(parse(&"a".repeat(63)).is_some());
    }

    #[test]
    fn addresses_turned_round() {
        assert_eq!(text(&reverse("192.0.2.1".parse().unwrap())), "1.2.0.192.in-addr.arpa");
        let six = text(&reverse("2001:db8::1".parse().unwrap()));
        assert_eq!(six, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    }
}
