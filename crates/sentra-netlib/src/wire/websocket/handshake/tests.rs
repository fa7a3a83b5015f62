//! Handshakes that are good, and every way in which one is not.

use super::*;

const REQUEST: [(&str, &str); 5] = [
    ("Host", "server.example.com"),
    ("Upgrade", "websocket"),
    ("Connection", "keep-alive, Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Sec-WebSocket-Version", "13"),
];

type Fields<'a> = Vec<(&'a str, &'a str)>;

fn bytes<'a>(fields: &'a [(&'a str, &'a str)]) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone {
    fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()))
}

/// The fields with one changed, added if there is none, or taken away.
fn changed<'a>(fields: &[(&'a str, &'a str)], name: &'a str, value: Option<&'a str>) -> Fields<'a> {
    let mut changed: Fields = fields.iter().copied().filter(|(other, _)| *other != name).collect();
    changed.extend(value.map(|value| (name, value)));
    changed
}

fn status(fields: &[(&str, &str)]) -> u16 {
    offer(b"GET", 1, bytes(fields)).map_or_else(|refusal| refusal.status, |_| 101)
}

#[test]
fn the_example_of_the_standard() {
    let fields = changed(&REQUEST, "Sec-WebSocket-Protocol", Some("chat, superchat"));
    let offer = offer(b"GET", 1, bytes(&fields)).unwrap();
    assert_eq!(offer.protocols, [&b"chat"[..], b"superchat"]);
    let protocol = choose(&offer, &["other".into(), "superchat".into()]);
    let answer = String::from_utf8(agreement(&offer, protocol)).unwrap();
    assert!(answer.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    assert!(answer.ends_with("\r\nSec-WebSocket-Protocol: superchat\r\n\r\n"));
}

#[test]
fn requests_that_are_none() {
    for (name, value, wanted) in [
        ("Upgrade", None, 426),
        ("Upgrade", Some("h2c"), 426),
        ("Connection", None, 400),
        ("Connection", Some("close"), 400),
        ("Sec-WebSocket-Version", None, 426),
        ("Sec-WebSocket-Version", Some("8"), 426),
        ("Sec-WebSocket-Version", Some("13, 8"), 426),
        ("Sec-WebSocket-Key", None, 400),
        ("Sec-WebSocket-Key", Some("dGhlIHNhbXBsZQ=="), 400),
        ("Sec-WebSocket-Key", Some("dGhlIHNhbXBsZSBub25jZQ"), 400),
        ("Sec-WebSocket-Protocol", Some("a b"), 400),
        ("Upgrade", Some("h2c, WebSocket"), 101),
        ("Sec-WebSocket-Extensions", Some("permessage-deflate"), 101),
    ] {
        assert_eq!(status(&changed(&REQUEST, name, value)), wanted, "{name}: {value:?}");
    }
    assert_eq!(offer(b"POST", 1, bytes(&REQUEST)).unwrap_err().status, 400);
    assert_eq!(offer(b"GET", 0, bytes(&REQUEST)).unwrap_err().status, 400);
    for name in ["Sec-WebSocket-Key", "Sec-WebSocket-Version"] {
        let again = REQUEST.iter().copied().find(|(other, _)| *other == name);
        let fields: Fields = REQUEST.iter().copied().chain(again).collect();
        assert_eq!(status(&fields), 400, "{name} twice");
    }
}

#[test]
fn a_client_checks_the_answer() {
    let key = "dGhlIHNhbXBsZSBub25jZQ==";
    let answer =
        [("Upgrade", "WebSocket"), ("Connection", "upgrade"), ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")];
    let spoken = ["chat".to_string()];
    let read = |status, fields: &[(&str, &str)]| {
        let agreed = agreed(status, bytes(fields), key, &spoken);
        agreed
            .map(|protocol| protocol.map(|protocol| String::from_utf8_lossy(protocol).into_owned()))
            .map_err(|wrong| wrong.reason)
    };
    assert_eq!(read(101, &answer), Ok(None));
    assert_eq!(read(101, &changed(&answer, "Sec-WebSocket-Protocol", Some("chat"))), Ok(Some("chat".into())));
    assert!(read(200, &answer).is_err());
    for (name, value) in [
        ("Upgrade", None),
        ("Upgrade", Some("h2c")),
        ("Connection", None),
        ("Sec-WebSocket-Accept", None),
        ("Sec-WebSocket-Accept", Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOO=")),
        ("Sec-WebSocket-Extensions", Some("permessage-deflate")),
        ("Sec-WebSocket-Protocol", Some("superchat")),
    ] {
        assert!(read(101, &changed(&answer, name, value)).is_err(), "{name}: {value:?}");
    }
}

#[test]
fn what_a_client_asks_a_server_agrees_to() {
    let protocols = ["a".to_string(), "b".to_string()];
    let fields = [(b"Origin".to_vec(), b"https://example.com".to_vec())];
    let request = Request { host: "example.com:81", target: "/chat?x=1", protocols: &protocols, fields: &fields };
    let key = key();
    let written = String::from_utf8(request.write(&key).unwrap()).unwrap();
    let (line, rest) = written.split_once("\r\n").unwrap();
    assert_eq!(line, "GET /chat?x=1 HTTP/1.1");
    let header: Fields = rest.lines().filter_map(|line| line.split_once(": ")).collect();
    let offer = offer(b"GET", 1, bytes(&header)).unwrap();
    assert_eq!((offer.origin, offer.protocols.len()), (Some(&b"https://example.com"[..]), 2));
    let answer = String::from_utf8(agreement(&offer, choose(&offer, &protocols))).unwrap();
    let header: Fields = answer.lines().filter_map(|line| line.split_once(": ")).collect();
    assert_eq!(agreed(101, bytes(&header), &key, &protocols), Ok(Some(&b"a"[..])));
    let smuggled = [(b"X".to_vec(), b"a\r\nUpgrade: other".to_vec())];
    assert!(Request { fields: &smuggled, ..request }.write(&key).is_err());
}
