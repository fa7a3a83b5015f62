//! What holds for any bytes that the readers of WebSockets are given. The fuzz targets run the same.

use sentra_netlib::exchange::websocket::{Event, Role, WebSocket};
use sentra_netlib::wire::http::request::{self, Search};
use sentra_netlib::wire::http::response::{HeadReader, ResponseHead};
use sentra_netlib::wire::websocket::handshake;

/// The longest message that is taken.
const MOST: usize = 1 << 10;

/// What an end makes of bytes: its messages, and the code that it closes with.
type Understood = (Vec<(u8, Vec<u8>)>, Option<u16>);

/// Frames are understood in the same way whole and in pieces, by either end, and little of them is held; as they are,
/// and behind the head of a frame that a client may send.
pub fn frames(bytes: &[u8]) {
    let (first, payload) = bytes.split_first().unwrap_or((&0x81, &[]));
    let short = &payload[..payload.len().min(125)];
    let masked = [&[0x80 | first & 0x0f, 0x80 | short.len() as u8, 0, 0, 0, 0], short, payload].concat();
    for input in [bytes, &masked] {
        for role in [Role::Server, Role::Client] {
            let whole = understood(role, input, input.len());
            for piece in [1, 3] {
                assert_eq!(understood(role, input, piece), whole, "{input:02x?} in pieces of {piece}");
            }
        }
    }
}

fn understood(role: Role, bytes: &[u8], piece: usize) -> Understood {
    let mut socket = WebSocket::new(role, MOST);
    let mut messages = Vec::new();
    for piece in bytes.chunks(piece.max(1)) {
        let (mut piece, mut at) = (piece.to_vec(), 0);
        while at < piece.len() {
            let (used, event) = socket.take(&mut piece[at..]);
            at += used;
            let is_ending = matches!(event, Event::Ending);
            match event {
                Event::Text(text) => {
                    assert!(std::str::from_utf8(text).is_ok() && text.len() <= MOST);
                    messages.push((1, text.to_vec()));
                }
                Event::Binary(data) => messages.push((2, data.to_vec())),
                Event::Pong(data) => messages.push((10, data.to_vec())),
                Event::Ending | Event::None => {}
            }
            if is_ending {
                socket.settle();
            }
            // An answer to each ping, and what has come of a message.
            assert!(socket.held() <= 4 * (MOST + bytes.len()) + (64 << 10), "{} bytes are held", socket.held());
        }
    }
    (messages, socket.closure().map(|closure| closure.code))
}

/// Requests and answers are refused, or make a handshake that both ends agree on.
pub fn handshake(bytes: &[u8]) {
    let fields = b"Host: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let request = [b"GET / HTTP/1.1\r\n", &fields[..], bytes, b"\r\n\r\n"].concat();
    for text in [bytes, &request] {
        offered(text);
        answered(text);
    }
}

fn offered(text: &[u8]) {
    let Ok(Some(len)) = Search::default().find(text, 1 << 20) else { return };
    let Ok(head) = request::parse(&text[..len]) else { return };
    let Ok(offer) = handshake::offer(head.method.as_bytes(), head.minor, head.fields) else { return };
    let spoken: Vec<String> =
        offer.protocols.iter().filter_map(|protocol| String::from_utf8(protocol.to_vec()).ok()).collect();
    let chosen = handshake::choose(&offer, &spoken);
    let agreement = handshake::agreement(&offer, chosen);
    assert_eq!(agreement.windows(4).position(|four| four == b"\r\n\r\n"), Some(agreement.len() - 4), "one head");
    let key = String::from_utf8_lossy(offer.key).into_owned();
    let answer = read(&agreement).expect("what is written can be read");
    let fields: Vec<_> = answer.fields().collect();
    assert_eq!(handshake::agreed(answer.status, fields.into_iter(), &key, &spoken).expect("both agree"), chosen);
}

fn answered(text: &[u8]) {
    let Some(answer) = read(text) else { return };
    let fields: Vec<_> = answer.fields().collect();
    let spoken = ["chat".to_string()];
    if let Ok(chosen) = handshake::agreed(answer.status, fields.into_iter(), "dGhlIHNhbXBsZSBub25jZQ==", &spoken) {
        assert!(chosen.is_none_or(|chosen| chosen == b"chat"));
    }
}

fn read(text: &[u8]) -> Option<ResponseHead> {
    HeadReader::default().read(text).ok()?.1
}
