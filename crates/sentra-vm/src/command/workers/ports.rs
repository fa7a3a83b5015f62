//! The ports that workers share where their program asks for any that is free. The first who
//! asks has one chosen; it is held until all workers have ended, so that one which is started
//! again finds it.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use socket2::{Domain, Socket, Type};

/// So many ports are held at most.
const MOST: usize = 1024;
/// A question is no longer than this.
const LONGEST: u64 = 256;

/// The ports by what was asked, each with what holds it.
type Held = Arc<Mutex<HashMap<String, (u16, Option<Socket>)>>>;

/// Answers the workers that connect to `path`, as long as this process lives.
pub(super) fn serve(path: &Path) -> io::Result<()> {
    let listener = UnixListener::bind(path)?;
    let held = Held::default();
    let accept = move || {
        for worker in listener.incoming().flatten() {
            let held = Arc::clone(&held);
            // A worker without an answer says so itself.
            let _ = thread::Builder::new().name("sentra-ports".into()).spawn(move || answer(worker, &held));
        }
    };
    thread::Builder::new().name("sentra-ports".into()).spawn(accept)?;
    Ok(())
}

/// Answers one worker until it ends.
fn answer(mut worker: UnixStream, held: &Held) {
    let Ok(questions) = worker.try_clone() else { return };
    let mut questions = BufReader::new(questions);
    let mut line = String::new();
    while questions.by_ref().take(LONGEST).read_line(&mut line).is_ok_and(|len| len > 0) {
        let answer = port(held, line.trim_end()).map_or_else(|error| format!("{error}\n"), |port| format!("{port}\n"));
        if worker.write_all(answer.as_bytes()).is_err() {
            return;
        }
        line.clear();
    }
}

/// The port for a question such as `Tcp 127.0.0.1:0 0`.
fn port(held: &Held, question: &str) -> io::Result<u16> {
    let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((port, _)) = held.get(question) {
        return Ok(*port);
    }
    let mut words = question.split(' ');
    let (transport, address) = (words.next(), words.next().and_then(|address| address.parse().ok()));
    let (Some(transport), Some(address)) = (transport, address) else { return Err(io::ErrorKind::InvalidInput.into()) };
    if held.len() == MOST {
        return Err(io::ErrorKind::QuotaExceeded.into());
    }
    let chosen = choose(transport, address)?;
    let port = chosen.0;
    held.insert(question.to_string(), chosen);
    Ok(port)
}

/// A free port, and the socket that holds it. One of TCP that does not listen is given no
/// connections; one of UDP would be given datagrams, so nothing holds the port until a worker
/// has it.
fn choose(transport: &str, address: SocketAddr) -> io::Result<(u16, Option<Socket>)> {
    let kind = if transport == "Udp" { Type::DGRAM } else { Type::STREAM };
    let socket = Socket::new(Domain::for_address(address), kind, None)?;
    socket.set_reuse_port(true)?;
    if kind == Type::STREAM {
        socket.set_reuse_address(true)?;
    }
    socket.bind(&address.into())?;
    let port = socket.local_addr()?.as_socket().map_or(0, |own| own.port());
    Ok((port, (kind == Type::STREAM).then_some(socket)))
}
