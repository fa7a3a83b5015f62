//! What the first packets of a host say about its system. A guess: they can be made to look
//! otherwise, and systems with the same origin look alike.

use super::packet::tcp::{Choice, Tcp};

/// What is known of a host's packets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits {
    /// The time to live that packets arrive with.
    pub ttl: Option<u8>,
    /// The options of a segment that accepts a connection, one letter each: `M`aximum segment,
    /// `S`elective acknowledgments, `T`imestamps, `N`othing, `W`indow scale, `E`nd, `?`.
    pub options: Option<String>,
    /// The window of that segment.
    pub window: u16,
}

impl Traits {
    /// Notes what a segment that accepts a connection says.
    pub fn accepted(&mut self, tcp: &Tcp<'_>) {
        let mut letters: String = tcp.options().map(letter).collect();
        let taken: usize = tcp.options().map(size).sum();
        if taken < tcp.options.len() {
            letters.push('E');
        }
        self.options = Some(letters);
        self.window = tcp.window;
    }

    /// The system, `""` if nothing tells.
    pub fn system(&self) -> &'static str {
        let start = self.ttl.map(first_ttl);
        match (self.options.as_deref(), start) {
            (Some("MSTNW"), _) => "Linux",
            (Some("MNWNNTSE" | "MNWNNTS"), _) => "macOS",
            (Some("MNWST"), Some(128)) | (Some("MNWNNS" | "MNWSTN" | "MNWNNTNNS"), Some(128)) => "Windows",
            (Some("MNWST"), Some(64)) => "FreeBSD",
            (Some("MNNSNWNNT"), Some(64)) => "OpenBSD",
            (Some("M" | "ME"), Some(255)) => "Cisco IOS",
            (_, Some(64)) => "Linux or Unix",
            (_, Some(128)) => "Windows",
            (_, Some(255)) => "network device",
            _ => "",
        }
    }

    /// How many routers packets pass on their way here, as far as their time to live tells.
    pub fn hops(&self) -> Option<u8> {
        self.ttl.map(|ttl| first_ttl(ttl) - ttl)
    }
}

/// Words that software says of the system that it was built for, with the system; the more exact come first.
const SYSTEMS: &[(&str, &str)] = &[
    ("ubuntu", "Linux (Ubuntu)"),
    ("raspbian", "Linux (Raspbian)"),
    ("debian", "Linux (Debian)"),
    ("red hat", "Linux (Red Hat)"),
    ("centos", "Linux (CentOS)"),
    ("almalinux", "Linux (AlmaLinux)"),
    ("rocky linux", "Linux (Rocky)"),
    ("fedora", "Linux (Fedora)"),
    ("opensuse", "Linux (SUSE)"),
    ("suse", "Linux (SUSE)"),
    ("alpine", "Linux (Alpine)"),
    ("gentoo", "Linux (Gentoo)"),
    ("freebsd", "FreeBSD"),
    ("openbsd", "OpenBSD"),
    ("netbsd", "NetBSD"),
    ("microsoft", "Windows"),
    ("win32", "Windows"),
    ("win64", "Windows"),
    ("windows", "Windows"),
    ("darwin", "macOS"),
    ("macos", "macOS"),
    ("rosssh", "RouterOS"),
    ("mikrotik", "RouterOS"),
    ("routeros", "RouterOS"),
    ("cisco", "Cisco IOS"),
    ("junos", "Junos"),
    ("solaris", "Solaris"),
    ("dropbear", "Linux"),
    ("(unix)", "Unix"),
    ("linux", "Linux"),
];

/// The system that a service's banner names, `""` if it names none.
pub fn system_of_banner(banner: &str) -> &'static str {
    let banner = banner.to_ascii_lowercase();
    SYSTEMS.iter().find(|(word, _)| banner.contains(word)).map_or("", |(_, system)| system)
}

/// The time to live that a packet began with: systems use a few values only, and no way has
/// more than some thirty routers.
fn first_ttl(ttl: u8) -> u8 {
    match ttl {
        0..=32 => 32,
        33..=64 => 64,
        65..=128 => 128,
        _ => 255,
    }
}

fn letter(choice: Choice<'_>) -> char {
    match choice {
        Choice::Nop => 'N',
        Choice::MaximumSegment(_) => 'M',
        Choice::WindowScale(_) => 'W',
        Choice::SackPermitted => 'S',
        Choice::Timestamps(..) => 'T',
        Choice::Sack(_) | Choice::Other(..) => '?',
    }
}

fn size(choice: Choice<'_>) -> usize {
    let mut bytes = Vec::new();
    choice.write(&mut bytes);
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn system(options: &[u8], ttl: u8) -> &'static str {
        let mut traits = Traits { ttl: Some(ttl), ..Traits::default() };
        traits.accepted(&Tcp { options, ..Tcp::default() });
        traits.system()
    }

    #[test]
    fn systems_by_their_options() {
        let linux = [2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7];
        let windows = [2, 4, 5, 180, 1, 3, 3, 8, 1, 1, 4, 2];
        let mac = [2, 4, 5, 180, 1, 3, 3, 6, 1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 4, 2, 0, 0];
        let free = [2, 4, 5, 180, 1, 3, 3, 6, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];
        assert_eq!(system(&linux, 61), "Linux");
        assert_eq!(system(&windows, 128), "Windows");
        assert_eq!(system(&mac, 64), "macOS");
        assert_eq!(system(&free, 60), "FreeBSD");
        assert_eq!(system(&[2, 4, 5, 180], 250), "Cisco IOS");
    }

    #[test]
    fn systems_by_what_services_say() {
        assert_eq!(system_of_banner("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3"), "Linux (Debian)");
        assert_eq!(system_of_banner("HTTP/1.1 200 OK, Microsoft-IIS/10.0"), "Windows");
        assert_eq!(system_of_banner("SSH-2.0-ROSSSH"), "RouterOS");
        assert_eq!(system_of_banner("SSH-2.0-OpenSSH_9.6"), "");
        assert_eq!(system_of_banner(""), "");
    }

    #[test]
    fn systems_by_their_time_to_live() {
        let only = |ttl| Traits { ttl, ..Traits::default() };
        assert_eq!(only(Some(57)).system(), "Linux or Unix");
        assert_eq!(only(Some(57)).hops(), Some(7));
        assert_eq!(only(Some(120)).system(), "Windows");
        assert_eq!(only(Some(255)).system(), "network device");
        assert_eq!(only(Some(20)).system(), "");
        assert_eq!(only(None).system(), "");
    }
}
