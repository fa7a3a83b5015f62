//! This process as one of several that `--workers` runs on the same ports: its number, and how
//! it comes by the ports that it shares with the others.
//!
//! Every listener of a worker lets others listen on its address too, and the system spreads
//! connections among them. Where a program asks for any free port, the workers have to get the
//! same one: they ask the process that started them, which holds it as long as it runs.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use sentra_netlib::endpoint::ListenOptions;

/// How long the answer to a question for a port may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a worker knows.
struct Worker {
    number: u32,
    /// The other side knows the ports. How often an address was asked for is the second part.
    ports: Mutex<(BufReader<UnixStream>, HashMap<String, u32>)>,
}

static THIS: OnceLock<Worker> = OnceLock::new();

/// The worker's number, from 1 on; 0 for a process that is none.
pub(crate) fn number() -> u32 {
    THIS.get().map_or(0, |worker| worker.number)
}

/// Makes this process a worker. It ends when the one that started it does.
pub(crate) fn become_worker(number: u32, ports: &Path) -> io::Result<()> {
    nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGTERM)?;
    // This fails if the other process ended before.
    let stream = UnixStream::connect(ports)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let ports = Mutex::new((BufReader::new(stream), HashMap::new()));
    THIS.set(Worker { number, ports }).map_err(|_| io::ErrorKind::AlreadyExists.into())
}

/// The kind of socket that is about to listen.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Transport {
    Tcp,
    Udp,
}

/// What a worker listens on: the address, with the port that all share.
pub(crate) fn shared(transport: Transport, address: SocketAddr, options: &mut ListenOptions) -> io::Result<SocketAddr> {
    let Some(worker) = THIS.get() else { return Ok(address) };
    options.reuse_port = true;
    if address.port() != 0 {
        return Ok(address);
    }
    let mut ports = worker.ports.lock().unwrap_or_else(PoisonError::into_inner);
    let (stream, asked) = &mut *ports;
    let key = format!("{transport:?} {address}");
    let count = asked.entry(key.clone()).or_default();
    stream.get_mut().write_all(format!("{key} {count}\n").as_bytes())?;
    *count += 1;
    let mut answer = String::new();
    stream.read_line(&mut answer)?;
    let port = answer.trim_end().parse().map_err(|_| io::Error::from(io::ErrorKind::AddrNotAvailable))?;
    Ok(SocketAddr::new(address.ip(), port))
}
