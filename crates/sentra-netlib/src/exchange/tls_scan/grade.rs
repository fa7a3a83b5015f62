//! Grades by the SSL Server Rating Guide of SSL Labs (version 2009r): scores for protocols, key
//! exchange and ciphers, a letter for their sum, and faults that cap it.

use super::findings::Findings;
use super::issue::Issue;
use crate::certificate::Certificate;
use crate::wire::tls::Protocol;

/// A grade, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)] // They are what they are.
pub enum Grade {
    APlus,
    A,
    AMinus,
    B,
    C,
    D,
    E,
    F,
    /// The certificate is for other names.
    M,
    /// The certificate is not trusted.
    T,
}

impl Grade {
    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::APlus => "A+",
            Self::A => "A",
            Self::AMinus => "A-",
            Self::B => "B",
            Self::C => "C",
            Self::D => "D",
            Self::E => "E",
            Self::F => "F",
            Self::M => "M",
            Self::T => "T",
        }
    }

    /// Table 1 of the guide.
    fn of(score: u32) -> Self {
        match score {
            80.. => Self::A,
            65.. => Self::B,
            50.. => Self::C,
            35.. => Self::D,
            20.. => Self::E,
            _ => Self::F,
        }
    }
}

/// The scores, from 0 to 100.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scores {
    /// Of the versions: the best and the worst in the middle.
    pub protocol: u32,
    /// Of the weakest key exchange.
    pub key_exchange: u32,
    /// Of the ciphers: the strongest and the weakest in the middle.
    pub cipher: u32,
    /// Of all three, by their weights.
    pub total: u32,
}

impl Scores {
    /// Of what was found.
    pub(super) fn of(found: &Findings, own: &[&Certificate]) -> Self {
        let protocols = found.protocols.iter().map(|support| of_protocol(support.protocol));
        let ciphers = found.suites().map(|(_, accepted)| of_bits(accepted.suite.bits));
        let (protocol, cipher) = (middle(protocols), middle(ciphers));
        let keys = own.iter().map(|certificate| of_key(certificate.key.equivalent_bits()));
        let key_exchange = keys.chain(found.suites().map(|(_, accepted)| of_exchange(accepted))).min().unwrap_or(0);
        let none = protocol == 0 || key_exchange == 0 || cipher == 0;
        let total = if none { 0 } else { (30 * protocol + 30 * key_exchange + 40 * cipher) / 100 };
        Self { protocol, key_exchange, cipher, total }
    }

    /// The grade that the scores and the faults together leave.
    pub(super) fn grade(self, issues: &[Issue], is_exceptional: bool) -> Grade {
        let letter = Grade::of(self.total);
        let capped = issues.iter().filter_map(|issue| issue.cap).fold(letter, Grade::max);
        if capped == Grade::A && is_exceptional { Grade::APlus } else { capped }
    }
}

fn middle(scores: impl Iterator<Item = u32>) -> u32 {
    let scores: Vec<u32> = scores.collect();
    let (best, worst) = (scores.iter().max().unwrap_or(&0), scores.iter().min().unwrap_or(&0));
    (best + worst) / 2
}

/// Table 3.
fn of_protocol(protocol: Protocol) -> u32 {
    match protocol {
        Protocol::Ssl2 => 0,
        Protocol::Ssl3 => 80,
        Protocol::Tls10 => 90,
        Protocol::Tls11 => 95,
        Protocol::Tls12 | Protocol::Tls13 => 100,
    }
}

/// Table 4: of a key or of parameters with so many bits, by what RSA would have.
fn of_key(bits: u16) -> u32 {
    match bits {
        0..512 => 20,
        512..1024 => 40,
        1024..2048 => 80,
        2048..4096 => 90,
        4096.. => 100,
    }
}

fn of_exchange(accepted: &super::Accepted) -> u32 {
    let suite = accepted.suite;
    if suite.is_anonymous() {
        return 0;
    }
    let parameters = accepted.parameters.as_ref().map_or(100, |parameters| of_key(parameters.equivalent_bits()));
    if suite.is_export() { parameters.min(40) } else { parameters }
}

/// Table 5.
fn of_bits(bits: u16) -> u32 {
    match bits {
        0 => 0,
        1..128 => 20,
        128..256 => 80,
        256.. => 100,
    }
}
