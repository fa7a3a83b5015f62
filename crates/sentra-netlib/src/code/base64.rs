//! Base64 (RFC 4648), with and without the alphabet for URLs. Both paddings are read, and
//! lines may be broken and indented, as mail and PEM do; white space within a line is a mistake.

use std::borrow::Cow;

use base64_simd::{AsOut, STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::{Malformed, shown};

/// What the digits 62 and 63 are, and whether the writer pads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    /// `+` and `/`, padded.
    Standard,
    /// `-` and `_`, not padded.
    Url,
}

impl Alphabet {
    fn has(self, byte: u8) -> bool {
        let special = if self == Self::Standard { b"+/" } else { b"-_" };
        byte.is_ascii_alphanumeric() || special.contains(&byte)
    }

    /// How long so many bytes become; nothing if that is more than can be counted.
    pub fn encoded_len(self, bytes: usize) -> Option<usize> {
        match self {
            Self::Standard => bytes.div_ceil(3).checked_mul(4),
            Self::Url => Some((bytes / 3).checked_mul(4)? + [0, 2, 3][bytes % 3]),
        }
    }

    /// Writes the digits into `out`, which is exactly as long as they are.
    pub fn encode_into(self, bytes: &[u8], out: &mut [u8]) {
        let engine = if self == Self::Standard { STANDARD } else { URL_SAFE_NO_PAD };
        let _ = engine.encode(bytes, out.as_out());
    }

    /// The digits.
    pub fn encode(self, bytes: &[u8]) -> Vec<u8> {
        let mut out = vec![0; self.encoded_len(bytes.len()).expect("what fits memory can be counted")];
        self.encode_into(bytes, &mut out);
        out
    }

    /// The bytes that the digits stand for.
    pub fn decode(self, text: &[u8]) -> Result<Vec<u8>, Malformed> {
        let digits = Digits::new(self, text)?;
        let mut out = vec![0; digits.decoded_len()];
        digits.decode_into(&mut out)?;
        Ok(out)
    }
}

/// A text of which padding and length are right; the digits themselves are not looked at yet.
pub struct Digits<'a> {
    alphabet: Alphabet,
    text: &'a [u8],
    /// Without padding and white space.
    digits: Cow<'a, [u8]>,
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b'\r' | b'\n'))
}

/// The bytes but line breaks and the blanks beside them, each with its place.
fn placed(text: &[u8]) -> impl Iterator<Item = (usize, u8)> {
    let mut start = 0;
    lines(text).flat_map(move |line| {
        let indented = start + line.len() - line.trim_ascii_start().len();
        start += line.len() + 1;
        (indented..).zip(line.trim_ascii().iter().copied())
    })
}

impl<'a> Digits<'a> {
    /// Finds the digits in a text.
    pub fn new(alphabet: Alphabet, text: &'a [u8]) -> Result<Self, Malformed> {
        // A loop without an exit is done many bytes at a time.
        let has_blanks = text.iter().fold(false, |found, &byte| found | is_blank(byte));
        let mut digits = match has_blanks {
            true => Cow::Owned(lines(text).fold(Vec::with_capacity(text.len()), |mut digits, line| {
                digits.extend_from_slice(line.trim_ascii());
                digits
            })),
            false => Cow::Borrowed(text),
        };
        let padding = digits.iter().rev().take(3).take_while(|&&byte| byte == b'=').count();
        let len = digits.len() - padding;
        match &mut digits {
            Cow::Owned(digits) => digits.truncate(len),
            Cow::Borrowed(digits) => *digits = &digits[..len],
        }
        let this = Self { alphabet, text, digits };
        let fits = if padding == 0 { len % 4 != 1 } else { padding < 3 && (len + padding).is_multiple_of(4) };
        if fits { Ok(this) } else { Err(this.mistake()) }
    }

    /// How many bytes they stand for.
    pub fn decoded_len(&self) -> usize {
        let len = self.digits.len();
        len / 4 * 3 + [0, 0, 1, 2][len % 4]
    }

    /// Writes the bytes into `out`, which is exactly as long as they are.
    pub fn decode_into(&self, out: &mut [u8]) -> Result<(), Malformed> {
        let engine = if self.alphabet == Alphabet::Standard { STANDARD_NO_PAD } else { URL_SAFE_NO_PAD };
        engine.decode(&self.digits, out.as_out()).map(|_| ()).map_err(|_| self.mistake())
    }

    /// The first thing that is wrong.
    #[cold]
    fn mistake(&self) -> Malformed {
        let mut rest = placed(self.text).peekable();
        let mut count = 0;
        while let Some((_, byte)) = rest.peek()
            && self.alphabet.has(*byte)
        {
            rest.next();
            count += 1;
        }
        match rest.peek().copied() {
            Some((at, b'=')) => match rest.find(|&(_, byte)| byte != b'=') {
                Some((at, byte)) => Malformed::at(at, format!("{} after the padding of base64", shown(byte))),
                None if matches!(count % 4, 2 | 3) => self.ending(),
                None => Malformed::at(at, "padding that base64 does not need"),
            },
            Some((at, byte @ (b'-' | b'_'))) => {
                Malformed::at(at, format!("{} is no base64 but base64url, found", shown(byte)))
            }
            Some((at, byte @ (b'+' | b'/'))) => {
                Malformed::at(at, format!("{} is no base64url but base64, found", shown(byte)))
            }
            Some((at, byte)) => Malformed::at(at, format!("{} is no base64, found", shown(byte))),
            None => self.ending(),
        }
    }

    fn ending(&self) -> Malformed {
        let padding = self.text.iter().filter(|&&byte| byte == b'=').count();
        match self.digits.len() % 4 {
            1 => Malformed::whole("base64 ends within a character"),
            left if padding > 0 && left + padding != 4 => Malformed::whole("the padding of base64 is incomplete"),
            _ => Malformed::whole("the last digit of base64 has bits that mean nothing"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Alphabet::{Standard, Url};

    #[test]
    fn the_vectors_of_rfc_4648() {
        let plain = b"foobar";
        let padded = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        for (len, text) in padded.into_iter().enumerate() {
            let bare = text.trim_end_matches('=');
            assert_eq!(Standard.encode(&plain[..len]), text.as_bytes());
            assert_eq!(Url.encode(&plain[..len]), bare.as_bytes());
            for alphabet in [Standard, Url] {
                assert_eq!(alphabet.decode(text.as_bytes()).unwrap(), &plain[..len]);
                assert_eq!(alphabet.decode(bare.as_bytes()).unwrap(), &plain[..len]);
            }
        }
        assert_eq!(Standard.encode(b"\xfb\xff"), b"+/8=");
        assert_eq!(Url.encode(b"\xfb\xff"), b"-_8");
    }

    #[test]
    fn mistakes_have_their_place() {
        for (text, message) in [
            ("Zm9v!mFy", "`!` is no base64, found at byte 4"),
            ("Zm9v\n Yg-=", "`-` is no base64 but base64url, found at byte 8"),
            ("Zg==Zg==", "`Z` after the padding of base64 at byte 4"),
            ("Q Q==", "\\x20 is no base64, found at byte 1"),
            (" QQ==\n QQ", "`Q` after the padding of base64 at byte 7"),
            ("QQ= =", "\\x20 after the padding of base64 at byte 3"),
            ("Z", "base64 ends within a character"),
            ("Zg=", "the padding of base64 is incomplete"),
            ("Zh==", "the last digit of base64 has bits that mean nothing"),
            ("Zm9v=", "padding that base64 does not need at byte 4"),
            ("====", "padding that base64 does not need at byte 0"),
            ("Zm9=v", "`v` after the padding of base64 at byte 4"),
            ("Zg===", "the padding of base64 is incomplete"),
            ("Zm9v\0mFy", "\\x00 is no base64, found at byte 4"),
        ] {
            assert_eq!(Standard.decode(text.as_bytes()).unwrap_err().to_string(), message, "{text:?}");
        }
        assert!(Url.decode(b"+/8").unwrap_err().to_string().contains("base64url but base64"));
    }

    #[test]
    fn every_length_comes_back() {
        let bytes: Vec<u8> = (0..600_u32).map(|n| ((n * 167) >> 3) as u8).collect();
        for len in 0..bytes.len() {
            for alphabet in [Standard, Url] {
                assert_eq!(alphabet.decode(&alphabet.encode(&bytes[..len])).unwrap(), &bytes[..len]);
            }
        }
    }
}
