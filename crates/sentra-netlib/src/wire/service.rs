//! Services: what the registry of IANA calls a port, what to say to one that waits to be
//! spoken to, and which service it is by what it says.

mod binary;
mod name;
mod probe;
mod sign;

pub use name::{Transport, name};
pub use probe::{Probe, datagram, greets, probes};
pub use sign::{Identity, is_complete, recognise};
