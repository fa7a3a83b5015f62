//! Services by name: their ports, and over what they run.

/// A service: `name port protocols`, a line each, as registered with IANA.
const SERVICES: &str = include_str!("services.txt");

/// Where a service is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub port: u32,
    pub tcp: bool,
    pub udp: bool,
}

/// The service of a name.
pub(super) fn find(name: &str) -> Option<Service> {
    let line = SERVICES.lines().find(|line| line.split(' ').next() == Some(name))?;
    let mut words = line.split(' ').skip(1);
    let port = words.next()?.parse().ok()?;
    let protocols: Vec<&str> = words.collect();
    Some(Service { port, tcp: protocols.contains(&"tcp"), udp: protocols.contains(&"udp") })
}
