//! A table of heads, good and bad, each read whole, cut at every byte, and byte by byte.

use super::*;

/// The head of some bytes that come in two parts or one by one: always the same.
fn read(bytes: &[u8]) -> Result<Option<ResponseHead>, ResponseError> {
    let parts = |cuts: &[usize]| {
        let (mut reader, mut from) = (HeadReader::default(), 0);
        for &to in cuts.iter().chain([&bytes.len()]) {
            let (used, head) = reader.read(&bytes[from..to])?;
            if head.is_some() {
                return Ok(head.map(|head| (head, from + used)));
            }
            assert_eq!(used, to - from);
            from = to;
        }
        Ok(None)
    };
    let whole = parts(&[]);
    for cut in 1..bytes.len() {
        assert_eq!(parts(&[cut]), whole, "cut at {cut}");
    }
    assert_eq!(parts(&(1..bytes.len()).collect::<Vec<_>>()), whole);
    whole.map(|found| found.map(|(head, _)| head))
}

fn head(text: &str) -> ResponseHead {
    read(text.as_bytes()).unwrap().unwrap()
}

#[test]
fn parts_of_a_head() {
    let head = head("HTTP/1.1 200 Very  OK\r\nServer: a\r\nX-A:\t b \t\r\nserver: c\r\nEmpty:\r\n\r\nbody");
    assert_eq!((head.minor_version, head.status, head.reason()), (1, 200, &b"Very  OK"[..]));
    let fields: Vec<_> = head.fields().collect();
    assert_eq!(fields, [(&b"Server"[..], &b"a"[..]), (b"X-A", b"b"), (b"server", b"c"), (b"Empty", b"")]);
    assert_eq!(head.get("SERVER"), Some(&b"a"[..]));
    assert_eq!(head.all("server").count(), 2);
}

#[test]
fn heads_that_are_taken() {
    for text in
        ["HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 200\r\n\r\n", "HTTP/1.1 200 \r\n\r\n", "HTTP/1.1 599 \u{e4}\r\n\r\n"]
    {
        assert!(read(text.as_bytes()).unwrap().is_some(), "{text:?}");
    }
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(900));
    let mut reader = HeadReader::default();
    assert_eq!(reader.read(many.as_bytes()).unwrap().1.unwrap().fields().count(), 900);
    for cut in ["", "H", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n\r"] {
        assert_eq!(read(cut.as_bytes()), Ok(None), "{cut:?}");
    }
}

#[test]
fn heads_that_are_refused() {
    use ResponseError::*;
    for (text, wrong) in [
        ("HTTP/2 200 OK\r\n\r\n", NoHttp),
        ("HTTP/1.2 200 OK\r\n\r\n", NoHttp),
        ("HTTP/1.11 200 OK\r\n\r\n", NoHttp),
        ("ICY 200 OK\r\n\r\n", NoHttp),
        ("http/1.1 200 OK\r\n\r\n", NoHttp),
        ("\r\nHTTP/1.1 200 OK\r\n\r\n", NoHttp),
        (" HTTP/1.1 200 OK\r\n\r\n", NoHttp),
        ("SSH-2.0-OpenSSH\r\n", NoHttp),
        ("HTTP/1.1 20 OK\r\n\r\n", BadStatus),
        ("HTTP/1.1 2000 OK\r\n\r\n", BadStatus),
        ("HTTP/1.1 099 OK\r\n\r\n", BadStatus),
        ("HTTP/1.1 +20 OK\r\n\r\n", BadStatus),
        ("HTTP/1.1 abc OK\r\n\r\n", BadStatus),
        ("HTTP/1.1 200 OK\n\n", BadLineEnd),
        ("HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n", BadLineEnd),
        ("HTTP/1.1 200 OK\r\nA: b\r\n\n", BadLineEnd),
        ("HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n", BadField),
        ("HTTP/1.1 200 O\rK\r\n\r\n", BadStatus),
        ("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", BadField),
        ("HTTP/1.1 200 OK\r\n A: b\r\n\r\n", BadField),
        ("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", BadField),
        ("HTTP/1.1 200 OK\r\n: b\r\n\r\n", BadField),
        ("HTTP/1.1 200 OK\r\nA\r\n\r\n", BadField),
        ("HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", BadField),
        ("HTTP/1.1 200 OK\r\nA\u{7f}: b\r\n\r\n", BadField),
        ("HTTP/1.1 200 OK\r\nA\u{e4}: b\r\n\r\n", BadField),
    ] {
        assert_eq!(read(text.as_bytes()), Err(wrong), "{text:?}");
    }
}

#[test]
fn heads_without_end() {
    let line = format!("HTTP/1.1 200 OK\r\nA: {}", "b".repeat(MOST_HEAD));
    let fields = format!("HTTP/1.1 200 OK\r\n{}", "A: b\r\n".repeat(MOST_FIELDS + 1));
    for endless in [line, fields] {
        assert_eq!(HeadReader::default().read(endless.as_bytes()), Err(ResponseError::TooLong));
        let mut reader = HeadReader::default();
        let wrong = endless.as_bytes().iter().find_map(|byte| reader.read(&[*byte]).err());
        assert_eq!(wrong, Some(ResponseError::TooLong));
    }
}

#[test]
fn where_bodies_end() {
    let framing = |method: &str, status: &str, fields: &str| {
        head(&format!("HTTP/1.1 {status} x\r\n{fields}\r\n")).framing(method.as_bytes())
    };
    assert_eq!(framing("GET", "200", ""), Ok(Framing::UntilClose));
    assert_eq!(framing("GET", "200", "Content-Length: 5\r\n"), Ok(Framing::Length(5)));
    assert_eq!(framing("GET", "200", "Transfer-Encoding: chunked\r\n"), Ok(Framing::Chunked));
    assert_eq!(framing("HEAD", "200", "Content-Length: 5\r\n"), Ok(Framing::None));
    assert_eq!(framing("GET", "204", "Content-Length: 5\r\n"), Ok(Framing::None));
    assert_eq!(framing("GET", "304", "Transfer-Encoding: chunked\r\n"), Ok(Framing::None));
    assert_eq!(framing("CONNECT", "200", "Content-Length: 5\r\n"), Ok(Framing::None));
    assert_eq!(framing("CONNECT", "407", "Content-Length: 5\r\n"), Ok(Framing::Length(5)));
    let both = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n";
    for method in ["GET", "HEAD"] {
        assert_eq!(framing(method, "200", both), Err(BodyError::LengthAndCoding.into()));
    }
    assert!(framing("GET", "200", "Content-Length: 5\r\nContent-Length: 6\r\n").is_err());
    assert!(framing("GET", "200", "Transfer-Encoding: gzip\r\n").is_err());
    assert!(head("HTTP/1.0 200 x\r\nTransfer-Encoding: chunked\r\n\r\n").framing(b"GET").is_err());
}

#[test]
fn connections_that_stay() {
    for (text, stays) in [
        ("HTTP/1.1 200 x\r\n\r\n", true),
        ("HTTP/1.1 200 x\r\nConnection: close\r\n\r\n", false),
        ("HTTP/1.1 200 x\r\nConnection: a, CLOSE\r\n\r\n", false),
        ("HTTP/1.0 200 x\r\n\r\n", false),
        ("HTTP/1.0 200 x\r\nConnection: Keep-Alive\r\n\r\n", true),
        ("HTTP/1.0 200 x\r\nConnection: keep-alive, close\r\n\r\n", false),
    ] {
        assert_eq!(head(text).keeps_alive(), stays, "{text:?}");
    }
}
