//! Requests as they are written, and responses as they come in pieces.

use super::*;

fn written(method: &str, url: &str, fields: &[(&str, &str)], body: BodyLength) -> String {
    let url = Url::parse(url.as_bytes()).unwrap().normalised().unwrap();
    let fields: Vec<_> =
        fields.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect();
    let defaults = [("Accept", b"*/*".to_vec())];
    let request =
        Request { method: method.as_bytes(), url: &url, via_proxy: false, fields: &fields, defaults: &defaults, body };
    let mut out = Vec::new();
    request.write_head(&mut out).map_or_else(|wrong| wrong.to_string(), |()| String::from_utf8(out).unwrap())
}

#[test]
fn heads() {
    assert_eq!(
        written("GET", "http://a.example:80", &[], BodyLength::None),
        "GET / HTTP/1.1\r\nHost: a.example\r\nAccept: */*\r\n\r\n"
    );
    assert_eq!(
        written(
            "POST",
            "http://u:p@[::1]:81/\u{fc} b?\u{fc}#f".replace(' ', "%20").as_str(),
            &[],
            BodyLength::Known(3)
        ),
        "POST /%C3%BC%20b?%C3%BC HTTP/1.1\r\nHost: [::1]:81\r\nAccept: */*\r\nContent-Length: 3\r\n\r\n"
    );
}

#[test]
fn what_is_asked_for_cannot_corrupt_the_message() {
    let fields = [
        ("content-length", "7"),
        ("Transfer-Encoding", "gzip"),
        ("Connection", "X-Mine, keep-alive"),
        ("X-Mine", "1"),
        ("Keep-Alive", "timeout=5"),
        ("Upgrade", "h2c"),
        ("TE", "trailers"),
        ("Expect", "100-continue"),
        ("host", "other"),
        ("accept", "text/html"),
    ];
    assert_eq!(
        written("PUT", "http://a/", &fields, BodyLength::Chunked),
        "PUT / HTTP/1.1\r\nhost: other\r\naccept: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let close = written("GET", "http://a/", &[("Connection", "close")], BodyLength::None);
    assert_eq!(close, "GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nConnection: close\r\n\r\n");
    assert!(written("GET", "http://a/", &[("A", "b\r\nC: d")], BodyLength::None).contains("carriage return"));
    assert!(written("GET", "http://a/", &[("A b", "c")], BodyLength::None).contains("no name"));
    assert!(written("GET / HTTP/1.1\r\nX:", "http://a/", &[], BodyLength::None).contains("no name"));
}

#[test]
fn what_is_for_a_proxy() {
    let secret = [("Proxy-authorization", "secret"), ("A", "b")];
    assert!(!written("GET", "http://a/", &secret, BodyLength::None).contains("secret"));
    let tunnel = |host: &str, who: Option<&[u8]>| connect(host, 443, who).map(|text| String::from_utf8(text).unwrap());
    assert_eq!(tunnel("a", None).unwrap(), "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
    let expected = "CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\nProxy-Authorization: secret\r\n\r\n";
    assert_eq!(tunnel("::1", Some(b"secret")).unwrap(), expected);
    assert!(tunnel("a", Some(b"a\r\nb: c")).is_err());
    assert_eq!(basic(&Url::parse(b"http://a:b@c/").unwrap()).as_deref(), Some("Basic YTpi"));
    assert_eq!(basic(&Url::parse(b"http://c/").unwrap()), None);
}

/// What a response consists of: its status, its body, whether the connection stays, what is left.
type Found = Result<(u16, String, bool, String), String>;

fn exchange(method: &str, input: &str, piece: usize) -> Found {
    let mut exchange = Exchange::new(method.as_bytes(), false);
    let (mut status, mut body, mut at, mut end) = (0, Vec::new(), 0, 0);
    let input = input.as_bytes();
    loop {
        let (used, event) = exchange.receive(&input[at..end]).map_err(|wrong| wrong.to_string())?;
        at += used;
        match event {
            Event::Head(head) => status = head.status,
            Event::Data(data) => body.extend_from_slice(data),
            Event::End => break,
            Event::Need if end == input.len() => {
                exchange.finish().map_err(|wrong| wrong.to_string())?;
                break;
            }
            Event::Need => end = (end + piece).min(input.len()),
        }
    }
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Ok((status, text(&body), exchange.leaves_connection(), text(&input[at..])))
}

fn responses(method: &str, input: &str) -> Found {
    let whole = exchange(method, input, input.len().max(1));
    for piece in [1, 2, 3, 5, 11] {
        assert_eq!(exchange(method, input, piece), whole, "{input:?} by {piece}");
    }
    whole
}

#[test]
fn whole_responses() {
    let good = |status, body: &str, stays, rest: &str| Ok((status, body.to_string(), stays, rest.to_string()));
    for (method, input, expected) in [
        ("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiNEXT", good(200, "hi", true, "NEXT")),
        ("GET", "HTTP/1.1 200 OK\r\n\r\nhi", good(200, "hi", false, "")),
        ("GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", good(200, "hi", false, "")),
        ("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", good(200, "", true, "")),
        ("GET", "HTTP/1.1 204 No\r\n\r\n", good(204, "", true, "")),
        ("GET", "HTTP/1.1 101 Switch\r\n\r\nraw", good(101, "", false, "raw")),
        ("CONNECT", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nraw", good(200, "", false, "raw")),
        (
            "POST",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nT: x\r\n\r\n",
            good(200, "hi", true, ""),
        ),
    ] {
        assert_eq!(responses(method, input), expected, "{input:?}");
    }
    let endless = "HTTP/1.1 100 Continue\r\n\r\n".repeat(100);
    assert!(responses("GET", &endless).unwrap_err().contains("too long"));
}

#[test]
fn no_cut_is_taken_for_the_whole() {
    let input = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
    for len in 0..input.len() {
        assert!(exchange("GET", &input[..len], 4).is_err(), "{len}");
    }
}
