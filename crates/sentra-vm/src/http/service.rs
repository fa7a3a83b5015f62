//! What answers requests without a script, and bodies that come piece by piece.
//!
//! A connection asks for the next piece when the one before has been sent, so a slow client holds one
//! piece in memory and no more.

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::wire::http::request::Head;

use super::response::Response;
use crate::fiber::Waiter;
use crate::heap::Marker;
use crate::reactor::SourceId;
use crate::vm::Vm;

/// Answers the requests of a route, such as a folder of files.
pub(crate) trait Service {
    /// Begins to answer a request. `rest` is what the route's `*` stands for, still encoded. The request's
    /// body, if it has one, is passed over.
    fn answer(&self, vm: &mut Vm, head: &Head<'_>, rest: &[u8]) -> Box<dyn Answer>;
}

/// An answer that is being found.
pub(crate) trait Answer {
    /// The response; nothing if something will wake `waiter`.
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Option<Response>;

    /// Lets go of everything: the client has gone.
    fn abandon(&mut self, _vm: &mut Vm) {}

    /// Marks values that it holds.
    fn trace(&self, _marker: &mut Marker) {}
}

/// What there is of a body at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Some bytes were added, and more may follow.
    Some,
    /// Nothing; something will wake the waiter.
    Wait,
    /// Nothing, and nothing will follow.
    End,
    /// The body cannot be completed. The client learns of it by a connection that ends too early.
    Failed,
}

/// What came of sending a body without a detour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direct {
    /// So many bytes were sent.
    Sent(usize),
    /// Nothing fits now.
    Full,
    /// At the moment it has to go in pieces.
    Not,
    /// The body cannot be completed, or the client has gone.
    Failed,
}

/// A body that comes in pieces.
pub(crate) trait Source {
    /// Its length if that is known.
    fn length(&self) -> Option<u64>;

    /// Adds the next piece to `out`.
    fn next(&mut self, vm: &mut Vm, waiter: Waiter, out: &mut Vec<u8>) -> Piece;

    /// Sends what comes next itself. Only a body of known length is asked to.
    fn send(&mut self, _endpoint: &mut Endpoint) -> Direct {
        Direct::Not
    }

    /// Whether it may go on for ever, and only a client that is still there is worth the effort.
    fn is_endless(&self) -> bool {
        false
    }

    /// Lets go of everything: the client has gone, or wants no body.
    fn abandon(&mut self, _vm: &mut Vm) {}

    /// Marks values that it holds.
    fn trace(&self, _marker: &mut Marker) {}
}

/// Goes on with the connections of a route in another protocol.
pub(crate) trait Upgrade {
    /// Takes a connection over, after a request without a body: whether to switch or to refuse
    /// and close is decided there. Values of `head` are not kept. The status of the answer.
    fn take_over(&self, vm: &mut Vm, head: &Head<'_>, connection: Handover) -> u16;
}

/// A connection that leaves HTTP.
pub(crate) struct Handover {
    pub endpoint: Endpoint,
    /// It stays registered; nobody waits for it.
    pub source: SourceId,
    /// What has arrived after the request.
    pub arrived: Vec<u8>,
}
