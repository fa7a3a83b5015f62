//! Where a message's body ends, and the body without what is around it (RFC 9112, sections 6
//! and 7). Reading is strict: there is one way to write each length.

use std::fmt;

use super::field::{self, elements};

/// The most bytes of all chunk extensions of a body, and of all its trailers.
const MOST_ASIDE: usize = 16 * 1024;

/// The most digits of a chunk's size: 64 bits.
const MOST_DIGITS: u8 = 16;

/// How the end of a body is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    None,
    /// So many bytes.
    Length(u64),
    /// In chunks, the last of which is empty.
    Chunked,
    /// Until the peer closes; only responses can say so.
    UntilClose,
}

/// Why a body cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// `Content-Length` is no number.
    BadLength,
    /// Several lengths that differ.
    DifferingLengths,
    /// `Content-Length` and `Transfer-Encoding` at once.
    LengthAndCoding,
    /// A transfer coding in a message of HTTP/1.0, which knows none.
    CodingInOldVersion,
    /// A transfer coding other than `chunked`.
    UnknownCoding,
    /// The size of a chunk is no hexadecimal number.
    BadChunkSize,
    /// A line of the chunked body does not end in CR and LF.
    BadLineEnd,
    /// A chunk has more or fewer bytes than its size says.
    BadChunkEnd,
    /// An extension of a chunk has a byte that it cannot have.
    BadExtension,
    /// A trailer is no field.
    BadTrailer,
    /// Extensions or trailers are longer than anyone needs.
    TooMuchAside,
    /// The peer has closed before the end.
    CutOff,
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadLength => "Content-Length is no number",
            Self::DifferingLengths => "more than one Content-Length, which differ",
            Self::LengthAndCoding => "both Content-Length and Transfer-Encoding",
            Self::CodingInOldVersion => "Transfer-Encoding in a message of HTTP/1.0",
            Self::UnknownCoding => "a Transfer-Encoding other than chunked",
            Self::BadChunkSize => "the size of a chunk is no hexadecimal number",
            Self::BadLineEnd => "a line of the chunked body does not end in CR LF",
            Self::BadChunkEnd => "a chunk does not end where its size says",
            Self::BadExtension => "a chunk has an extension with a control character",
            Self::BadTrailer => "a trailer that is no header field",
            Self::TooMuchAside => "chunk extensions or trailers are too long",
            Self::CutOff => "the connection was closed in the middle of the body",
        })
    }
}

impl std::error::Error for BodyError {}

/// The digits of a length, nothing else around or in front of them.
fn parse_length(text: &[u8]) -> Result<u64, BodyError> {
    let digits = text.iter().all(u8::is_ascii_digit).then_some(text).filter(|digits| !digits.is_empty());
    digits
        .and_then(|digits| {
            digits.iter().try_fold(0_u64, |sum, d| sum.checked_mul(10)?.checked_add(u64::from(d - b'0')))
        })
        .ok_or(BodyError::BadLength)
}

/// What a header says about where its body ends, fed field by field.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lengths {
    length: Option<u64>,
    chunked: bool,
}

impl Lengths {
    /// Looks at one field; those that are not about framing are passed over.
    pub fn note(&mut self, name: &[u8], value: &[u8]) -> Result<(), BodyError> {
        if name.eq_ignore_ascii_case(b"content-length") {
            self.note_length(value)
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.note_coding(value)
        } else {
            Ok(())
        }
    }

    /// RFC 9110, section 8.6: the same number several times is one length.
    fn note_length(&mut self, value: &[u8]) -> Result<(), BodyError> {
        for text in value.split(|&byte| byte == b',') {
            let length = parse_length(field::trim(text))?;
            if self.length.is_some_and(|before| before != length) {
                return Err(BodyError::DifferingLengths);
            }
            self.length = Some(length);
        }
        Ok(())
    }

    /// RFC 9112, section 6.1: chunked once, as the last coding. Others are not offered, so nobody may use them.
    fn note_coding(&mut self, value: &[u8]) -> Result<(), BodyError> {
        let mut codings = elements(value);
        match (codings.next(), codings.next()) {
            (Some(only), None) if only.eq_ignore_ascii_case(b"chunked") && !self.chunked => self.chunked = true,
            _ => return Err(BodyError::UnknownCoding),
        }
        Ok(())
    }

    /// How the body ends; nothing if the header does not say.
    pub fn framing(&self, is_old_version: bool) -> Result<Option<Framing>, BodyError> {
        match (self.chunked, self.length) {
            (true, _) if is_old_version => Err(BodyError::CodingInOldVersion),
            (true, Some(_)) => Err(BodyError::LengthAndCoding),
            (true, None) => Ok(Some(Framing::Chunked)),
            (false, Some(length)) => Ok(Some(Framing::Length(length))),
            (false, None) => Ok(None),
        }
    }
}

/// What the next bytes of a body are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoded<'a> {
    /// Some of its data, at least one byte.
    Data(&'a [u8]),
    /// All that was given is used up; the body goes on.
    Need,
    /// The body is at its end. What follows belongs to the next message.
    End,
}

/// Where in a body the decoder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// So many bytes of data are left, and then the body is at its end.
    Plain(u64),
    UntilClose,
    Size,
    Extension,
    SizeLineFeed,
    Chunk(u64),
    ChunkReturn,
    ChunkLineFeed,
    /// At the first byte of a trailer, or of the empty line at the end.
    Trailer,
    TrailerName,
    TrailerValue,
    TrailerLineFeed,
    EndLineFeed,
    Ended,
}

/// Takes a body out of the bytes that carry it, in pieces as they come.
#[derive(Clone, Debug)]
pub struct BodyDecoder {
    state: State,
    /// The size of the chunk whose line is being read, and its digits so far.
    size: u64,
    digits: u8,
    /// Bytes of extensions and trailers so far.
    aside: usize,
}

impl BodyDecoder {
    /// A decoder that is at the first byte behind the header.
    pub fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::None | Framing::Length(0) => State::Ended,
            Framing::Length(length) => State::Plain(length),
            Framing::Chunked => State::Size,
            Framing::UntilClose => State::UntilClose,
        };
        Self { state, size: 0, digits: 0, aside: 0 }
    }

    /// Whether the whole body has been read.
    pub fn is_ended(&self) -> bool {
        self.state == State::Ended
    }

    /// How many of the next bytes are data for certain.
    pub fn data_ahead(&self) -> u64 {
        match self.state {
            State::Plain(left) | State::Chunk(left) => left,
            State::UntilClose => u64::MAX,
            _ => 0,
        }
    }

    /// Reads up to the next piece of data: how many bytes were used, the piece included, and
    /// what was found. Once it has failed it is not asked again.
    #[inline]
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<(usize, Decoded<'a>), BodyError> {
        let mut at = 0;
        loop {
            let ahead = self.data_ahead();
            if ahead > 0 {
                let len = usize::try_from(ahead).unwrap_or(usize::MAX).min(input.len() - at);
                self.passed(len as u64);
                let data = &input[at..at + len];
                return Ok((at + len, if len == 0 { Decoded::Need } else { Decoded::Data(data) }));
            }
            if self.is_ended() {
                return Ok((at, Decoded::End));
            }
            let Some(&byte) = input.get(at) else { return Ok((at, Decoded::Need)) };
            self.state = self.step(byte)?;
            at += 1;
        }
    }

    /// The peer will send nothing more.
    pub fn finish(&self) -> Result<(), BodyError> {
        match self.state {
            State::Ended | State::UntilClose => Ok(()),
            _ => Err(BodyError::CutOff),
        }
    }

    /// So many bytes of data have gone by, no more than were ahead.
    fn passed(&mut self, len: u64) {
        self.state = match self.state {
            State::Plain(left) if left == len => State::Ended,
            State::Plain(left) => State::Plain(left - len),
            State::Chunk(left) if left == len => State::ChunkReturn,
            State::Chunk(left) => State::Chunk(left - len),
            other => other,
        };
    }

    /// The state behind one byte of what is around the data.
    fn step(&mut self, byte: u8) -> Result<State, BodyError> {
        Ok(match (self.state, byte) {
            (State::Size, _) => self.size(byte)?,
            (State::Extension, b'\r') => State::SizeLineFeed,
            (State::Extension, _) => self.set_aside(field::is_value_byte(byte), BodyError::BadExtension)?,
            (State::SizeLineFeed, b'\n') => self.begin_chunk(),
            (State::ChunkReturn, b'\r') => State::ChunkLineFeed,
            (State::ChunkLineFeed, b'\n') => State::Size,
            (State::ChunkReturn | State::ChunkLineFeed, _) => return Err(BodyError::BadChunkEnd),
            (State::Trailer, b'\r') => State::EndLineFeed,
            (State::Trailer, _) => {
                self.state = State::TrailerName;
                self.set_aside(field::is_token_byte(byte), BodyError::BadTrailer)?
            }
            (State::TrailerName, b':') => State::TrailerValue,
            (State::TrailerName, _) => self.set_aside(field::is_token_byte(byte), BodyError::BadTrailer)?,
            (State::TrailerValue, b'\r') => State::TrailerLineFeed,
            (State::TrailerValue, _) => self.set_aside(field::is_value_byte(byte), BodyError::BadTrailer)?,
            (State::TrailerLineFeed, b'\n') => State::Trailer,
            (State::EndLineFeed, b'\n') => State::Ended,
            _ => return Err(BodyError::BadLineEnd),
        })
    }

    /// A byte of a chunk's size or the first behind it: neither a sign nor a blank may be there.
    fn size(&mut self, byte: u8) -> Result<State, BodyError> {
        let state = match char::from(byte).to_digit(16) {
            Some(digit) if self.digits < MOST_DIGITS => {
                self.size = self.size << 4 | u64::from(digit);
                self.digits += 1;
                return Ok(State::Size);
            }
            None if self.digits == 0 => return Err(BodyError::BadChunkSize),
            None if byte == b'\r' => State::SizeLineFeed,
            None if byte == b';' => State::Extension,
            // A line feed alone says less about the size than about the line.
            None if byte == b'\n' => return Err(BodyError::BadLineEnd),
            _ => return Err(BodyError::BadChunkSize),
        };
        Ok(state)
    }

    /// The state behind the line of a chunk's size.
    fn begin_chunk(&mut self) -> State {
        self.digits = 0;
        match std::mem::take(&mut self.size) {
            0 => State::Trailer,
            size => State::Chunk(size),
        }
    }

    /// A byte that means nothing to us, if it may stand there and there are not too many.
    fn set_aside(&mut self, allowed: bool, wrong: BodyError) -> Result<State, BodyError> {
        self.aside += 1;
        match allowed {
            true if self.aside <= MOST_ASIDE => Ok(self.state),
            true => Err(BodyError::TooMuchAside),
            false => Err(wrong),
        }
    }
}

/// The end of a chunked body without trailers.
pub const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

/// Writes the line in front of a chunk's data, behind which CR and LF follow. An empty chunk
/// would end the body: there is none.
pub fn push_chunk_size(out: &mut Vec<u8>, size: usize) {
    debug_assert!(size > 0, "an empty chunk ends the body");
    let digits = b"0123456789abcdef";
    let first = (usize::BITS - 1 - size.leading_zeros()) / 4;
    out.extend((0..=first).rev().map(|place| digits[size >> (4 * place) & 15]));
    out.extend_from_slice(b"\r\n");
}

/// Writes a chunk; nothing if there is no data.
pub fn push_chunk(out: &mut Vec<u8>, data: &[u8]) {
    if !data.is_empty() {
        push_chunk_size(out, data.len());
        out.extend_from_slice(data);
        out.extend_from_slice(b"\r\n");
    }
}

#[cfg(test)]
mod tests;
