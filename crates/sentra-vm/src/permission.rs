//! What a program may reach outside of itself: everything, unless its user said what; then
//! nothing else. It only decides: whoever opens something asks here first, and takes what it
//! gets back (a path without links, a program by its place) instead of what it asked about.

mod path;
mod peer;
mod program;

use std::fmt::{self, Display, Formatter};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use sentra_netlib::network::Network;

use crate::fault::Fault;
use peer::{Local, Peer};
use program::Place;

/// The fault's kind when something is refused.
pub(crate) const KIND: &str = "permission";

/// What there is to be allowed of one kind.
#[derive(Clone, Debug)]
enum Grants<T> {
    Everything,
    These(Vec<T>),
}

impl<T> Grants<T> {
    const NONE: Self = Self::These(Vec::new());

    /// Whether one of them will do.
    fn allow(&self, fits: impl Fn(&T) -> bool) -> bool {
        match self {
            Self::Everything => true,
            Self::These(grants) => grants.iter().any(fits),
        }
    }

    fn add(&mut self, grants: impl IntoIterator<Item = T>) {
        if let Self::These(known) = self {
            known.extend(grants);
        }
    }
}

/// What a program may reach. The default is everything that its user may.
#[derive(Clone, Debug)]
pub struct Permissions {
    net: Grants<Peer>,
    listen: Grants<Local>,
    read: Grants<PathBuf>,
    write: Grants<PathBuf>,
    exec: Grants<Place>,
    env: Grants<String>,
    raw: bool,
}

impl Default for Permissions {
    fn default() -> Self {
        Self {
            net: Grants::Everything,
            listen: Grants::Everything,
            read: Grants::Everything,
            write: Grants::Everything,
            exec: Grants::Everything,
            env: Grants::Everything,
            raw: true,
        }
    }
}

/// Kinds of access that a user can allow, each by a flag of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Connecting and sending, looking up names: `HOST`, `HOST:PORT`, addresses, prefixes.
    Net,
    /// Ports to listen on: `PORT`, `FROM-TO`, `ADDRESS:PORT`.
    Listen,
    /// Files and folders to read, with all below them.
    Read,
    /// Files and folders to change, with all below them.
    Write,
    /// Programs to start.
    Exec,
    /// Variables of the environment.
    Env,
    /// Raw packets.
    Raw,
}

impl Access {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Net, Self::Listen, Self::Read, Self::Write, Self::Exec, Self::Env, Self::Raw];

    /// The flag that allows it, without dashes.
    pub const fn flag(self) -> &'static str {
        match self {
            Self::Net => "allow-net",
            Self::Listen => "allow-listen",
            Self::Read => "allow-read",
            Self::Write => "allow-write",
            Self::Exec => "allow-exec",
            Self::Env => "allow-env",
            Self::Raw => "allow-raw",
        }
    }
}

/// Why something is refused: what it was, and what would allow it.
#[derive(Debug)]
pub(crate) struct Denied(String);

impl Denied {
    fn new(deed: impl Display, access: Access, grant: impl Display) -> Self {
        let (flag, grant) = (access.flag(), grant.to_string());
        let grant = if grant.is_empty() { grant } else { format!("={grant}") };
        Self(format!("this program may not {deed}; --{flag}{grant} would allow it"))
    }
}

impl Display for Denied {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl From<Denied> for Box<Fault> {
    fn from(denied: Denied) -> Self {
        Fault::new(KIND, denied.0)
    }
}

impl From<Denied> for io::Error {
    fn from(denied: Denied) -> Self {
        Self::new(ErrorKind::PermissionDenied, denied.0)
    }
}

impl Permissions {
    /// Nothing at all.
    pub const fn none() -> Self {
        Self {
            net: Grants::NONE,
            listen: Grants::NONE,
            read: Grants::NONE,
            write: Grants::NONE,
            exec: Grants::NONE,
            env: Grants::NONE,
            raw: false,
        }
    }

    /// Allows all of one kind.
    pub fn allow_all(&mut self, access: Access) {
        match access {
            Access::Net => self.net = Grants::Everything,
            Access::Listen => self.listen = Grants::Everything,
            Access::Read => self.read = Grants::Everything,
            Access::Write => self.write = Grants::Everything,
            Access::Exec => self.exec = Grants::Everything,
            Access::Env => self.env = Grants::Everything,
            Access::Raw => self.raw = true,
        }
    }

    /// Allows what a list names, its parts divided by commas.
    ///
    /// # Errors
    /// Which part is wrong, and how.
    pub fn allow(&mut self, access: Access, list: &str) -> Result<(), String> {
        let parts = || list.split(',').filter(|part| !part.is_empty());
        if parts().next().is_none() {
            return Err(format!("`--{}` names nothing", access.flag()));
        }
        let wrong = |part: &str, wanted: &str| format!("`--{}` expects {wanted}, not `{part}`", access.flag());
        match access {
            Access::Net => {
                self.net.add(all(parts(), |part| Peer::parse(part).ok_or_else(|| wrong(part, peer::WANTED)))?)
            }
            Access::Listen => {
                self.listen
                    .add(all(parts(), |part| Local::parse(part).ok_or_else(|| wrong(part, peer::WANTED_LOCAL)))?);
            }
            Access::Read => self.read.add(all(parts(), root)?),
            Access::Write => self.write.add(all(parts(), root)?),
            Access::Exec => {
                let known = |part: &str| Place::find(part).ok_or_else(|| wrong(part, "a program that is there"));
                self.exec.add(all(parts(), known)?);
            }
            Access::Env => self.env.add(parts().map(str::to_string)),
            Access::Raw => return Err("`--allow-raw` takes no value".into()),
        }
        Ok(())
    }

    /// Whether a name may be looked up: one that may be connected to, or any if addresses are
    /// named, since only a lookup tells which a name has.
    pub(crate) fn look_up(&self, name: &str) -> Result<(), Denied> {
        if self.net.allow(|peer| peer.is_address() || peer.has_name(name)) {
            return Ok(());
        }
        Err(Denied::new(format_args!("look up {}", name.escape_debug()), Access::Net, name.escape_debug()))
    }

    /// Whether `host`, which was found to have this address, may be connected to. A name that is
    /// allowed stands for public addresses: else whoever answers for it could make this machine's
    /// own services of it.
    pub(crate) fn connect(&self, host: &str, address: SocketAddr) -> Result<(), Denied> {
        if self.net.allow(|peer| peer.has_address(address) || peer.has_name_with(host, address)) {
            return Ok(());
        }
        let (ip, port) = (peer::plain(address).ip(), address.port());
        if self.net.allow(|peer| peer.has_name(host) && peer.has_port(port)) {
            let host = host.escape_debug();
            return Err(Denied::new(
                format_args!("connect to {host} at {ip}, which is no public address"),
                Access::Net,
                peer::plain(address),
            ));
        }
        let grant = if host.parse::<IpAddr>().is_ok() || host.is_empty() {
            peer::plain(address).to_string()
        } else {
            format!("{}:{port}", host.escape_debug())
        };
        Err(Denied::new(format_args!("connect to {grant}"), Access::Net, &grant))
    }

    /// Whether all addresses of a network may be talked to, at any port.
    pub(crate) fn reach(&self, network: &Network) -> Result<(), Denied> {
        if self.net.allow(|peer| peer.has_network(network)) {
            return Ok(());
        }
        let grant = format!("{}/{}", network.address, network.prefix);
        Err(Denied::new(format_args!("talk to {grant}"), Access::Net, &grant))
    }

    /// Whether a proxy may be asked to connect to this host, whose address only the proxy finds.
    pub(crate) fn connect_by_proxy(&self, host: &str, port: u16) -> Result<(), Denied> {
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return self.connect(bare, SocketAddr::new(ip, port));
        }
        if self.net.allow(|peer| peer.has_name(host) && peer.has_port(port)) {
            return Ok(());
        }
        let grant = format!("{}:{port}", host.escape_debug());
        Err(Denied::new(format_args!("connect to {grant} through a proxy"), Access::Net, &grant))
    }

    /// Whether an address may be listened on.
    pub(crate) fn listen(&self, address: SocketAddr) -> Result<(), Denied> {
        if self.listen.allow(|local| local.is(address)) {
            return Ok(());
        }
        Err(Denied::new(format_args!("listen on {address}"), Access::Listen, address.port()))
    }

    /// The path without links of a file or folder to read. What cannot be allowed is an error of
    /// the kind `PermissionDenied`. It looks at the disk unless all is allowed.
    pub(crate) fn read(&self, path: &Path) -> io::Result<PathBuf> {
        Self::inside(&self.read, path, Access::Read, path::real)
    }

    /// The same of what is to be looked at, which may be a link to what may be read.
    pub(crate) fn look_at(&self, path: &Path) -> io::Result<PathBuf> {
        let place = self.read(path)?;
        if let Grants::Everything = self.read { Ok(place) } else { path::entry(path) }
    }

    /// The same of one to write.
    pub(crate) fn write(&self, path: &Path) -> io::Result<PathBuf> {
        Self::inside(&self.write, path, Access::Write, path::real)
    }

    /// The same of a folder's entry to remove or replace, which may be a link itself.
    pub(crate) fn replace(&self, path: &Path) -> io::Result<PathBuf> {
        Self::inside(&self.write, path, Access::Write, path::entry)
    }

    fn inside(
        grants: &Grants<PathBuf>,
        path: &Path,
        access: Access,
        resolve: fn(&Path) -> io::Result<PathBuf>,
    ) -> io::Result<PathBuf> {
        if let Grants::Everything = grants {
            return Ok(path.to_path_buf());
        }
        let doing = if access == Access::Read { "read" } else { "write to" };
        let denied = |place: &Path| Denied::new(format_args!("{doing} {}", place.display()), access, place.display());
        let place = resolve(path).map_err(|_| denied(path))?;
        if grants.allow(|root| place.starts_with(root)) { Ok(place) } else { Err(denied(&place).into()) }
    }

    /// What to start for the program of this name: itself if all is allowed, else the place that
    /// was found for it when the program began.
    pub(crate) fn exec(&self, program: &[u8]) -> Result<Vec<u8>, Denied> {
        let Grants::These(places) = &self.exec else { return Ok(program.to_vec()) };
        match places.iter().find_map(|place| place.of(program)) {
            Some(place) => Ok(place),
            None => {
                let name = String::from_utf8_lossy(program);
                Err(Denied::new(format_args!("start {name}"), Access::Exec, &name))
            }
        }
    }

    /// Whether a variable of the environment may be read, set, or given to a program.
    pub(crate) fn env(&self, name: &[u8]) -> Result<(), Denied> {
        if self.env.allow(|known| known.as_bytes() == name) {
            return Ok(());
        }
        let name = String::from_utf8_lossy(name);
        Err(Denied::new(format_args!("use the variable {name} of the environment"), Access::Env, &name))
    }

    /// Whether any variable may be read.
    pub(crate) fn some_env(&self) -> Result<(), Denied> {
        match &self.env {
            Grants::These(names) if names.is_empty() => Err(Denied::new("read the environment", Access::Env, "")),
            _ => Ok(()),
        }
    }

    /// Whether packets may be captured and sent raw.
    pub(crate) fn raw(&self) -> Result<(), Denied> {
        if self.raw { Ok(()) } else { Err(Denied::new("capture or send raw packets", Access::Raw, "")) }
    }
}

fn all<'a, T>(
    parts: impl Iterator<Item = &'a str>,
    parse: impl Fn(&'a str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    parts.map(parse).collect()
}

/// A path that is allowed, without links and as it is now.
fn root(text: &str) -> Result<PathBuf, String> {
    path::real(Path::new(text)).map_err(|error| format!("`{text}` cannot be allowed: {error}"))
}
