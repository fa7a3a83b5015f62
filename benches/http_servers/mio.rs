//! The bare HTTP server: what requests cost with mio, fixed bytes for an answer and nothing above it.

use std::io::{ErrorKind, Read, Write};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

const LISTENER: Token = Token(usize::MAX);
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 13\r\n\r\nHello, World!";
const LAST_ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n\
    Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 13\r\nConnection: close\r\n\r\nHello, World!";

/// Serves for ever; prints the port first.
pub fn serve() -> std::io::Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut listener = TcpListener::bind("127.0.0.1:0".parse().expect("an address"))?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    println!("{}", listener.local_addr()?.port());
    let (mut clients, mut vacant): (Vec<Option<TcpStream>>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut buffer = vec![0; 65536];
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                accept(&poll, &listener, &mut clients, &mut vacant)?;
                continue;
            }
            let place = event.token().0;
            if clients[place].as_mut().is_some_and(|stream| !answer(stream, &mut buffer)) {
                clients[place] = None;
                vacant.push(place);
            }
        }
    }
}

fn accept(
    poll: &Poll,
    listener: &TcpListener,
    clients: &mut Vec<Option<TcpStream>>,
    vacant: &mut Vec<usize>,
) -> std::io::Result<()> {
    loop {
        let mut stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(e) => return Err(e),
        };
        stream.set_nodelay(true)?;
        let place = vacant.pop().unwrap_or_else(|| {
            clients.push(None);
            clients.len() - 1
        });
        poll.registry().register(&mut stream, Token(place), Interest::READABLE)?;
        clients[place] = Some(stream);
    }
}

/// Answers what has come, which is whole requests; false once the connection ends.
fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> bool {
    match stream.read(buffer) {
        Ok(count) if count > 0 => {
            let request = &buffer[..count];
            let closes = request.windows(17).any(|window| window == b"Connection: close");
            let count = request.windows(4).filter(|window| *window == b"\r\n\r\n").count();
            let answer = if closes { LAST_ANSWER } else { ANSWER };
            (0..count).all(|_| stream.write_all(answer).is_ok()) && !closes
        }
        Err(e) if e.kind() == ErrorKind::WouldBlock => true,
        _ => false,
    }
}
