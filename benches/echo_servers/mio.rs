//! The bare echo server: what a socket costs with mio and nothing above it.

use std::io::{ErrorKind, Read, Write};

use mio::net::TcpStream;

use crate::bare::Answers;

/// Sends back what comes.
pub struct Echo {
    buffer: Vec<u8>,
}

/// Serves for ever; prints the port first.
pub fn serve() -> std::io::Result<()> {
    crate::bare::serve(Echo { buffer: vec![0; 65536] })
}

impl Answers for Echo {
    type Client = TcpStream;

    fn admit(&mut self, stream: TcpStream) -> TcpStream {
        stream
    }

    fn stream(client: &mut TcpStream) -> &mut TcpStream {
        client
    }

    fn answer(&mut self, clients: &mut [Option<TcpStream>], place: usize) -> bool {
        let Some(stream) = &mut clients[place] else { return false };
        loop {
            match stream.read(&mut self.buffer) {
                Ok(0) => return false,
                Ok(count) => {
                    if stream.write_all(&self.buffer[..count]).is_err() {
                        return false;
                    }
                    // A short read has emptied the socket: the next event is told by mio.
                    if count < self.buffer.len() {
                        return true;
                    }
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => return true,
                Err(_) => return false,
            }
        }
    }
}
