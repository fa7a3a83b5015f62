//! The head of the answer to a handshake, or to a proxy's `CONNECT`: read strictly, since what
//! follows it is no HTTP any more.

use std::ops::Range;

/// The most fields.
const MOST: usize = 100;

/// A head: where its fields lie in the bytes that were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The status code.
    pub status: u16,
    /// The length of the head with the empty line that ends it.
    pub len: usize,
    fields: Vec<(Range<usize>, Range<usize>)>,
}

impl Parsed {
    /// The fields of the head, from the bytes that it was read from.
    pub fn fields<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone {
        self.fields.iter().map(|(name, value)| (&bytes[name.clone()], &bytes[value.clone()]))
    }
}

/// Reads a head; nothing if it is not complete.
pub fn parse(bytes: &[u8]) -> Result<Option<Parsed>, &'static str> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
    let head = &bytes[..end.unwrap_or(bytes.len())];
    // `httparse` would take a line feed by itself for a line's end.
    if head.iter().enumerate().any(|(at, &byte)| byte == b'\n' && (at == 0 || head[at - 1] != b'\r')) {
        return Err("the answer has a line that does not end with CR LF");
    }
    let mut fields = [httparse::EMPTY_HEADER; MOST];
    let mut response = httparse::Response::new(&mut fields);
    let parsed = response.parse(head).map_err(|_| "the answer is not HTTP")?;
    let (httparse::Status::Complete(len), Some(status)) = (parsed, response.code) else { return Ok(None) };
    if response.version != Some(1) && (100..200).contains(&status) {
        return Err("the answer is not HTTP/1.1");
    }
    let start = bytes.as_ptr() as usize;
    let place = |part: &[u8]| {
        let from = part.as_ptr() as usize - start;
        from..from + part.len()
    };
    let fields = response.headers.iter().map(|field| (place(field.name.as_bytes()), place(field.value))).collect();
    Ok(Some(Parsed { status, len, fields }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        let bytes = b"HTTP/1.1 101 Switching\r\nA:  b \r\nC: d\r\n\r\nrest";
        let parsed = parse(bytes).unwrap().unwrap();
        assert_eq!((parsed.status, parsed.len), (101, bytes.len() - 4));
        assert_eq!(parsed.fields(bytes).collect::<Vec<_>>(), [(&b"A"[..], &b"b"[..]), (b"C", b"d")]);
        for end in 0..bytes.len() - 4 {
            assert_eq!(parse(&bytes[..end]), Ok(None));
        }
        for wrong in [
            "HTTP/1.1 200 OK\nA: b\r\n\r\n",
            "SSH-2.0-x\r\n\r\n",
            "HTTP/1.0 101 x\r\n\r\n",
            "HTTP/1.1 101 x\r\nA: b\r\n c\r\n\r\n",
            "HTTP/1.1 101 x\r\nA : b\r\n\r\n",
        ] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }
}
