//! gzip files (RFC 1952), of several members too. What comes out is bounded by the caller:
//! a small file can stand for a huge one.

use std::fmt;
use std::io::{Read, Write};

use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;

use super::Malformed;

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It is damaged, cut off, or no gzip file.
    Malformed(Malformed),
    /// It stands for more bytes than allowed.
    TooLarge(usize),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(malformed) => malformed.fmt(f),
            Self::TooLarge(most) => write!(f, "the gzip data stands for more than {most} bytes"),
        }
    }
}

/// The data as a gzip file of one member, without name and time. Levels go from 0 to 9.
pub fn compress(data: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(data.len() / 3 + 64), Compression::new(level));
    encoder.write_all(data).and_then(|()| encoder.finish()).expect("memory takes all that is written")
}

/// Makes a gzip file of data that comes piece by piece.
#[derive(Debug)]
pub struct Compressor(GzEncoder<Vec<u8>>);

impl Compressor {
    /// One that nothing has been given to; levels go from 0 to 9.
    pub fn new(level: u32) -> Self {
        Self(GzEncoder::new(Vec::new(), Compression::new(level)))
    }

    /// Takes a piece.
    pub fn push(&mut self, data: &[u8]) {
        self.0.write_all(data).expect("memory takes all that is written");
    }

    /// Makes what has been given so far readable for who has what was taken.
    pub fn flush(&mut self) {
        self.0.flush().expect("memory takes all that is written");
    }

    /// Adds what can be sent already to `out`.
    pub fn take(&mut self, out: &mut Vec<u8>) {
        out.append(self.0.get_mut());
    }

    /// Adds what is left to `out`.
    pub fn finish(self, out: &mut Vec<u8>) {
        out.append(&mut self.0.finish().expect("memory takes all that is written"));
    }
}

/// The bytes that a gzip file stands for, at most so many.
pub fn decompress(file: &[u8], most: usize) -> Result<Vec<u8>, Failure> {
    let malformed = |at: usize, what: &str| Failure::Malformed(Malformed::at(at, what));
    let (mut out, mut rest) = (Vec::new(), file);
    loop {
        let at = file.len() - rest.len();
        let is_padding = at > 0 && rest.iter().all(|&byte| byte == 0);
        if is_padding {
            return Ok(out);
        }
        if !rest.starts_with(b"\x1f\x8b") {
            return Err(malformed(at, if at == 0 { "no gzip data" } else { "something that is no gzip data" }));
        }
        rest = member(rest, most, &mut out).map_err(|failure| match failure {
            Failure::Malformed(wrong) => malformed(at + wrong.at.unwrap_or(0), &wrong.what),
            other => other,
        })?;
    }
}

/// The checksum that gzip, zip and Ethernet use.
pub fn crc32(data: &[u8]) -> u32 {
    crc32fast::hash(data)
}

/// Reads one member; what is behind it.
fn member<'a>(file: &'a [u8], most: usize, out: &mut Vec<u8>) -> Result<&'a [u8], Failure> {
    let mut decoder = GzDecoder::new(file);
    // One byte more tells whether there are more than allowed.
    let room = (most - out.len()) as u64 + 1;
    let read = decoder.by_ref().take(room).read_to_end(out);
    let rest = decoder.into_inner();
    let at = file.len() - rest.len();
    match read {
        Ok(_) if out.len() > most => Err(Failure::TooLarge(most)),
        Ok(_) => Ok(rest),
        Err(_) if rest.is_empty() => Err(Failure::Malformed(Malformed::at(at, "the gzip data is cut off or damaged"))),
        Err(error) => Err(Failure::Malformed(Malformed::at(at, format!("the gzip data is damaged ({error})")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let data: Vec<u8> = (0..300_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 27) as u8).collect();
        for level in [0, 1, 6, 9] {
            let file = compress(&data, level);
            assert_eq!(decompress(&file, data.len()).unwrap(), data);
            assert_eq!(decompress(&file, data.len() - 1), Err(Failure::TooLarge(data.len() - 1)));
        }
        assert_eq!(decompress(&compress(b"", 6), 0).unwrap(), b"");
    }

    #[test]
    fn pieces_can_be_read_as_they_are_flushed() {
        let (mut compressor, mut file) = (Compressor::new(6), Vec::new());
        for piece in [&b"one "[..], b"two "] {
            compressor.push(piece);
            compressor.flush();
            compressor.take(&mut file);
            let mut read = [0; 4];
            let mut decoder = GzDecoder::new(&file[..]);
            std::io::copy(&mut decoder.by_ref().take(if piece == b"one " { 0 } else { 4 }), &mut std::io::sink())
                .unwrap();
            decoder.read_exact(&mut read).unwrap();
            assert_eq!(read, piece);
        }
        compressor.push(b"three");
        compressor.finish(&mut file);
        assert_eq!(decompress(&file, 100).unwrap(), b"one two three");
    }

    #[test]
    fn several_members_and_padding() {
        let mut file = compress(b"one ", 6);
        file.extend(compress(b"two", 1));
        assert_eq!(decompress(&file, 100).unwrap(), b"one two");
        assert_eq!(decompress(&file, 6), Err(Failure::TooLarge(6)));
        file.extend([0; 600]);
        assert_eq!(decompress(&file, 100).unwrap(), b"one two");
        file.push(b'x');
        assert!(matches!(decompress(&file, 100), Err(Failure::Malformed(_))));
    }

    #[test]
    fn no_cut_is_accepted() {
        let file = compress(b"some text that is some text", 6);
        for len in 0..file.len() {
            assert!(matches!(decompress(&file[..len], 100), Err(Failure::Malformed(_))), "{len}");
        }
        for at in 0..file.len() {
            let mut damaged = file.clone();
            damaged[at] ^= 0xFF;
            // Name, time and flags of the header are not checked by anything.
            let _ = decompress(&damaged, 100);
        }
    }
}
