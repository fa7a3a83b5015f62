//! How this machine finds names: `/etc/resolv.conf` (resolv.conf(5)) and `/etc/hosts`
//! (hosts(5)). Texts in, settings out; who reads the files is the caller's affair. Lines that
//! make no sense are passed over, as every resolver does.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use trust_dns_proto::rr::Name;

use super::name;
use crate::address;

/// The port of name servers.
pub const PORT: u16 = 53;
/// Their port for TLS (RFC 7858, 3.1).
pub const TLS_PORT: u16 = 853;
/// The most servers and search domains that are heeded.
const MOST: usize = 16;

/// Whom to ask, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Servers in the order in which to ask them.
    pub servers: Vec<SocketAddr>,
    /// Domains that a short name may lie in.
    pub search: Vec<Name>,
    /// From how many dots on a name is first tried as it is.
    pub dots: usize,
    /// How long to wait for one server.
    pub timeout: Duration,
    /// How often to ask all servers.
    pub attempts: u32,
    /// Whether to spread questions over the servers.
    pub rotate: bool,
    /// Whether to ask over TCP at once.
    pub tcp: bool,
    /// Whether to ask within TLS, and in no other way.
    pub tls: bool,
    /// Whether to say that we understand EDNS.
    pub edns: bool,
}

impl Default for Settings {
    /// What is so where nothing is said: the server of this machine.
    fn default() -> Self {
        Self {
            servers: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))],
            search: Vec::new(),
            dots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
            rotate: false,
            tcp: false,
            tls: false,
            edns: true,
        }
    }
}

impl Settings {
    /// Reads the text of a `resolv.conf`.
    pub fn parse(text: &str) -> Self {
        let mut settings = Self { servers: Vec::new(), ..Self::default() };
        for line in text.lines() {
            // A comment may begin where a word may.
            let mut words = line.split_whitespace().take_while(|word| !word.starts_with(['#', ';']));
            match words.next() {
                Some("nameserver") => {
                    settings.servers.extend(words.next().and_then(|word| address::literal(word, PORT)))
                }
                Some("search" | "domain") => settings.search = words.filter_map(name::parse).take(MOST).collect(),
                Some("options") => words.for_each(|word| settings.option(word)),
                _ => {}
            }
        }
        settings.servers.truncate(MOST);
        if settings.servers.is_empty() {
            settings.servers = Self::default().servers;
        }
        settings.search.retain(|domain| !domain.is_root());
        settings
    }

    fn option(&mut self, word: &str) {
        let (name, value) = word.split_once(':').unwrap_or((word, ""));
        let number = value.parse::<u32>().ok();
        match (name, number) {
            ("ndots", Some(number)) => self.dots = number.min(15) as usize,
            ("timeout", Some(number)) => self.timeout = Duration::from_secs(u64::from(number.clamp(1, 30))),
            ("attempts", Some(number)) => self.attempts = number.clamp(1, 5),
            ("rotate", _) => self.rotate = true,
            ("use-vc", _) => self.tcp = true,
            _ => {}
        }
    }
}

/// Names that this machine knows by itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Hosts {
    addresses: HashMap<String, Vec<IpAddr>>,
    names: HashMap<IpAddr, String>,
}

impl Hosts {
    /// Reads the text of a hosts file.
    pub fn parse(text: &str) -> Self {
        let mut hosts = Self::default();
        for line in text.lines() {
            let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
            let Some(address) = words.next().and_then(|word| address::literal(word, 0)) else { continue };
            for word in words {
                hosts.names.entry(address.ip()).or_insert_with(|| word.to_string());
                let known = hosts.addresses.entry(key(word)).or_default();
                if !known.contains(&address.ip()) {
                    known.push(address.ip());
                }
            }
        }
        hosts
    }

    /// The addresses of a name.
    pub fn addresses(&self, name: &str) -> &[IpAddr] {
        self.addresses.get(&key(name)).map_or(&[], Vec::as_slice)
    }

    /// The first name of an address.
    pub fn name(&self, address: IpAddr) -> Option<&str> {
        self.names.get(&address).map(String::as_str)
    }
}

fn key(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_every_kind() {
        let text = "; comment\nnameserver 192.0.2.1\nnameserver ::1 # ours\nnameserver nonsense\n\
            search example.com corp.example.\noptions ndots:2 timeout:1 attempts:3 rotate edns0 use-vc\nbogus line\n";
        let settings = Settings::parse(text);
        assert_eq!(settings.servers, ["192.0.2.1:53".parse().unwrap(), "[::1]:53".parse().unwrap()]);
        assert_eq!(settings.search.iter().map(name::text).collect::<Vec<_>>(), ["example.com", "corp.example"]);
        assert_eq!((settings.dots, settings.attempts, settings.rotate, settings.tcp), (2, 3, true, true));
        assert_eq!(settings.timeout, Duration::from_secs(1));
        assert_eq!(Settings::parse(""), Settings::default());
    }

    #[test]
    fn hosts_of_both_families() {
        let hosts =
            Hosts::parse("127.0.0.1 localhost # own\n::1 LocalHost ip6\n\n192.0.2.7\tweb.example web\nno sense\n");
        let of = |name: &str| hosts.addresses(name).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(of("LOCALHOST."), ["127.0.0.1", "::1"]);
        assert_eq!(of("web"), ["192.0.2.7"]);
        assert!(of("nosuch").is_empty());
        assert_eq!(hosts.name("192.0.2.7".parse().unwrap()), Some("web.example"));
    }
}
