//! The load on a server that sends back what it gets: connections that each have the same number of bytes under way, over
//! and over.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

/// What is said on each connection.
#[derive(Clone, Debug)]
pub struct Talk {
    /// Sent once; the answer ends in an empty line. Nothing is sent where it is empty.
    pub hello: &'static [u8],
    /// Sent over and over.
    pub message: Vec<u8>,
    /// Bytes that come back for it, on its connection or on each.
    pub answer: usize,
    /// Only one connection sends, and all receive.
    pub to_all: bool,
}

struct Connection {
    stream: TcpStream,
    received: usize,
}

/// Connected clients of one server.
pub struct Load {
    poll: Poll,
    talk: Talk,
    connections: Vec<Connection>,
}

impl Load {
    /// Connects `count` times.
    pub fn connect(port: u16, count: usize, talk: Talk) -> Result<Self> {
        let poll = Poll::new()?;
        let mut connections = Vec::with_capacity(count);
        for n in 0..count {
            let mut stream = TcpStream::from_std(greet(port, talk.hello)?);
            poll.registry().register(&mut stream, Token(n), Interest::READABLE)?;
            connections.push(Connection { stream, received: 0 });
        }
        Ok(Self { poll, talk, connections })
    }

    /// Sends and receives for `duration`; gives the number of messages that have come back and the seconds they took.
    /// At the end nothing is under way.
    pub fn run(&mut self, duration: Duration) -> Result<(u64, f64)> {
        let mut events = Events::with_capacity(1024);
        let started = Instant::now();
        let mut under_way = self.begin()?;
        let mut answers = 0;
        while under_way > 0 {
            self.poll.poll(&mut events, Some(Duration::from_secs(5)))?;
            if events.is_empty() {
                return Err(Error::new(ErrorKind::TimedOut, "the server does not answer"));
            }
            let ending = started.elapsed() > duration;
            for event in &events {
                let connection = &mut self.connections[event.token().0];
                if !answered(connection, self.talk.answer)? {
                    continue;
                }
                answers += 1;
                under_way -= 1;
                if !ending && !self.talk.to_all {
                    connection.stream.write_all(&self.talk.message)?;
                    under_way += 1;
                }
            }
            if under_way == 0 && !ending {
                under_way = self.begin()?;
            }
        }
        Ok((answers, started.elapsed().as_secs_f64()))
    }

    /// Sends the first messages; how many answers are to come.
    fn begin(&mut self) -> Result<usize> {
        let senders = if self.talk.to_all { 1 } else { self.connections.len() };
        for connection in &mut self.connections[..senders] {
            connection.stream.write_all(&self.talk.message)?;
        }
        Ok(self.connections.len())
    }
}

/// A connection after its handshake.
fn greet(port: u16, hello: &[u8]) -> Result<std::net::TcpStream> {
    let mut stream = std::net::TcpStream::connect(SocketAddr::from(([127, 0, 0, 1], port)))?;
    stream.set_nodelay(true)?;
    stream.write_all(hello)?;
    let (mut answer, mut byte) = (Vec::new(), [0]);
    while !hello.is_empty() && !answer.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        answer.extend_from_slice(&byte);
    }
    stream.set_nonblocking(true)?;
    Ok(stream)
}

/// Reads what there is; true when the answer is complete.
fn answered(connection: &mut Connection, answer: usize) -> Result<bool> {
    let mut buffer = [0; 4096];
    loop {
        let most = buffer.len().min(answer - connection.received);
        match connection.stream.read(&mut buffer[..most]) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => connection.received += count,
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(e) => return Err(e),
        }
        if connection.received == answer {
            connection.received = 0;
            return Ok(true);
        }
    }
}
