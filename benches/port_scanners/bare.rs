//! The limit of a scan by connections: sockets, `connect` and epoll, and nothing else. It knows how many
//! connections it may have out, asks nobody what is open, and gives up what the loopback never loses.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

/// Connections that are out at once.
const MOST: usize = 4096;

/// The open ports of this machine.
pub fn scan(first: u16, last: u16) -> std::io::Result<Vec<u16>> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut flying: Vec<Option<TcpStream>> = (0..=u16::MAX).map(|_| None).collect();
    let (mut count, mut open) = (0, Vec::new());
    let mut ports = first..=last;
    loop {
        while count < MOST
            && let Some(port) = ports.next()
        {
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            if let Ok(mut stream) = TcpStream::connect(address) {
                poll.registry().register(&mut stream, Token(port.into()), Interest::WRITABLE)?;
                flying[usize::from(port)] = Some(stream);
                count += 1;
            }
        }
        if count == 0 {
            break;
        }
        poll.poll(&mut events, Some(Duration::from_secs(1)))?;
        for event in &events {
            let Some(stream) = flying[event.token().0].take() else { continue };
            count -= 1;
            let stands = stream.take_error()?.is_none()
                && stream.peer_addr().map_err(|e| e.kind()) != Err(ErrorKind::NotConnected);
            if stands && stream.local_addr()? != stream.peer_addr()? {
                open.push(event.token().0 as u16);
            }
        }
    }
    open.sort_unstable();
    Ok(open)
}
