//! Telling a server that a statement is not wanted any more: by a connection of its own, which nobody waits for.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sentra_netlib::endpoint::{self, ConnectOptions, Endpoint};

use super::link::Link;
use crate::driver::{Driven, Driver, DriverId};
use crate::reactor::{Direction, SourceId};
use crate::vm::Vm;

/// A server that has not taken the request by then has more to worry about.
const PATIENCE: Duration = Duration::from_secs(5);

struct Cancel {
    endpoint: Endpoint,
    source: SourceId,
    request: Vec<u8>,
    until: Instant,
}

/// Has a connection's statement cancelled, and closes the connection.
pub(super) fn cancel(vm: &mut Vm, mut link: Box<Link>) {
    if let Some(request) = link.session.cancel_request() {
        begin(vm, link.address, request);
    }
    link.close(vm);
}

fn begin(vm: &mut Vm, address: SocketAddr, request: Vec<u8>) {
    // If it cannot be had, the server finds out when it sends its answer.
    let Ok(mut endpoint) = endpoint::connect(address, &ConnectOptions::default()) else { return };
    let Ok(source) = vm.reactor.add(&mut endpoint, false, false) else { return };
    let until = Instant::now() + PATIENCE;
    let driver = vm.add_driver(Cancel { endpoint, source, request, until });
    vm.set_driver_deadline(driver, Some(until));
}

impl Driver for Cancel {
    fn drive(&mut self, vm: &mut Vm, this: DriverId) -> Driven {
        let waits = match self.endpoint.finish_connecting() {
            Ok(()) => matches!(self.endpoint.send(&self.request), Err(error) if error.kind() == ErrorKind::WouldBlock),
            Err(error) => error.kind() == ErrorKind::NotConnected,
        };
        if waits && Instant::now() < self.until {
            vm.reactor.exhausted(self.source, Direction::Write);
            vm.reactor.keep_waiting(self.source, Direction::Write, this.waiter());
            return Driven::Waits;
        }
        vm.reactor.remove(self.source, &mut self.endpoint);
        Driven::Ended
    }
}
