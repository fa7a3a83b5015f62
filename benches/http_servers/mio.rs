//! The bare HTTP server: what requests cost with mio, fixed bytes for an answer and nothing above it.

use std::io::{ErrorKind, Read, Write};

use mio::net::TcpStream;

use crate::bare::Answers;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 13\r\n\r\nHello, World!";
const LAST_ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 13\r\nConnection: close\r\n\r\nHello, World!";

/// Answers with fixed bytes.
pub struct Fixed {
    buffer: Vec<u8>,
}

/// Serves for ever; prints the port first.
pub fn serve() -> std::io::Result<()> {
    crate::bare::serve(Fixed { buffer: vec![0; 65536] })
}

impl Answers for Fixed {
    type Client = TcpStream;

    fn admit(&mut self, stream: TcpStream) -> TcpStream {
        stream
    }

    fn stream(client: &mut TcpStream) -> &mut TcpStream {
        client
    }

    /// Answers what has come, which is whole requests.
    fn answer(&mut self, clients: &mut [Option<TcpStream>], place: usize) -> bool {
        let Some(stream) = &mut clients[place] else { return false };
        match stream.read(&mut self.buffer) {
            Ok(count) if count > 0 => {
                let request = &self.buffer[..count];
                let closes = request.windows(17).any(|window| window == b"Connection: close");
                let count = request.windows(4).filter(|window| *window == b"\r\n\r\n").count();
                let answer = if closes { LAST_ANSWER } else { ANSWER };
                (0..count).all(|_| stream.write_all(answer).is_ok()) && !closes
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => true,
            _ => false,
        }
    }
}
