//! The bare server: connections on mio and nothing above them, in the way that each bench's server answers. It is the
//! limit that Sentra's servers are compared with.

use std::io::ErrorKind;

use mio::event::Source;
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Registry, Token};

const LISTENER: Token = Token(usize::MAX);

/// What a bare server does with its connections.
pub trait Answers {
    /// What is kept of a connection.
    type Client;

    /// Takes a connection in.
    fn admit(&mut self, stream: TcpStream) -> Self::Client;

    /// The connection of a client.
    fn stream(client: &mut Self::Client) -> &mut TcpStream;

    /// Answers what has come from one of the clients; false once it has gone. The loads never have more under way than
    /// a socket buffer holds, so a write that would wait is a broken client here.
    fn answer(&mut self, clients: &mut [Option<Self::Client>], place: usize) -> bool;
}

/// Serves for ever; prints the port first.
pub fn serve<A: Answers>(mut answers: A) -> std::io::Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(1024);
    let mut listener = TcpListener::bind("127.0.0.1:0".parse().expect("an address"))?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    println!("{}", listener.local_addr()?.port());
    let (mut clients, mut vacant): (Vec<Option<A::Client>>, Vec<usize>) = (Vec::new(), Vec::new());
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                accept(poll.registry(), &listener, &mut answers, &mut clients, &mut vacant)?;
                continue;
            }
            let place = event.token().0;
            if clients[place].is_some() && !answers.answer(&mut clients, place) {
                clients[place] = None;
                vacant.push(place);
            }
        }
    }
}

fn accept<A: Answers>(
    registry: &Registry,
    listener: &TcpListener,
    answers: &mut A,
    clients: &mut Vec<Option<A::Client>>,
    vacant: &mut Vec<usize>,
) -> std::io::Result<()> {
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(e) => return Err(e),
        };
        stream.set_nodelay(true)?;
        let place = vacant.pop().unwrap_or_else(|| {
            clients.push(None);
            clients.len() - 1
        });
        let client = clients[place].insert(answers.admit(stream));
        A::stream(client).register(registry, Token(place), Interest::READABLE)?;
    }
}
