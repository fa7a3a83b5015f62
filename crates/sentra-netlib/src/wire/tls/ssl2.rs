//! SSL 2.0: its hello and the answer to it (the draft "The SSL Protocol" of 1995; RFC 6176 forbids
//! it since 2011).

use super::read::Bytes;
use super::suite::SUITES;

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 4;
const VERSION: u16 = 0x0002;
/// A record with a head of two bytes has so much at most.
const LONGEST: usize = 0x7FFF;

/// What a server says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerHello {
    /// Its certificate.
    pub certificate: Vec<u8>,
    /// All ciphers that it would take, by their numbers.
    pub ciphers: Vec<u32>,
}

/// The hello of a client with all ciphers.
pub fn client_hello(challenge: &[u8; 16]) -> Vec<u8> {
    let ciphers: Vec<[u8; 3]> =
        SUITES.iter().filter(|suite| suite.code > 0xFFFF).map(|suite| digits(suite.code)).collect();
    let mut body = vec![CLIENT_HELLO];
    for number in [VERSION, ciphers.len() as u16 * 3, 0, challenge.len() as u16] {
        body.extend(number.to_be_bytes());
    }
    body.extend(ciphers.as_flattened());
    body.extend(challenge);
    let mut out = (0x8000 | body.len() as u16).to_be_bytes().to_vec();
    out.extend(body);
    out
}

fn digits(code: u32) -> [u8; 3] {
    let [_, digits @ ..] = code.to_be_bytes();
    digits
}

/// It is no answer of SSL 2.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoAnswer;

/// What has arrived: an answer, nothing while it is not there in full, or an error if it is none.
pub fn read(bytes: &[u8]) -> Result<Option<ServerHello>, NoAnswer> {
    let Some((&[high, low], rest)) = bytes.split_first_chunk() else {
        return if bytes.first().is_some_and(|first| first & 0x80 == 0) { Err(NoAnswer) } else { Ok(None) };
    };
    let head = usize::from(high) << 8 | usize::from(low);
    if head & 0x8000 == 0 || rest.first().is_some_and(|&kind| kind != SERVER_HELLO) {
        return Err(NoAnswer);
    }
    match rest.get(..head & LONGEST) {
        Some(body) => server_hello(body).map(Some).ok_or(NoAnswer),
        None => Ok(None),
    }
}

fn server_hello(body: &[u8]) -> Option<ServerHello> {
    let mut rest = Bytes(body);
    let (_kind, _hit, _certificate_type) = (rest.u8()?, rest.u8()?, rest.u8()?);
    if rest.u16()? != VERSION {
        return None;
    }
    let [certificate, ciphers, id] = [rest.number(2)?, rest.number(2)?, rest.number(2)?];
    let certificate = rest.take(certificate)?.to_vec();
    let (ciphers, odd) = rest.take(ciphers)?.as_chunks::<3>();
    rest.take(id)?;
    let number = |&[a, b, c]: &[u8; 3]| u32::from_be_bytes([0, a, b, c]);
    odd.is_empty().then(|| ServerHello { certificate, ciphers: ciphers.iter().map(number).collect() })
}

#[cfg(test)]
mod tests {
    use super::{NoAnswer, client_hello, read};

    #[test]
    fn answers() {
        assert_eq!(client_hello(&[7; 16]).len(), 2 + 9 + 12 * 3 + 16);
        let body = [4, 0, 1, 0, 2, 0, 1, 0, 3, 0, 1, 9, 1, 0, 0x80, 5];
        let whole = [&[0x80, body.len() as u8][..], &body].concat();
        let hello = read(&whole).expect("an answer").expect("all of it");
        assert_eq!((hello.certificate, hello.ciphers), (vec![9], vec![0x01_0080]));
        (0..whole.len()).for_each(|len| assert_eq!(read(&whole[..len]), Ok(None)));
        assert_eq!(read(b"\x15\x03\x00\x00\x02"), Err(NoAnswer));
    }
}
