//! The bare WebSocket servers: what messages cost with tungstenite over mio and nothing above it.

use std::io::{ErrorKind, Read, Write};

use mio::net::TcpStream;
use tungstenite::protocol::Role;
use tungstenite::{Error, Message, WebSocket};

use crate::bare::Answers;

/// The answer to the handshake of the load, whose key is always the same.
const HELLO: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Sends each message back, or to everybody.
pub struct Messages {
    broadcasts: bool,
}

/// Serves for ever; prints the port first.
pub fn serve(broadcasts: bool) -> std::io::Result<()> {
    crate::bare::serve(Messages { broadcasts })
}

/// A client, before and after its handshake.
pub enum Client {
    New(TcpStream),
    Open(Box<WebSocket<TcpStream>>),
}

impl Answers for Messages {
    type Client = Client;

    fn admit(&mut self, stream: TcpStream) -> Client {
        Client::New(stream)
    }

    fn stream(client: &mut Client) -> &mut TcpStream {
        match client {
            Client::New(stream) => stream,
            Client::Open(socket) => socket.get_mut(),
        }
    }

    fn answer(&mut self, clients: &mut [Option<Client>], place: usize) -> bool {
        if let Some(Client::New(_)) = &clients[place] {
            clients[place] = clients[place].take().and_then(greet);
            return clients[place].is_some();
        }
        loop {
            let Some(Client::Open(socket)) = &mut clients[place] else { return false };
            match socket.read() {
                Ok(message) if self.broadcasts => {
                    clients.iter_mut().flatten().for_each(|client| drop(send(client, message.clone())));
                }
                Ok(message) => {
                    if socket.send(message).is_err() {
                        return false;
                    }
                }
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(_) => return false,
            }
        }
    }
}

/// Answers the handshake, which comes in one piece.
fn greet(client: Client) -> Option<Client> {
    let Client::New(mut stream) = client else { return Some(client) };
    let count = stream.read(&mut [0; 4096]).ok().filter(|&count| count > 0)?;
    debug_assert!(count < 4096, "the load's handshake is short");
    stream.write_all(HELLO).ok()?;
    Some(Client::Open(Box::new(WebSocket::from_raw_socket(stream, Role::Server, None))))
}

fn send(client: &mut Client, message: Message) -> Result<(), Error> {
    match client {
        Client::New(_) => Ok(()),
        Client::Open(socket) => socket.send(message),
    }
}
