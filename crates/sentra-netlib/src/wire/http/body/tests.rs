//! Tables of what bodies are and are not.

use super::*;

/// The data of a body that is given in pieces of such a length, and what was not used.
fn read(framing: Framing, input: &[u8], piece: usize) -> Result<(Vec<u8>, Vec<u8>), BodyError> {
    let mut decoder = BodyDecoder::new(framing);
    let (mut data, mut at, mut end) = (Vec::new(), 0, 0);
    loop {
        let (used, found) = decoder.decode(&input[at..end])?;
        at += used;
        match found {
            Decoded::Data(some) => data.extend_from_slice(some),
            Decoded::End => return Ok((data, input[at..].to_vec())),
            Decoded::Need if end == input.len() => return decoder.finish().map(|()| (data, Vec::new())),
            Decoded::Need => {
                assert_eq!(at, end, "all that was given is used");
                end = (end + piece).min(input.len());
            }
        }
    }
}

/// The same however it is cut.
fn chunked(input: &str) -> Result<(String, String), BodyError> {
    let results: Vec<_> = [usize::MAX / 2, 1, 2, 3, 7]
        .into_iter()
        .map(|piece| read(Framing::Chunked, input.as_bytes(), piece.min(input.len().max(1))))
        .collect();
    results.windows(2).for_each(|two| assert_eq!(two[0], two[1], "{input:?}"));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    results[0].clone().map(|(data, rest)| (text(data), text(rest)))
}

fn framing(fields: &[(&str, &str)], is_old_version: bool) -> Result<Option<Framing>, BodyError> {
    let mut lengths = Lengths::default();
    fields.iter().try_for_each(|(name, value)| lengths.note(name.as_bytes(), value.as_bytes()))?;
    lengths.framing(is_old_version)
}

#[test]
fn what_a_header_says() {
    use BodyError::*;
    const L: &str = "Content-Length";
    const T: &str = "transfer-encoding";
    for (fields, expected) in [
        (&[("Host", "a")][..], Ok(None)),
        (&[(L, "0")], Ok(Some(Framing::Length(0)))),
        (&[(L, "007")], Ok(Some(Framing::Length(7)))),
        (&[(L, "18446744073709551615")], Ok(Some(Framing::Length(u64::MAX)))),
        (&[(L, "18446744073709551616")], Err(BadLength)),
        (&[(L, "5"), (L, "5")], Ok(Some(Framing::Length(5)))),
        (&[(L, "5, 5")], Ok(Some(Framing::Length(5)))),
        (&[(L, "5"), (L, "6")], Err(DifferingLengths)),
        (&[(L, "5,6")], Err(DifferingLengths)),
        (&[(L, "")], Err(BadLength)),
        (&[(L, "5,")], Err(BadLength)),
        (&[(L, "+5")], Err(BadLength)),
        (&[(L, "-5")], Err(BadLength)),
        (&[(L, "5 5")], Err(BadLength)),
        (&[(L, "0x5")], Err(BadLength)),
        (&[(L, "5.0")], Err(BadLength)),
        (&[(T, "chunked")], Ok(Some(Framing::Chunked))),
        (&[(T, " ChunKed ")], Ok(Some(Framing::Chunked))),
        (&[(T, "gzip, chunked")], Err(UnknownCoding)),
        (&[(T, "chunked, chunked")], Err(UnknownCoding)),
        (&[(T, "chunked"), (T, "chunked")], Err(UnknownCoding)),
        (&[(T, "chunked, identity")], Err(UnknownCoding)),
        (&[(T, "identity")], Err(UnknownCoding)),
        (&[(T, "\"chunked\"")], Err(UnknownCoding)),
        (&[(T, "xchunked")], Err(UnknownCoding)),
        (&[(T, "")], Err(UnknownCoding)),
        (&[(T, "chunked"), (L, "5")], Err(LengthAndCoding)),
        (&[(L, "5"), (T, "chunked")], Err(LengthAndCoding)),
    ] {
        assert_eq!(framing(fields, false), expected, "{fields:?}");
    }
    assert_eq!(framing(&[(T, "chunked")], true), Err(CodingInOldVersion));
    assert_eq!(framing(&[(L, "5")], true), Ok(Some(Framing::Length(5))));
}

#[test]
fn plain_bodies() {
    for piece in 1..8 {
        assert_eq!(read(Framing::Length(5), b"helloNEXT", piece), Ok((b"hello".to_vec(), b"NEXT".to_vec())));
        assert_eq!(read(Framing::None, b"NEXT", piece), Ok((Vec::new(), b"NEXT".to_vec())));
        assert_eq!(read(Framing::UntilClose, b"hello", piece), Ok((b"hello".to_vec(), Vec::new())));
        assert_eq!(read(Framing::Length(6), b"hello", piece), Err(BodyError::CutOff));
    }
    assert_eq!(read(Framing::UntilClose, b"", 1), Ok((Vec::new(), Vec::new())));
}

#[test]
fn chunks() {
    let good = |data: &str, rest: &str| Ok((data.to_string(), rest.to_string()));
    assert_eq!(chunked("5\r\nhello\r\n0\r\n\r\nNEXT"), good("hello", "NEXT"));
    assert_eq!(chunked("0\r\n\r\n"), good("", ""));
    assert_eq!(chunked("000A\r\n0123456789\r\n1\r\n!\r\n00\r\n\r\n"), good("0123456789!", ""));
    assert_eq!(chunked("1;a=\"b;c\";d\r\nx\r\n0;last\r\n\r\n"), good("x", ""));
    assert_eq!(chunked("0\r\nA: b\r\nC-D:\r\n\r\nN"), good("", "N"));
}

#[test]
fn what_is_no_chunk() {
    use BodyError::*;
    let long = format!("1;{}\r\nx\r\n0\r\n\r\n", "e".repeat(MOST_ASIDE + 1));
    let many = "1;ext\r\nx\r\n".repeat(MOST_ASIDE / 3 + 1);
    let trailers = format!("0\r\nA: {}\r\n\r\n", "b".repeat(MOST_ASIDE));
    for (input, wrong) in [
        ("", CutOff),
        ("5\r\nhel", CutOff),
        ("5\r\nhello\r\n0\r\n\r", CutOff),
        ("\r\nhello", BadChunkSize),
        ("g\r\n", BadChunkSize),
        ("0x5\r\nhello\r\n", BadChunkSize),
        ("+5\r\nhello\r\n", BadChunkSize),
        ("-1\r\n", BadChunkSize),
        (" 5\r\nhello\r\n", BadChunkSize),
        ("5 \r\nhello\r\n", BadChunkSize),
        ("5\t;a\r\nhello\r\n", BadChunkSize),
        ("00000000000000005\r\n", BadChunkSize),
        ("10000000000000000\r\n", BadChunkSize),
        ("5\nhello\r\n0\r\n\r\n", BadLineEnd),
        ("5\rhello", BadLineEnd),
        ("5\r\nhello\n0\r\n\r\n", BadChunkEnd),
        ("5\r\nhello!\r\n", BadChunkEnd),
        ("5\r\nhello\r0\r\n", BadChunkEnd),
        ("1;a\nx\r\n", BadExtension),
        ("1;a\0\r\nx\r\n", BadExtension),
        ("1;a\rb\r\nx\r\n", BadLineEnd),
        ("0\r\n\n", BadTrailer),
        ("0\r\n A: b\r\n\r\n", BadTrailer),
        ("0\r\nA: b\r\n c\r\n\r\n", BadTrailer),
        ("0\r\nA : b\r\n\r\n", BadTrailer),
        ("0\r\n: b\r\n\r\n", BadTrailer),
        ("0\r\nA\r\n\r\n", BadTrailer),
        ("0\r\nA: b\nC: d\r\n\r\n", BadTrailer),
        ("0\r\nA: b\rc\r\n\r\n", BadLineEnd),
        ("0\r\n\rx", BadLineEnd),
        (&long, TooMuchAside),
        (&many, TooMuchAside),
        (&trailers, TooMuchAside),
    ] {
        assert_eq!(chunked(input), Err(wrong), "{:?}", &input[..input.len().min(40)]);
    }
    let huge = "ffffffffffffffff\r\n";
    assert_eq!(chunked(huge), Err(CutOff));
}

#[test]
fn what_is_written_is_read() {
    let mut out = Vec::new();
    for len in [0, 1, 15, 16, 255, 256, 70_000] {
        push_chunk(&mut out, &vec![b'x'; len]);
    }
    out.extend_from_slice(LAST_CHUNK);
    let (data, rest) = read(Framing::Chunked, &out, 1000).unwrap();
    assert_eq!((data.len(), rest.len()), (70_543, 0));
}
