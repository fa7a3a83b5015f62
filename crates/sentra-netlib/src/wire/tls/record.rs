//! Records (RFC 8446, 5.1): the frames that everything else is in.

/// A change of ciphers: what follows is encrypted.
pub const CHANGE_CIPHER_SPEC: u8 = 20;
/// An alert.
pub const ALERT: u8 = 21;
/// A part of a handshake's messages.
pub const HANDSHAKE: u8 = 22;
/// Data, and in TLS 1.3 whatever is encrypted.
pub const APPLICATION_DATA: u8 = 23;
/// A heartbeat (RFC 6520).
pub const HEARTBEAT: u8 = 24;

/// A record holds so much, and what encryption adds (RFC 5246, 6.2.3).
const LONGEST: usize = (1 << 14) + 2048;
const HEAD: usize = 5;

/// Whatever came is no record: the peer speaks something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotTls;

/// A record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What it holds.
    pub kind: u8,
    /// The version that it says it has.
    pub version: u16,
    /// Its content.
    pub content: &'a [u8],
}

/// The first record in `bytes` and its whole length; nothing while it is not there in full.
pub fn read(bytes: &[u8]) -> Result<Option<(Record<'_>, usize)>, NotTls> {
    let kind = bytes.first().is_none_or(|kind| (CHANGE_CIPHER_SPEC..=HEARTBEAT).contains(kind));
    if !kind || bytes.get(1).is_some_and(|&major| major != 3) {
        return Err(NotTls);
    }
    let Some((&[kind, major, minor, high, low], rest)) = bytes.split_first_chunk::<HEAD>() else { return Ok(None) };
    let len = usize::from(high) << 8 | usize::from(low);
    if len > LONGEST {
        return Err(NotTls);
    }
    let version = u16::from(major) << 8 | u16::from(minor);
    Ok(rest.get(..len).map(|content| (Record { kind, version, content }, HEAD + len)))
}

/// A record with this content, which fits in one.
pub fn write(out: &mut Vec<u8>, kind: u8, version: u16, content: &[u8]) {
    out.push(kind);
    out.extend(version.to_be_bytes());
    out.extend((content.len() as u16).to_be_bytes());
    out.extend(content);
}

#[cfg(test)]
mod tests {
    use super::{HANDSHAKE, NotTls, Record, read, write};

    #[test]
    fn records_are_read_as_they_are_written() {
        let mut bytes = Vec::new();
        write(&mut bytes, HANDSHAKE, 0x0303, b"abc");
        bytes.push(21);
        assert_eq!(read(&bytes), Ok(Some((Record { kind: HANDSHAKE, version: 0x0303, content: b"abc" }, 8))));
        (0..8).for_each(|len| assert_eq!(read(&bytes[..len]), Ok(None)));
        assert_eq!(read(b"HTTP/1.1 400"), Err(NotTls));
        assert_eq!(read(b"\x16\x03\x03\xff\xff"), Err(NotTls));
        assert_eq!(read(b"\x16\x02"), Err(NotTls));
    }
}
