//! What holds for any bytes that the readers of HTTP are given. The fuzz targets run the same.

use sentra_netlib::wire::http::body::{BodyDecoder, BodyError, Decoded, Framing, LAST_CHUNK, push_chunk};
use sentra_netlib::wire::http::field;

/// A body's data and how much of the bytes it is, from bytes that come in pieces of that length.
fn decode(framing: Framing, bytes: &[u8], piece: usize) -> Result<(Vec<u8>, usize), BodyError> {
    let mut decoder = BodyDecoder::new(framing);
    let (mut data, mut at, mut end) = (Vec::new(), 0, piece.min(bytes.len()));
    loop {
        let (used, found) = decoder.decode(&bytes[at..end])?;
        at += used;
        match found {
            Decoded::Data(some) => data.extend_from_slice(some),
            Decoded::End => return Ok((data, at)),
            Decoded::Need if end == bytes.len() => return decoder.finish().map(|()| (data, at)),
            Decoded::Need => {
                assert_eq!(at, end);
                end = bytes.len().min(end + piece);
            }
        }
    }
}

/// A body is the same byte by byte, is not longer than its bytes, and comes back if it is written anew.
pub fn body(bytes: &[u8]) {
    let framings = [Framing::Chunked, Framing::Length(bytes.len() as u64 / 2), Framing::UntilClose, Framing::None];
    for framing in framings {
        let whole = decode(framing, bytes, bytes.len().max(1));
        assert_eq!(whole, decode(framing, bytes, 1));
        let Ok((data, used)) = whole else { continue };
        assert!(data.len() <= used && used <= bytes.len());
        let mut written = Vec::new();
        data.chunks(3).for_each(|chunk| push_chunk(&mut written, chunk));
        written.extend_from_slice(LAST_CHUNK);
        assert_eq!(decode(Framing::Chunked, &written, 2), Ok((data, written.len())));
    }
}

/// Whatever name and value: it is one field or none. Lists and parameters are parts of the value.
pub fn field(bytes: &[u8]) {
    let (name, value) = bytes.split_at(bytes.iter().position(|&byte| byte == b':').unwrap_or(0));
    let mut out = Vec::new();
    match field::push(&mut out, name, value) {
        Ok(()) => {
            assert!(out.ends_with(b"\r\n") && out.iter().filter(|&&byte| byte == b'\r' || byte == b'\n').count() == 2)
        }
        Err(wrong) => assert!(out.is_empty() && !wrong.to_string().is_empty()),
    }
    assert!(field::elements(value).map(<[u8]>::len).sum::<usize>() <= value.len());
    let (first, parameters) = field::parameters(value);
    assert!(first.len() + parameters.map(|(name, value)| name.len() + value.len()).sum::<usize>() <= value.len());
}
