//! What holds for any bytes that the readers of HTTP are given. The fuzz targets run the same.

use sentra_netlib::exchange::http::client::{self, Event};
use sentra_netlib::exchange::http::server::{Exchange, Limits, Step};
use sentra_netlib::url::Url;
use sentra_netlib::wire::http::body::{BodyDecoder, BodyError, Decoded, Framing, LAST_CHUNK, push_chunk};
use sentra_netlib::wire::http::cookie::Jar;
use sentra_netlib::wire::http::event_stream::EventReader;
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

/// Whatever name and value: it is one field or none. Lists are parts of the value.
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

/// What a response says, and how many bytes it is, from bytes in pieces of that length.
fn exchange(bytes: &[u8], piece: usize) -> Result<(u16, Vec<u8>, usize, bool), String> {
    let mut exchange = client::Exchange::new(b"GET", false);
    let (mut status, mut data, mut at, mut end) = (0, Vec::new(), 0, piece.min(bytes.len()));
    loop {
        let (used, event) = exchange.receive(&bytes[at..end]).map_err(|wrong| wrong.to_string())?;
        at += used;
        match event {
            Event::Head(head) => {
                assert!(head.status >= 100 && head.fields().all(|(name, _)| field::is_token(name)));
                status = head.status;
            }
            Event::Data(some) => data.extend_from_slice(some),
            Event::End => return Ok((status, data, at, exchange.leaves_connection())),
            Event::Need if end == bytes.len() => {
                exchange.finish().map_err(|wrong| wrong.to_string())?;
                return Ok((status, data, at, exchange.leaves_connection()));
            }
            Event::Need => end = bytes.len().min(end + piece),
        }
    }
}

/// A response is the same byte by byte as in one piece, or refused both times for the same reason.
pub fn response(bytes: &[u8]) {
    let heads = [&b""[..], b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"];
    for head in heads {
        let bytes = [head, bytes].concat();
        assert_eq!(exchange(&bytes, bytes.len().max(1)), exchange(&bytes, 1));
    }
}

/// Whatever sets cookies: what goes back is a value of a field, and the jar is bounded.
pub fn cookies(bytes: &[u8]) {
    let mut jar = Jar::default();
    for url in ["https://a.b.example/x/y", "http://127.0.0.1/"] {
        let url = Url::parse(url.as_bytes()).expect("it is one");
        bytes.split(|&byte| byte == b'\n').for_each(|line| jar.store(&url, line, 1_700_000_000));
        let value = jar.header(&url, 1_700_000_000).unwrap_or_default();
        assert!(field::is_value(&value) && value.len() <= bytes.len() * 2 + 2);
    }
}

/// Events are the same byte by byte, and no longer than the stream.
pub fn events(bytes: &[u8]) {
    let read = |piece: usize| {
        let (mut reader, mut found) = (EventReader::default(), Vec::new());
        for mut part in bytes.chunks(piece) {
            while !part.is_empty() {
                let Ok((used, event)) = reader.read(part) else { return found };
                part = &part[used..];
                found.extend(event);
            }
        }
        found
    };
    let whole = read(bytes.len().max(1));
    assert_eq!(whole, read(1));
    assert!(whole.iter().map(|event| event.data.len()).sum::<usize>() <= bytes.len());
}
