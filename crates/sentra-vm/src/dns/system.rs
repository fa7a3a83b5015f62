//! `/etc/resolv.conf` and `/etc/hosts`, read again when they have changed.

use std::fs;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use sentra_netlib::wire::dns::system::{Hosts, Settings};

const SETTINGS: &str = "/etc/resolv.conf";
const HOSTS: &str = "/etc/hosts";
/// The files are looked at no more often than this.
const PATIENCE: Duration = Duration::from_secs(1);
/// More of a file is not read.
const MOST_BYTES: u64 = 16 << 20;

/// What tells one state of a file from another.
type Stamp = Option<(SystemTime, u64)>;

/// What the files said last.
#[derive(Default)]
pub(super) struct System {
    settings: Rc<Settings>,
    hosts: Rc<Hosts>,
    looked: Option<Instant>,
    stamps: [Stamp; 2],
}

impl System {
    /// Reads again what has changed; whether anything had.
    pub fn look(&mut self, now: Instant) -> bool {
        if self.looked.is_some_and(|looked| now.saturating_duration_since(looked) < PATIENCE) {
            return false;
        }
        let first = self.looked.replace(now).is_none();
        let stamps = [stamp(SETTINGS), stamp(HOSTS)];
        if !first && stamps == self.stamps {
            return false;
        }
        self.stamps = stamps;
        self.settings = Rc::new(Settings::parse(&read(SETTINGS)));
        self.hosts = Rc::new(Hosts::parse(&read(HOSTS)));
        true
    }

    /// What they say.
    pub fn current(&self) -> (Rc<Settings>, Rc<Hosts>) {
        (Rc::clone(&self.settings), Rc::clone(&self.hosts))
    }
}

fn stamp(path: &str) -> Stamp {
    let data = fs::metadata(path).ok()?;
    Some((data.modified().ok()?, data.len()))
}

/// A file's text; none if there is none, as resolvers take it.
fn read(path: &str) -> String {
    use std::io::Read;
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes));
    if read.is_ok() { String::from_utf8_lossy(&bytes).into_owned() } else { String::new() }
}
