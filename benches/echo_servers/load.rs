//! The load on an echo server: connections that each have one message under way, over and over.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

/// Bytes in a message: a short request.
const MESSAGE: usize = 64;

struct Connection {
    stream: TcpStream,
    received: usize,
}

/// Connected clients of one server.
pub struct Load {
    poll: Poll,
    connections: Vec<Connection>,
}

impl Load {
    /// Connects `count` times.
    pub fn connect(port: u16, count: usize) -> Result<Self> {
        let poll = Poll::new()?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut connections = Vec::with_capacity(count);
        for n in 0..count {
            let stream = std::net::TcpStream::connect(address)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            poll.registry().register(&mut stream, Token(n), Interest::READABLE)?;
            connections.push(Connection { stream, received: 0 });
        }
        Ok(Self { poll, connections })
    }

    /// Sends and receives for `duration`; gives the number of round trips and the seconds they took. At the end
    /// nothing is under way.
    pub fn run(&mut self, duration: Duration) -> Result<(u64, f64)> {
        let message = [b'x'; MESSAGE];
        let mut events = Events::with_capacity(256);
        let started = Instant::now();
        let mut under_way = 0;
        for connection in &mut self.connections {
            connection.stream.write_all(&message)?;
            under_way += 1;
        }
        let mut trips = 0;
        while under_way > 0 {
            self.poll.poll(&mut events, Some(Duration::from_secs(5)))?;
            if events.is_empty() {
                return Err(Error::new(ErrorKind::TimedOut, "the server does not answer"));
            }
            let ending = started.elapsed() > duration;
            for event in &events {
                if !answered(&mut self.connections[event.token().0])? {
                    continue;
                }
                trips += 1;
                if ending {
                    under_way -= 1;
                } else {
                    self.connections[event.token().0].stream.write_all(&message)?;
                }
            }
        }
        Ok((trips, started.elapsed().as_secs_f64()))
    }
}

/// Reads what there is; true when the message is complete.
fn answered(connection: &mut Connection) -> Result<bool> {
    let mut buffer = [0; MESSAGE];
    loop {
        match connection.stream.read(&mut buffer[connection.received..]) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => connection.received += count,
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(e) => return Err(e),
        }
        if connection.received == MESSAGE {
            connection.received = 0;
            return Ok(true);
        }
    }
}
