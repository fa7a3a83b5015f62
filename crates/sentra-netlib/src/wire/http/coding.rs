//! Bodies that were compressed on the way (RFC 9110, section 8.4.1): gzip and deflate, undone
//! piece by piece. A small body can stand for a huge one, so what comes out is bounded.

use std::fmt;

use flate2::{Decompress, FlushDecompress, Status};

/// Bytes that are made at once.
const PIECE: usize = 64 * 1024;
/// So many bytes may come out whatever went in.
const UNSUSPICIOUS: u64 = 64 << 20;
/// Beyond that, so many times as many as went in.
const MOST_RATIO: u64 = 100;

/// So many bytes in a row may go in without anything coming out: there is no such data, but
/// padding and empty members without end.
const MOST_FRUITLESS: u64 = 1 << 20;

/// Why a body cannot be decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodingError {
    /// It is damaged.
    Damaged,
    /// It ends too early.
    CutOff,
    /// So few bytes stand for so many that it is taken for an attack.
    Bomb,
}

impl fmt::Display for CodingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Damaged => "the compressed body is damaged",
            Self::CutOff => "the compressed body is cut off",
            Self::Bomb => "the compressed body stands for more than a hundred times its size",
        })
    }
}

impl std::error::Error for CodingError {}

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// RFC 1952, of several members too.
    Gzip,
    /// RFC 1950, or RFC 1951 as some servers misunderstand it.
    Deflate,
}

impl Coding {
    /// The coding that `Content-Encoding` names, if it is one that can be undone.
    pub fn named(value: &[u8]) -> Option<Self> {
        let is = |name: &str| value.eq_ignore_ascii_case(name.as_bytes());
        if is("gzip") || is("x-gzip") { Some(Self::Gzip) } else { is("deflate").then_some(Self::Deflate) }
    }
}

/// Decompresses a body as it comes.
#[derive(Debug)]
pub struct Decompressor {
    coding: Coding,
    /// Nothing before the first byte, which tells zlib from raw deflate, and between members.
    stream: Option<Decompress>,
    /// A member or stream has ended; what follows is another member or padding.
    ended: bool,
    taken: u64,
    given: u64,
    /// Bytes that were taken since something came out.
    fruitless: u64,
    /// Whether a bound of the caller's makes ours needless.
    trusted: bool,
}

impl Decompressor {
    /// For a body with this coding. `trusted` bodies may stand for any number of bytes: the
    /// caller counts.
    pub fn new(coding: Coding, trusted: bool) -> Self {
        Self { coding, stream: None, ended: false, taken: 0, given: 0, fruitless: 0, trusted }
    }

    /// Decompresses a part of `input` and appends what comes out, a bounded number of bytes:
    /// how many bytes were used. There is more to do until all are.
    pub fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<usize, CodingError> {
        let Some(&first) = input.first() else { return Ok(0) };
        if self.ended {
            if self.coding != Coding::Gzip || first != 0x1f {
                // Padding, or what some servers append: clients agree to pass it over.
                self.count(input.len() as u64, 0)?;
                return Ok(input.len());
            }
            (self.ended, self.stream) = (false, None);
        }
        let coding = self.coding;
        let stream = self.stream.get_or_insert_with(|| open(coding, first));
        let (taken, given) = (stream.total_in(), stream.total_out());
        let before = out.len();
        out.reserve(PIECE);
        let status = stream.decompress_vec(input, out, FlushDecompress::None).map_err(|_| CodingError::Damaged)?;
        let (taken, given) = (stream.total_in() - taken, stream.total_out() - given);
        debug_assert_eq!(given as usize, out.len() - before, "all that is made is appended");
        self.ended = status == Status::StreamEnd;
        if taken == 0 && given == 0 && !self.ended {
            return Err(CodingError::Damaged);
        }
        self.count(taken, given)?;
        Ok(taken as usize)
    }

    fn count(&mut self, taken: u64, given: u64) -> Result<(), CodingError> {
        self.taken += taken;
        self.given += given;
        self.fruitless = if given > 0 { 0 } else { self.fruitless + taken };
        if self.fruitless > MOST_FRUITLESS {
            return Err(CodingError::Damaged);
        }
        let most = UNSUSPICIOUS.max(self.taken.saturating_mul(MOST_RATIO));
        if self.given > most && !self.trusted { Err(CodingError::Bomb) } else { Ok(()) }
    }

    /// The compressed body has ended. An empty one is an empty body.
    pub fn finish(&self) -> Result<(), CodingError> {
        if self.ended || self.stream.is_none() { Ok(()) } else { Err(CodingError::CutOff) }
    }
}

/// The first byte of zlib data names the method 8 and a window of at most 32 KiB.
fn open(coding: Coding, first: u8) -> Decompress {
    match coding {
        Coding::Gzip => Decompress::new_gzip(15),
        Coding::Deflate => Decompress::new(first & 0x0f == 8 && first >> 4 <= 7),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::code::gzip;

    fn decode(coding: Coding, input: &[u8], piece: usize, trusted: bool) -> Result<Vec<u8>, CodingError> {
        let (mut decompressor, mut out) = (Decompressor::new(coding, trusted), Vec::new());
        for mut part in input.chunks(piece) {
            while !part.is_empty() {
                let used = decompressor.decode(part, &mut out)?;
                part = &part[used..];
            }
        }
        decompressor.finish().map(|()| out)
    }

    fn data() -> Vec<u8> {
        (0..300_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 27) as u8).collect()
    }

    fn zlib(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn raw(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn all_forms_in_pieces() {
        let data = data();
        let file = gzip::compress(&data, 6);
        for piece in [1, 7, 4096, usize::MAX >> 1] {
            assert_eq!(decode(Coding::Gzip, &file, piece, false).as_ref(), Ok(&data));
            assert_eq!(decode(Coding::Deflate, &zlib(&data), piece, false).as_ref(), Ok(&data));
            assert_eq!(decode(Coding::Deflate, &raw(&data), piece, false).as_ref(), Ok(&data));
            let two = [&gzip::compress(b"one ", 6)[..], &gzip::compress(b"two", 6), &[0; 20]].concat();
            assert_eq!(decode(Coding::Gzip, &two, piece, false).as_deref(), Ok(&b"one two"[..]));
        }
        assert_eq!(decode(Coding::Gzip, b"", 1, false).as_deref(), Ok(&b""[..]));
    }

    #[test]
    fn nothing_without_end() {
        let empty = gzip::compress(b"", 6);
        let members = [&gzip::compress(b"a", 6)[..], &empty.repeat(10)].concat();
        assert_eq!(decode(Coding::Gzip, &members, 4096, true).as_deref(), Ok(&b"a"[..]));
        let many = empty.repeat(MOST_FRUITLESS as usize / empty.len() + 2);
        assert_eq!(decode(Coding::Gzip, &many, 4096, true), Err(CodingError::Damaged));
        let padded = [&gzip::compress(b"a", 6)[..], &vec![0; MOST_FRUITLESS as usize + 1]].concat();
        assert_eq!(decode(Coding::Gzip, &padded, 4096, true), Err(CodingError::Damaged));
    }

    #[test]
    fn cut_off_and_damaged() {
        let file = gzip::compress(&data(), 6);
        for len in [1, 5, 10, 18, 1000, file.len() - 8, file.len() - 1] {
            assert_eq!(decode(Coding::Gzip, &file[..len], 100, false), Err(CodingError::CutOff), "{len}");
        }
        let mut damaged = file.clone();
        let last = damaged.len() - 5;
        damaged[last] ^= 1;
        assert_eq!(decode(Coding::Gzip, &damaged, 100, false), Err(CodingError::Damaged));
        assert_eq!(decode(Coding::Gzip, b"plain text", 100, false), Err(CodingError::Damaged));
        assert!(decode(Coding::Deflate, b"plain text", 100, false).is_err());
    }

    #[test]
    fn bombs() {
        let bomb = gzip::compress(&vec![0; 80 << 20], 9);
        assert_eq!(decode(Coding::Gzip, &bomb, 4096, false), Err(CodingError::Bomb));
        assert_eq!(decode(Coding::Gzip, &bomb, 4096, true).map(|data| data.len()), Ok(80 << 20));
    }
}
