//! ARP Spoofing: a card claims, unasked and again and again, an address that another card has.

use std::net::Ipv4Addr;

use super::table::{Table, Window};
use super::{Alert, AlertId, Alerts, Detector, Kind, Party, Seen, Thresholds};
use crate::wire::packet::arp::operation;
use crate::wire::packet::{Arp, Mac, Network};

const ADDRESSES: usize = 16_384;
const MINUTE: u64 = 60_000_000;
/// How long after a question a reply answers it.
const PATIENCE: u64 = 3_000_000;
/// A card that gives an answer again after so long says it unasked; before, it is a copy.
const COPIES: u64 = 1_000_000;
/// Cards that may claim one address.
const CLAIMS: usize = 4;
/// Cards that are suspected at a time.
const SUSPECTS: usize = 16;
/// What systems begin to count down from.
const FRESH: [u8; 3] = [64, 128, 255];

/// A question: when, and who has answered it since when. Each card may once: of a host with two
/// cards on one link both do.
#[derive(Default)]
struct Asked {
    at: u64,
    answers: Vec<(Mac, u64)>,
}

/// A card that says that it has an address.
struct Claim {
    mac: Mac,
    window: Window,
    unasked: u64,
    total: u64,
    alert: Option<AlertId>,
}

impl Claim {
    fn new(mac: Mac) -> Self {
        Self { mac, window: Window::default(), unasked: 0, total: 0, alert: None }
    }
}

pub(super) struct ArpSpoofing {
    kind: Kind,
    enough: u64,
    /// Who says that it has an address.
    claims: Table<Ipv4Addr, Vec<Claim>>,
    /// Who asked for an address.
    asked: Table<(Ipv4Addr, Ipv4Addr), Asked>,
    /// The address that a card had first, when it was asked or had a question itself.
    owners: Table<[u8; 6], Option<Ipv4Addr>>,
    /// Cards that have said something unasked, of which more is looked at.
    suspects: Vec<Mac>,
}

impl ArpSpoofing {
    pub fn new(kind: Kind, thresholds: &Thresholds) -> Self {
        let enough = thresholds.arp_spoof_replies.max(1);
        Self {
            kind,
            enough,
            claims: Table::new(ADDRESSES),
            asked: Table::new(ADDRESSES),
            owners: Table::new(ADDRESSES),
            suspects: Vec::new(),
        }
    }

    /// Whether somebody says unasked that it has an address.
    fn is_unasked(&mut self, at: u64, arp: &Arp) -> bool {
        if arp.operation == operation::REQUEST {
            // Asking for one's own address is saying that one has it.
            return arp.sender_ip == arp.target_ip;
        }
        let asked = self.asked.get(&(arp.target_ip, arp.sender_ip));
        let Some(asked) = asked.filter(|asked| at.saturating_sub(asked.at) <= PATIENCE) else { return true };
        match asked.answers.iter().find(|(mac, _)| *mac == arp.sender_mac) {
            Some((_, first)) => at.saturating_sub(*first) > COPIES,
            None if asked.answers.len() < CLAIMS => {
                asked.answers.push((arp.sender_mac, at));
                false
            }
            None => true,
        }
    }

    /// Notes that a card may not be whose address it says it has.
    fn suspect(&mut self, mac: Mac) {
        if !self.suspects.contains(&mac) {
            self.suspects.truncate(SUSPECTS - 1);
            self.suspects.insert(0, mac);
        }
    }

    /// A packet that nobody has forwarded yet tells whose card its sender's is.
    fn vouch(&mut self, seen: &Seen) {
        let (Network::V4(ip), Some(mac)) = (&seen.packet.network, seen.packet.link.source) else { return };
        if !FRESH.contains(&ip.ttl) || ip.source.is_unspecified() {
            return;
        }
        if self.suspects.contains(&mac) {
            // What it forwards without counting down is not its own.
            if self.claims.get(&ip.source).is_none_or(|claims| claims.iter().all(|claim| claim.mac != mac)) {
                self.owners.entry(&mac.0).get_or_insert(ip.source);
            }
        } else if let Some(claims) = self.claims.get(&ip.source)
            && claims.len() < CLAIMS
            && claims.iter().all(|claim| claim.mac != mac)
        {
            claims.push(Claim::new(mac));
        }
    }

    fn claim(&mut self, at: u64, arp: &Arp, alerts: &mut Alerts) {
        let unasked = self.is_unasked(at, arp);
        match unasked {
            true => self.suspect(arp.sender_mac),
            false => _ = self.owners.entry(&arp.sender_mac.0).get_or_insert(arp.sender_ip),
        }
        let owner = self.owners.get(&arp.sender_mac.0).and_then(|owner| *owner).unwrap_or(arp.sender_ip);
        let claims = self.claims.entry(&arp.sender_ip);
        let place = claims.iter().position(|claim| claim.mac == arp.sender_mac);
        let place = match place {
            Some(place) => place,
            None if claims.len() < CLAIMS => {
                claims.push(Claim::new(arp.sender_mac));
                claims.len() - 1
            }
            None => return,
        };
        let claim = &mut claims[place];
        if claim.window.turns(at, MINUTE) {
            claim.unasked = 0;
        }
        claim.unasked += u64::from(unasked);
        claim.total += u64::from(unasked);
        // The one that claims most often unasked lies; its target is who was told last.
        let (count, total, mac) = (claim.unasked, claim.total, claim.mac);
        let others = claims.iter().filter(|other| other.mac != mac);
        let Some(other) = others.min_by_key(|other| other.total) else { return };
        if !unasked || count < self.enough || other.total >= total {
            return;
        }
        let (claimed, told, rightful) = (arp.sender_ip, arp.target_ip, other.mac);
        if let Some(id) = claims[place].alert {
            alerts.set(Some(id), "replies", total);
            return;
        }
        let target = if told.is_unspecified() || told.is_broadcast() || told == claimed { claimed } else { told };
        let alert = Alert::new(self.kind, at, Party::Host(owner.into()), Party::Host(target.into()))
            .over("ARP", None)
            .saying(format!("{mac} tells {target} that it has {claimed}, which {rightful} has"))
            .text("claimed_ip", claimed.to_string())
            .text("mac", mac.to_string())
            .text("other_mac", rightful.to_string())
            .count("replies", total);
        claims[place].alert = alerts.raise(alert);
    }
}

impl Detector for ArpSpoofing {
    fn see(&mut self, seen: &Seen, alerts: &mut Alerts) {
        let Network::Arp(arp) = &seen.packet.network else {
            if !self.suspects.is_empty() {
                self.vouch(seen);
            }
            return;
        };
        // Who probes an address before taking it has none yet (RFC 5227).
        if arp.sender_ip.is_unspecified() {
            return;
        }
        if arp.operation == operation::REQUEST && arp.sender_ip != arp.target_ip {
            *self.asked.entry(&(arp.sender_ip, arp.target_ip)) = Asked { at: seen.at, answers: Vec::new() };
        }
        self.claim(seen.at, arp, alerts);
    }
}
