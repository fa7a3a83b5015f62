//! The heads of responses as a server writes them.

use super::status;

/// How the client will know where the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// There is no body, and nothing says how long it would be.
    Bodiless,
    /// By its length.
    Length(u64),
    /// By its chunks.
    Chunked,
    /// By the end of the connection.
    Close,
}

/// What the head of a response says besides its fields.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// The status code.
    pub status: u16,
    /// Where the body ends.
    pub ending: Ending,
    /// Whether the connection ends with it.
    pub closes: bool,
    /// Whether a client of HTTP/1.0 has to be told that it does not end.
    pub keeps: bool,
}

/// Writes a response's head. `fields` are lines that are known to be well-formed and say nothing about framing;
/// `date` is the time, or nothing if the fields have one.
pub fn write_head(out: &mut Vec<u8>, frame: &Frame, fields: &[u8], date: Option<&[u8]>) {
    out.extend_from_slice(b"HTTP/1.1 ");
    number(out, u64::from(frame.status));
    out.push(b' ');
    out.extend_from_slice(status::phrase(frame.status).as_bytes());
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(fields);
    if let Some(date) = date {
        out.extend_from_slice(b"Date: ");
        out.extend_from_slice(date);
        out.extend_from_slice(b"\r\n");
    }
    match frame.ending {
        Ending::Length(length) => {
            out.extend_from_slice(b"Content-Length: ");
            number(out, length);
            out.extend_from_slice(b"\r\n");
        }
        Ending::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        Ending::Bodiless | Ending::Close => {}
    }
    if frame.closes {
        out.extend_from_slice(b"Connection: close\r\n");
    } else if frame.keeps {
        out.extend_from_slice(b"Connection: keep-alive\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

/// Writes a number in decimal digits.
pub fn number(out: &mut Vec<u8>, number: u64) {
    let (mut digits, mut at, mut rest) = ([0; 20], 20, number);
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            return out.extend_from_slice(&digits[at..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_decimal() {
        for wanted in [0, 9, 10, 4096, 65_535, u64::MAX] {
            let mut out = Vec::new();
            number(&mut out, wanted);
            assert_eq!(out, wanted.to_string().as_bytes());
        }
    }

    #[test]
    fn heads_say_what_is_needed() {
        let head = |ending, closes, keeps| {
            let mut out = Vec::new();
            write_head(&mut out, &Frame { status: 200, ending, closes, keeps }, b"A: b\r\n", Some(b"today"));
            String::from_utf8(out).expect("ASCII")
        };
        let common = "HTTP/1.1 200 OK\r\nA: b\r\nDate: today\r\n";
        assert_eq!(head(Ending::Bodiless, false, false), format!("{common}\r\n"));
        assert_eq!(
            head(Ending::Length(0), false, true),
            format!("{common}Content-Length: 0\r\nConnection: keep-alive\r\n\r\n")
        );
        assert_eq!(head(Ending::Chunked, false, false), format!("{common}Transfer-Encoding: chunked\r\n\r\n"));
        assert_eq!(head(Ending::Close, true, false), format!("{common}Connection: close\r\n\r\n"));
    }
}
