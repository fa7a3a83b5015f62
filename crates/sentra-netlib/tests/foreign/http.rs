//! What holds for any bytes that the readers of HTTP are given. The fuzz targets run the same.

use sentra_netlib::exchange::http::server::{Exchange, Limits, Step};
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

/// What a server sees: each request, its body and its end, or the refusal that ends it all, from bytes that come in
/// pieces of that length.
fn requests(bytes: &[u8], piece: usize) -> Vec<String> {
    let limits = Limits { head: 512, body: 64 };
    let (mut exchange, mut seen, mut at, mut end) = (Exchange::default(), Vec::new(), 0, piece.min(bytes.len()));
    loop {
        assert!(at <= end);
        match exchange.step(&bytes[at..end], &limits) {
            Step::Skip(used) => at += used,
            Step::Head(head, used) => {
                assert!(head.fields.all("host").count() <= 1);
                seen.push(format!("{head:?}"));
                at += used;
            }
            Step::Body(data, used) => {
                seen.extend(data.iter().map(|byte| format!("{byte}")));
                at += used;
            }
            Step::Complete(used) => {
                seen.push("complete".into());
                at += used;
                if !exchange.finish(&exchange.frame(200, Some(0))) {
                    return seen;
                }
            }
            Step::Refused(refusal) => {
                seen.push(format!("{refusal:?}"));
                assert!(exchange.frame(refusal.status, Some(0)).closes && (400..=505).contains(&refusal.status));
                return seen;
            }
            Step::Need if end == bytes.len() => return seen,
            Step::Need => end = bytes.len().min(end + piece),
        }
    }
}

/// Requests are the same byte by byte, and whatever follows one that is refused is not looked at.
pub fn request(bytes: &[u8]) {
    let whole = requests(bytes, bytes.len().max(1));
    assert_eq!(whole, requests(bytes, 1));
    assert_eq!(whole, requests(bytes, 7));
}
