//! Brute Force: logins that fail one after the other. Where a service says so in the clear, the
//! refusals are counted; where it is encrypted, the connections in which a login begins.

use std::net::IpAddr;

use super::table::{Table, Window};
use super::{Alert, AlertId, Alerts, Detector, Kind, Party, Seen, Thresholds};
use crate::wire::packet::Transport;

const PAIRS: usize = 16_384;

#[derive(Default)]
struct Attempts {
    window: Window,
    count: u64,
    total: u64,
    alert: Option<AlertId>,
}

pub(super) struct BruteForce {
    kind: Kind,
    enough: u64,
    length: u64,
    attempts: Table<(IpAddr, IpAddr, u16), Attempts>,
}

impl BruteForce {
    pub fn new(kind: Kind, thresholds: &Thresholds) -> Self {
        let (enough, length) = (thresholds.brute_force_attempts.max(1), thresholds.brute_force_seconds * 1_000_000);
        Self { kind, enough, length, attempts: Table::new(PAIRS) }
    }
}

/// Whether a server of a port refuses a login.
pub(super) fn refuses(port: u16, payload: &[u8]) -> Option<&'static str> {
    let within = |text: &[u8]| memchr::memmem::find(&payload[..payload.len().min(512)], text).is_some();
    if payload.starts_with(b"HTTP/1.") {
        return (payload.get(8..13)? == b" 401 ").then_some("HTTP");
    }
    match port {
        21 => payload.starts_with(b"530").then_some("FTP"),
        23 => (within(b"ogin incorrect") || within(b"ogin failed")).then_some("Telnet"),
        25 | 465 | 587 => payload.starts_with(b"535").then_some("SMTP"),
        110 => payload.starts_with(b"-ERR").then_some("POP3"),
        143 => {
            let mut words = payload.split(|byte| *byte == b' ');
            (words.nth(1) == Some(b"NO")).then_some("IMAP")
        }
        // An error packet with the number of "access denied".
        3306 => (payload.get(4..7)? == [0xff, 0x15, 0x04]).then_some("MySQL"),
        5432 => (payload.first() == Some(&b'E') && within(b"C28P01")).then_some("PostgreSQL"),
        6379 => payload.starts_with(b"-WRONGPASS").then_some("Redis"),
        _ => None,
    }
}

/// Whether a client begins a login of which nothing more can be seen.
fn begins(port: u16, payload: &[u8]) -> Option<&'static str> {
    match port {
        3389 => (payload.starts_with(&[3, 0]) && payload.get(5) == Some(&0xe0)).then_some("RDP"),
        5900..=5909 => payload.starts_with(b"RFB 00").then_some("VNC"),
        _ => payload.starts_with(b"SSH-").then_some("SSH"),
    }
}

impl Detector for BruteForce {
    fn see(&mut self, seen: &Seen, alerts: &mut Alerts) {
        let payload = seen.packet.payload;
        let (Transport::Tcp(_), Some(flow), false) = (&seen.packet.transport, seen.flow(), payload.is_empty()) else {
            return;
        };
        // The server of SSH says its version too; it is the one with the lower port.
        let attempt = match begins(flow.to, payload).filter(|_| flow.to < flow.from) {
            Some(service) => Some((flow, service)),
            None => refuses(flow.from, payload).map(|service| (flow.back(), service)),
        };
        let Some((flow, service)) = attempt else { return };
        let attempts = self.attempts.entry(&(flow.source, flow.target, flow.to));
        if attempts.window.turns(seen.at, self.length) {
            attempts.count = 0;
        }
        (attempts.count, attempts.total) = (attempts.count + 1, attempts.total + 1);
        if attempts.alert.is_some() {
            alerts.set(attempts.alert, "attempts", attempts.total);
        } else if attempts.count >= self.enough {
            let (source, target, port, count) = (flow.source, flow.target, flow.to, attempts.count);
            let seconds = attempts.window.seconds(seen.at);
            let alert = Alert::new(self.kind, seen.at, Party::Host(source), Party::Host(target))
                .over("TCP", Some(port))
                .saying(format!("{source} tried {count} logins to {service} of {target} in {seconds:.1} s"))
                .text("service", service)
                .count("attempts", attempts.total);
            attempts.alert = alerts.raise(alert);
        }
    }
}
