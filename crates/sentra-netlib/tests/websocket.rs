//! The rules of RFC 6455 as the Autobahn suite asks for them: raw frames of a client, and what a
//! server that sends every message back makes of them, with the bytes whole and one at a time.

use sentra_netlib::exchange::websocket::{Event, Role, Stage, WebSocket};

const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const MOST: usize = 1 << 20;

/// A client's frame; the first byte has the bits and the opcode.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    match payload.len() {
        len @ 0..126 => out.push(0x80 | len as u8),
        len @ 126..=0xffff => {
            out.push(0xfe);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            out.push(0xff);
            out.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(&MASK);
    out.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    out
}

fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(0x88, &[&code.to_be_bytes(), reason].concat())
}

/// What a server's end makes of bytes that come in pieces: its messages, and its code if it closes.
fn run(bytes: &[u8], piece: usize) -> (Vec<String>, Option<(u16, bool)>, Vec<u8>) {
    let mut socket = WebSocket::new(Role::Server, MOST);
    let mut messages = Vec::new();
    for piece in bytes.chunks(piece.max(1)) {
        let (mut piece, mut at) = (piece.to_vec(), 0);
        while at < piece.len() {
            let (used, event) = socket.take(&mut piece[at..]);
            at += used;
            match event {
                Event::Text(data) => messages.push(format!("text {}", String::from_utf8_lossy(data))),
                Event::Binary(data) => messages.push(format!("binary {data:?}")),
                Event::Pong(data) => messages.push(format!("pong {}", String::from_utf8_lossy(data))),
                Event::Ending => socket.settle(),
                Event::None => {}
            }
        }
    }
    let mut sent = Vec::new();
    while !socket.outgoing.is_empty() {
        let next = socket.outgoing.next().to_vec();
        socket.outgoing.sent(next.len());
        sent.extend_from_slice(&next);
    }
    let closed = socket.closure().map(|closure| (closure.code, socket.stage() == Stage::Closed));
    (messages, closed, sent)
}

/// Runs frames whole and byte by byte: messages and close code.
fn check(frames: &[Vec<u8>], messages: &[&str], code: Option<u16>) {
    let bytes = frames.concat();
    for piece in [bytes.len(), 1, 2, 3, 7] {
        let (got, closed, _) = run(&bytes, piece);
        assert_eq!(got, messages, "{frames:02x?} in pieces of {piece}");
        assert_eq!(closed.map(|(code, _)| code), code, "{frames:02x?} in pieces of {piece}");
    }
}

#[test]
fn messages_of_all_lengths() {
    for len in [0, 1, 125, 126, 127, 128, 65_535, 65_536, 100_000] {
        let text = "*".repeat(len);
        let (got, closed, _) = run(&frame(0x81, text.as_bytes()), 997);
        assert_eq!((got, closed), (vec![format!("text {text}")], None));
        let (got, ..) = run(&frame(0x82, text.as_bytes()), 65_536);
        assert_eq!(got, [format!("binary {:?}", text.as_bytes())]);
    }
}

#[test]
fn pings_and_pongs() {
    for payload in [&b""[..], b"Hello", b"\x00\xff\xfe", &[0xfe; 125]] {
        for piece in [200, 1] {
            let (messages, closed, sent) = run(&frame(0x89, payload), piece);
            assert!(messages.is_empty() && closed.is_none());
            assert_eq!(sent, [&[0x8a, payload.len() as u8], payload].concat());
        }
    }
    check(&[frame(0x89, &[0; 126])], &[], Some(1002));
    check(&[frame(0x8a, b""), frame(0x8a, b"x")], &["pong ", "pong x"], None);
    let pings: Vec<Vec<u8>> = (0..10).map(|number| frame(0x89, format!("ping {number}").as_bytes())).collect();
    let (_, _, sent) = run(&pings.concat(), 1);
    let pongs: Vec<u8> =
        (0..10).flat_map(|number| [&[0x8a, 6][..], format!("ping {number}").as_bytes()].concat()).collect();
    assert_eq!(sent, pongs);
}

#[test]
fn reserved_bits_and_opcodes() {
    for bits in (0x10..0x80).step_by(0x10) {
        for opcode in [1, 2, 8, 9, 10] {
            check(&[frame(0x80 | bits | opcode, b"ab")], &[], Some(1002));
        }
    }
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        check(&[frame(0x81, b"Hello"), frame(0x80 | opcode, b""), frame(0x89, b"")], &["text Hello"], Some(1002));
        check(&[frame(0x81, b"Hello"), frame(0x80 | opcode, b"Hello")], &["text Hello"], Some(1002));
    }
}

#[test]
fn fragments() {
    let hello = [frame(0x01, b"frag"), frame(0x80, b"ment")];
    check(&hello, &["text fragment"], None);
    check(
        &[frame(0x01, b"a"), frame(0x89, b"p"), frame(0x00, b"b"), frame(0x8a, b"q"), frame(0x80, b"c")],
        &["pong q", "text abc"],
        None,
    );
    check(&[frame(0x02, b""), frame(0x00, b""), frame(0x80, b"")], &["binary []"], None);
    check(&[frame(0x09, b"a"), frame(0x80, b"b")], &[], Some(1002));
    check(&[frame(0x0a, b"a")], &[], Some(1002));
    check(&[frame(0x08, b"")], &[], Some(1002));
    check(&[frame(0x80, b"alone"), frame(0x81, b"x")], &[], Some(1002));
    check(&[frame(0x00, b"alone")], &[], Some(1002));
    check(&[hello[0].clone(), hello[1].clone(), frame(0x80, b"again")], &["text fragment"], Some(1002));
    check(&[frame(0x01, b"a"), frame(0x81, b"b")], &[], Some(1002));
    check(&[frame(0x01, b"a"), frame(0x02, b"b")], &[], Some(1002));
}

#[test]
fn text_is_utf8() {
    let good = "Hello-µ@ßöäüàá-UTF-8!!κόσμε\u{10ffff}\u{fffe}\u{0}".as_bytes();
    check(&[frame(0x81, good)], &[&format!("text {}", String::from_utf8_lossy(good))], None);
    for cut in 0..good.len() {
        let wanted = format!("text {}", String::from_utf8_lossy(good));
        check(&[frame(0x01, &good[..cut]), frame(0x80, &good[cut..])], &[&wanted], None);
    }
    let bad: [&[u8]; 24] = [
        b"\x80",
        b"\xbf",
        b"\x80\xbf",
        b"\xc0",
        b"\xc0\xaf",
        b"\xc1\xbf",
        b"\xc3",
        b"\xc3(",
        b"\xe0\x80\xaf",
        b"\xe0\x9f\xbf",
        b"\xe2\x82",
        b"\xe2\x28\xa1",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xed\xa0\x80\xed\xb0\x80",
        b"\xf0\x80\x80\xaf",
        b"\xf0\x9f\x98",
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        b"\xf8\x88\x80\x80\x80",
        b"\xfc\x84\x80\x80\x80\x80",
        b"\xfe",
        b"\xff",
        b"\xce\xba\xe1\xbd\xb9\xcf\x83\xed\xa0\x80edited",
    ];
    for bytes in bad {
        check(&[frame(0x81, bytes)], &[], Some(1007));
        check(&[frame(0x01, &bytes[..1]), frame(0x80, &bytes[1..])], &[], Some(1007));
        check(&[frame(0x82, bytes)], &[&format!("binary {bytes:?}")], None);
    }
}

#[test]
fn wrong_text_is_noticed_before_the_frame_ends() {
    let whole = frame(0x81, b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90\x80\x80edited");
    let upto_second_wrong = 6 + 13;
    let (_, closed, _) = run(&whole[..upto_second_wrong], 1);
    assert_eq!(closed.map(|(code, _)| code), Some(1007));
    let (_, closed, _) = run(&whole[..upto_second_wrong - 1], 1);
    assert_eq!(closed, None);
    let fragments = [frame(0x01, b"ok \xf4"), frame(0x00, b"\x90")].concat();
    assert_eq!(run(&fragments, fragments.len()).1.map(|(code, _)| code), Some(1007));
}

#[test]
fn closing() {
    check(&[frame(0x88, b"")], &[], Some(1005));
    check(&[frame(0x88, b"\x03")], &[], Some(1002));
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3999, 4000, 4999] {
        check(&[close(code, b"reason")], &[], Some(code));
        let (_, closed, sent) = run(&close(code, b""), 1);
        assert_eq!((closed, sent), (Some((code, true)), [&[0x88, 2], &code.to_be_bytes()[..]].concat()));
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        check(&[close(code, b"")], &[], Some(1002));
    }
    check(&[close(1000, &[b'*'; 123])], &[], Some(1000));
    check(&[close(1000, &[b'*'; 124])], &[], Some(1002));
    check(&[close(1000, b"\xce\xba\xed\xa0\x80")], &[], Some(1007));
    // What comes after is nobody's business.
    check(&[close(1000, b""), frame(0x81, b"late"), frame(0x89, b"")], &[], Some(1000));
    check(&[frame(0x81, b"a"), close(1000, b""), close(1001, b"")], &["text a"], Some(1000));
}

#[test]
fn a_failed_connection_still_finds_the_close_frame() {
    for wrong in [
        frame(0xc1, b"reserved"),
        frame(0x83, b"opcode"),
        frame(0x89, &[7; 300]),
        frame(0x81, b"\xff and more of the same frame"),
        frame(0x88, b"\x03"),
        close(1005, b""),
    ] {
        let bytes = [wrong, frame(0x82, &[1; 70_000]), close(1002, b"")].concat();
        for piece in [bytes.len(), 1] {
            let (messages, closed, sent) = run(&bytes, piece);
            assert!(messages.is_empty() && closed.is_some_and(|(_, whole)| whole));
            assert_eq!(sent[0], 0x88, "one close frame and nothing else: {sent:02x?}");
            assert_eq!(sent.len(), 2 + usize::from(sent[1]));
        }
    }
}

#[test]
fn sizes_and_masks() {
    let mut naked = vec![0x81, 5];
    naked.extend_from_slice(b"Hello");
    check(&[naked], &[], Some(1002));
    check(&[vec![0x81, 0xfe, 0, 5, 1, 2, 3, 4]], &[], Some(1002));
    check(&[vec![0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]], &[], Some(1002));
    // Refused by its head, before any of it has come.
    check(&[vec![0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 1, 1, 2, 3, 4]], &[], Some(1009));
    let half = vec![b'x'; MOST / 2 + 1];
    let bytes = [frame(0x02, &half), frame(0x80, &half)].concat();
    assert_eq!(run(&bytes, 65_536).1.map(|(code, _)| code), Some(1009));
}

#[test]
fn both_ends_understand_each_other() {
    let (mut client, mut server) = (WebSocket::new(Role::Client, MOST), WebSocket::new(Role::Server, MOST));
    for len in [0, 1, 125, 126, 65_535, 65_536] {
        client.send_binary(&vec![7; len]).unwrap();
        server.send_text("x".repeat(len).as_bytes()).unwrap();
    }
    client.close(4000, "bye").unwrap();
    let pass = |from: &mut WebSocket, to: &mut WebSocket| {
        let mut lengths = Vec::new();
        while !from.outgoing.is_empty() {
            let mut bytes = from.outgoing.next().to_vec();
            from.outgoing.sent(bytes.len());
            let mut at = 0;
            while at < bytes.len() {
                let (used, event) = to.take(&mut bytes[at..]);
                at += used;
                match event {
                    Event::Text(data) | Event::Binary(data) => lengths.push(data.len()),
                    Event::Ending => to.settle(),
                    _ => {}
                }
            }
        }
        lengths
    };
    assert_eq!(pass(&mut client, &mut server), [0, 1, 125, 126, 65_535, 65_536]);
    // The client has begun to close: what still comes it passes over.
    assert_eq!(pass(&mut server, &mut client), [0_usize; 0]);
    assert_eq!((client.stage(), server.stage()), (Stage::Closed, Stage::Closed));
    assert_eq!(
        server.closure().map(|closure| (closure.code, &*closure.reason, closure.by_peer)),
        Some((4000, "bye", true))
    );
}
