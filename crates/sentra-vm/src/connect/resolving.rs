//! Finding the addresses of a host while a fiber or driver waits.

use std::net::SocketAddr;
use std::rc::Rc;

use sentra_netlib::{NetError, address};

use crate::fiber::Waiter;
use crate::vm::Vm;
use crate::workers::Ticket;

type Resolved = std::result::Result<Vec<SocketAddr>, NetError>;

/// A host on the way to its addresses.
pub(crate) enum Resolving {
    Name(String, u16),
    Asked(Ticket<Resolved>),
    Known(Rc<[SocketAddr]>),
}

impl Resolving {
    pub fn new(host: &str, port: u16) -> Self {
        match address::literal(host, port) {
            Some(address) => Self::Known(Rc::new([address])),
            None => Self::Name(host.to_string(), port),
        }
    }

    /// The addresses, at least one, in the order in which to try them; nothing if they are
    /// still being looked for.
    pub fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> std::result::Result<Option<Rc<[SocketAddr]>>, NetError> {
        let addresses: Rc<[SocketAddr]> = match self {
            Self::Known(addresses) => return Ok(Some(Rc::clone(addresses))),
            Self::Name(host, port) => {
                let (host, port) = (std::mem::take(host), *port);
                *self = Self::Asked(vm.reactor.workers.submit(waiter, move || address::resolve(&host, port)));
                return Ok(None);
            }
            Self::Asked(ticket) => {
                let Some(resolved) = vm.reactor.workers.take(ticket) else { return Ok(None) };
                *self = Self::Known(Rc::new([]));
                resolved?.into()
            }
        };
        *self = Self::Known(Rc::clone(&addresses));
        Ok(Some(addresses))
    }

    /// Wants the addresses no longer.
    pub fn abandon(&mut self, vm: &mut Vm) {
        if let Self::Asked(_) = self {
            vm.reactor.workers.give_up();
            *self = Self::Known(Rc::new([]));
        }
    }
}
