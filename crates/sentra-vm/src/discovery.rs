//! Finding hosts and the ways to them: what fibers wait for while hosts are swept, pinged or
//! traced. Whom to probe and when is decided in `sentra_netlib::exchange`; here are the sockets.

mod connects;
mod echoes;
mod link;
pub(crate) mod ping;
pub(crate) mod sweep;
pub(crate) mod trace;

use std::io::{self, ErrorKind};

use sentra_netlib::{NetError, Stage};

use crate::fault::Fault;

/// What is taken from a socket before others have their turn.
const IN_A_ROW: usize = 256;

/// Receives what has come; whether there may be more.
fn receive_all(mut receive: impl FnMut() -> io::Result<()>) -> io::Result<bool> {
    for _ in 0..IN_A_ROW {
        match receive() {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// A failure of the system as a fault.
fn failed(stage: Stage, error: io::Error, peer: &str) -> Box<Fault> {
    fault(&NetError::system(stage, error, peer))
}

fn fault(error: &NetError) -> Box<Fault> {
    Fault::new(error.kind(), error.to_string())
}
