//! Opening captures, which looks up names, asks the system and touches files: on a worker thread.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::path::Path;

use sentra_netlib::endpoint::packet::{Interface, Ring, Size};
use sentra_netlib::filter::{self, Names, Target};
use sentra_netlib::trace::{self, Trace};
use sentra_netlib::wire::bpf::Program;
use sentra_netlib::wire::packet::Link;

use crate::builtins::files;
use crate::fault::Fault;
use crate::permission::Permissions;

/// What a capture is to be of.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The name of an interface, or `file:` and a path.
    pub interface: String,
    /// Which frames.
    pub filter: String,
    /// Whether those for other cards too.
    pub promiscuous: bool,
    /// How much of each.
    pub snaplen: u32,
    /// How many bytes may wait.
    pub buffer: usize,
}

/// Why it cannot be opened or read: a fault's kind and message.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub kind: &'static str,
    pub message: String,
}

/// What was opened.
pub(crate) enum Opened {
    Interface(Box<Ring>),
    File(Box<Trace>),
}

impl Request {
    /// The path of the file, if it is one.
    pub fn file(&self) -> Option<&str> {
        self.interface.strip_prefix("file:")
    }

    /// Asks whether the program may; a file's path becomes the place that it leads to. The
    /// names in the filter are looked up.
    pub fn permit(&mut self, permissions: &Permissions) -> Result<(), Box<Fault>> {
        filter::host_names(&self.filter).iter().try_for_each(|name| permissions.look_up(name))?;
        let Some(path) = self.file() else { return Ok(permissions.raw()?) };
        let path = Path::new(path);
        let place = permissions.read(path).map_err(|error| files::failure("read", path, &error))?;
        self.interface = format!("file:{}", place.display());
        Ok(())
    }

    /// Opens it.
    pub fn open(&self) -> Result<Opened, Failure> {
        let names = names_of(&self.filter);
        // What is wrong with a filter is said first, whatever it is for.
        self.compile(&Target::interface(Link::ETHERNET), &names)?;
        match self.file() {
            Some(path) => {
                let trace =
                    Trace::open(Path::new(path), &self.filter, names).map_err(|failure| of_trace(path, failure))?;
                Ok(Opened::File(Box::new(trace)))
            }
            None => self.open_interface(&names).map(|ring| Opened::Interface(Box::new(ring))),
        }
    }

    fn compile(&self, target: &Target, names: &dyn Names) -> Result<Program, Failure> {
        filter::compile(&self.filter, target, names)
            .map_err(|error| Failure { kind: "filter", message: format!("cannot understand the filter: {error}") })
    }

    /// The filter depends on what frames begin with, which is known once the interface is: until
    /// then nothing is taken.
    fn open_interface(&self, names: &dyn Names) -> Result<Ring, Failure> {
        let fail = |error: io::Error| {
            let kind = sentra_netlib::error::kind_of(&error);
            let kind = if kind == "permission" || kind == "not_found" { kind } else { "io" };
            Failure { kind, message: format!("cannot capture on {}: {error}", self.interface.escape_debug()) }
        };
        let nothing = filter::compile("len > 0 and len < 0", &Target::interface(Link::ETHERNET), &filter::NoNames);
        let nothing = nothing.map_or_else(|_| Vec::new(), |program| program.instructions().to_vec());
        let ring = Ring::open(&self.interface, &nothing, Size(self.buffer)).map_err(fail)?;
        if !ring.interface().is_up() {
            let message = format!("cannot capture on {}: the interface is down", self.interface.escape_debug());
            return Err(Failure { kind: "io", message });
        }
        let target =
            Target { length: self.snaplen, netmask: netmask(ring.interface()), ..Target::interface(ring.link()) };
        if self.promiscuous {
            ring.set_promiscuous().map_err(fail)?;
        }
        ring.attach(self.compile(&target, names)?.instructions()).map_err(fail)?;
        Ok(ring)
    }
}

/// The mask of an interface's IPv4 network.
fn netmask(interface: &Interface) -> u32 {
    let prefix = interface.addresses.iter().find(|(address, _)| address.is_ipv4()).map_or(0, |(_, prefix)| *prefix);
    u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
}

/// What the names of hosts in a filter mean.
fn names_of(filter: &str) -> HashMap<String, Vec<IpAddr>> {
    let look_up = |name: String| {
        let found = (name.as_str(), 0).to_socket_addrs();
        let addresses = found.map(|found| found.map(|address| address.ip()).collect()).unwrap_or_default();
        (name, addresses)
    };
    filter::host_names(filter).into_iter().map(look_up).collect()
}

/// What a file's failure is for scripts.
pub(crate) fn of_trace(path: &str, failure: trace::Failure) -> Failure {
    let path = path.escape_debug();
    match failure {
        trace::Failure::System(error) => {
            let kind = match error.kind() {
                io::ErrorKind::NotFound => "not_found",
                io::ErrorKind::PermissionDenied => "permission",
                io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => "parse",
                _ => "io",
            };
            Failure { kind, message: format!("cannot read the capture {path}: {error}") }
        }
        trace::Failure::Malformed(malformed) => {
            let place = malformed.at.map_or_else(String::new, |at| format!(" (at byte {at})"));
            Failure { kind: "parse", message: format!("cannot read the capture {path}: {}{place}", malformed.what) }
        }
        trace::Failure::Filter(error) => {
            Failure { kind: "filter", message: format!("cannot understand the filter: {error}") }
        }
    }
}
