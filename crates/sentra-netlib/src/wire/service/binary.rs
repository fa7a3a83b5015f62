//! Services that do not speak in lines. Each reader looks at what it needs to be sure, and says
//! in words what the bytes tell.

use crate::wire::dns::{Reply, deframe, rdata};

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// A handshake or an alert of TLS (RFC 8446, 5.1): the version that the server has chosen.
pub(super) fn tls(said: &[u8]) -> Option<String> {
    let [kind, 3, minor, ..] = *said else { return None };
    let len = u16_at(said, 3)?;
    match kind {
        0x16 if said.get(5) == Some(&2) && len >= 42 => {
            Some(version(server_version(said).unwrap_or(0x300 | u16::from(minor))))
        }
        0x15 if len == 2 && matches!(said.get(5), Some(1 | 2) | None) => Some("TLS".into()),
        _ => None,
    }
}

/// The version of a ServerHello, by the extension that TLS 1.3 says it in (4.2.1).
fn server_version(said: &[u8]) -> Option<u16> {
    let legacy = u16_at(said, 9)?;
    let session = usize::from(*said.get(43)?);
    let mut at = 44 + session + 3;
    let Some(len) = u16_at(said, at) else { return Some(legacy) };
    let end = (at + 2 + usize::from(len)).min(said.len());
    at += 2;
    while at + 4 <= end {
        let (kind, len) = (u16_at(said, at)?, u16_at(said, at + 2)?);
        if kind == 43 && len == 2 {
            return u16_at(said, at + 4).or(Some(legacy));
        }
        at += 4 + usize::from(len);
    }
    Some(legacy)
}

fn version(number: u16) -> String {
    match number {
        0x0300 => "SSLv3".into(),
        0x0301..=0x0304 => format!("TLSv1.{}", number - 0x0301),
        _ => "TLS".into(),
    }
}

/// The greeting of MySQL and MariaDB (protocol 10), or their refusal: the version or the reason.
pub(super) fn mysql(said: &[u8]) -> Option<String> {
    let [low, middle, 0, 0, kind, ref rest @ ..] = *said else { return None };
    let len = usize::from(low) | usize::from(middle) << 8;
    match kind {
        10 if len >= 20 => {
            let end = rest.iter().take(64).position(|&byte| byte == 0)?;
            let text = std::str::from_utf8(&rest[..end]).ok()?;
            let version = text.strip_prefix("5.5.5-").unwrap_or(text);
            let printable = version.starts_with(|c: char| c.is_ascii_digit())
                && version.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
            printable.then(|| version.to_string())
        }
        0xff if (9..=512).contains(&len) && said.len() >= 4 + len => {
            let text = said.get(7..4 + len)?;
            let text = text.strip_prefix(b"#").map_or(text, |text| text.get(5..).unwrap_or_default());
            text.is_ascii().then(|| String::from_utf8_lossy(text).into_owned())
        }
        _ => None,
    }
}

/// The answer of PostgreSQL to a request for TLS: yes, no, or an error.
pub(super) fn postgresql(said: &[u8]) -> Option<String> {
    match said {
        b"S" => Some("PostgreSQL with TLS".into()),
        b"N" => Some("PostgreSQL without TLS".into()),
        [b'E', rest @ ..] => {
            let len = u32_at(rest, 0)? as usize;
            let fields = rest.get(4..rest.len().min(len))?;
            let mut fields = fields.split(|&byte| byte == 0).filter(|field| field.len() > 1);
            fields.clone().any(|field| field.starts_with(b"SFATAL") || field.starts_with(b"SERROR")).then_some(())?;
            let message = fields.find_map(|field| field.strip_prefix(b"M"))?;
            Some(String::from_utf8_lossy(message).into_owned())
        }
        _ => None,
    }
}

/// The answer to a negotiation of SMB: the dialect ([MS-SMB2], 2.2.4).
pub(super) fn smb(said: &[u8]) -> Option<String> {
    let message = said.get(4..).filter(|_| said[0] == 0)?;
    if message.starts_with(b"\xffSMBr") {
        return Some("SMB 1".into());
    }
    message.starts_with(b"\xfeSMB").then_some(())?;
    let dialect = message.get(68..70).map(|two| u16::from_le_bytes([two[0], two[1]]));
    Some(match dialect {
        Some(number @ 0x0200..=0x03ff) if number != 0x02ff => {
            format!("SMB {}.{}.{}", number >> 8, number >> 4 & 15, number & 15)
        }
        _ => "SMB 2".into(),
    })
}

/// An answer of DNS to the question for `version.bind`, with its length or as a datagram.
pub(super) fn dns(said: &[u8]) -> Option<String> {
    let message = match deframe(said) {
        Some((message, _)) if message.starts_with(b"^\x17") => message,
        _ => said,
    };
    message.starts_with(b"^\x17").then_some(())?;
    message.get(2).is_some_and(|flags| flags & 0x80 != 0).then_some(())?;
    let version = Reply::read(message).and_then(|reply| {
        let texts = reply.answers().iter().find_map(|record| rdata::joined_texts(&reply, record))?;
        Some(String::from_utf8_lossy(&texts).into_owned())
    });
    Some(version.unwrap_or_default())
}

/// A terminal's options being agreed on (RFC 854): what is said between them, such as `login:`.
pub(super) fn telnet(said: &[u8]) -> Option<String> {
    let [0xff, 0xfb..=0xfe, option, ..] = *said else { return None };
    (option < 50 || option == 255).then_some(())?;
    let mut text = Vec::new();
    let mut at = 0;
    while at < said.len() {
        match said[at..] {
            [0xff, 0xfb..=0xfe, _, ..] => at += 3,
            [0xff, ..] => at += 2,
            [byte, ..] => {
                text.push(byte);
                at += 1;
            }
            [] => break,
        }
    }
    let text = String::from_utf8_lossy(&text).into_owned();
    Some(text.split(['\r', '\n']).map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_string())
}

/// The confirmation of a connection of RDP ([MS-RDPBCGR], 2.2.1.2).
pub(super) fn rdp(said: &[u8]) -> Option<String> {
    (said.len() >= 7 && said.starts_with(b"\x03\0\0") && said[5] == 0xd0).then(|| {
        match said.get(15).filter(|_| said.get(11) == Some(&2)) {
            Some(0) => "RDP",
            Some(1) => "RDP with TLS",
            Some(_) => "RDP with CredSSP",
            None => "RDP",
        }
        .to_string()
    })
}

/// An answer to the search with which LDAP was asked: its number is the question's.
pub(super) fn ldap(said: &[u8]) -> Option<String> {
    let body = match *said {
        [0x30, len, ref rest @ ..] if len < 0x80 => rest,
        [0x30, long @ 0x81..=0x84, ref rest @ ..] => rest.get(usize::from(long & 15)..)?,
        _ => return None,
    };
    (body.starts_with(b"\x02\x01\x07") && matches!(body.get(3), Some(0x64 | 0x65 | 0x73))).then(String::new)
}

/// The answer to `hello` of MongoDB: the version where it is told.
pub(super) fn mongodb(said: &[u8]) -> Option<String> {
    let answers = said.get(8..12)? == [1, 0, 0, 0];
    let code = said.get(12..16)?;
    (answers && (code == [0xdd, 7, 0, 0] || code == [1, 0, 0, 0])).then(String::new)
}

/// The answer to a connection of MQTT (3.2).
pub(super) fn mqtt(said: &[u8]) -> Option<String> {
    (said.starts_with(b"\x20\x02\0") && said.get(3).is_some_and(|&code| code <= 5)).then(String::new)
}

/// The header of AMQP, or the first method of a connection that was accepted.
pub(super) fn amqp(said: &[u8]) -> Option<String> {
    if let [b'A', b'M', b'Q', b'P', _, major, minor, revision, ..] = *said {
        return Some(format!("AMQP {major}.{minor}.{revision}"));
    }
    let starts = said.starts_with(b"\x01\0\0") && said.get(7..11) == Some(b"\0\x0a\0\x0a");
    starts.then(|| "AMQP 0.9.1".to_string())
}

/// The answer to a call of no procedure (RFC 5531), with its mark or as a datagram.
pub(super) fn sunrpc(said: &[u8]) -> Option<String> {
    let message = if said.first() == Some(&0x80) { said.get(4..)? } else { said };
    (u32_at(message, 0)? == 0x5e17_0001 && u32_at(message, 4)? == 1).then(String::new)
}

/// Whether a message that tells its length is all there.
pub(super) fn is_complete(said: &[u8]) -> bool {
    let whole = match *said {
        [0x14..=0x17, 3, ..] => u16_at(said, 3).map(|len| 5 + usize::from(len)),
        [low, middle, 0, 0, 10 | 0xff, ..] => Some(4 + (usize::from(low) | usize::from(middle) << 8)),
        [0, 0, high, low, 0xfe | 0xff, ..] => Some(4 + usize::from(u16::from_be_bytes([high, low]))),
        [high, low, b'^', 0x17, ..] => Some(2 + usize::from(u16::from_be_bytes([high, low]))),
        _ => None,
    };
    whole.is_some_and(|whole| said.len() >= whole)
}
