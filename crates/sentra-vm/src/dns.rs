//! Finding names: the resolver that all fibers share. It knows how this machine is set up,
//! remembers answers, and asks name servers through channels that the event loop drives.
//!
//! What to ask next and what an answer means is decided in `sentra_netlib::exchange::resolver`.

pub(crate) mod addresses;
mod channel;
mod channels;
pub(crate) mod resolution;
mod system;

use std::rc::Rc;
use std::time::Instant;

use sentra_netlib::exchange::resolver::cache::Cache;
use sentra_netlib::wire::dns::system::{Hosts, Settings};

use channels::Channels;
use system::System;

/// The resolver's state.
#[derive(Default)]
pub(crate) struct Resolver {
    system: System,
    cache: Cache,
    channels: Channels,
    /// Counts lookups, so that servers can take turns.
    turn: usize,
}

impl Resolver {
    /// How this machine finds names at the moment.
    pub fn system(&mut self, now: Instant) -> (Rc<Settings>, Rc<Hosts>) {
        if self.system.look(now) {
            self.cache.clear();
        }
        self.system.current()
    }
}
