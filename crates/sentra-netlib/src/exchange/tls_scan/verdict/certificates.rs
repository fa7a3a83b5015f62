//! The faults of a chain of certificates.

use super::super::findings::Findings;
use super::super::grade::Grade;
use super::super::issue::{Issues, Severity};
use crate::certificate::{Certificate, Moment};
use crate::endpoint::tls::judge::{Anchor, Judge, is_for};

/// What is to be said of a chain.
#[derive(Clone, Debug)]
pub struct ChainReport {
    /// Its certificates as they came, the server's own first.
    pub der: Vec<Vec<u8>>,
    /// What they say; those that cannot be read are left out.
    pub certificates: Vec<Certificate>,
    /// What it leads to.
    pub anchor: Anchor,
    /// Whether a client would trust it, its names left aside.
    pub is_trusted: bool,
    /// Whether the certificate is for the host.
    pub matches: bool,
    /// The host.
    pub host: String,
}

const DAY: i64 = 86_400;
/// Days before its end in which a certificate is to be replaced.
const SOON: i64 = 30;

impl ChainReport {
    pub(super) fn new(der: &[Vec<u8>], host: &str, judge: &Judge, now: Moment) -> Self {
        let certificates: Vec<Certificate> = der.iter().filter_map(|der| Certificate::read(der)).collect();
        let anchor = judge.anchor(der, &certificates);
        let in_time = certificates.iter().all(|one| one.not_before <= now && now <= one.not_after);
        let strong = certificates.iter().all(|one| one.is_self_issued || !one.signature.is_weak());
        let matches = der.first().is_some_and(|own| is_for(own, host));
        let is_trusted = anchor == Anchor::Trusted && in_time && strong;
        Self { der: der.to_vec(), certificates, anchor, is_trusted, matches, host: host.to_string() }
    }

    /// The server's own certificate.
    pub fn own(&self) -> Option<&Certificate> {
        self.certificates.first()
    }
}

pub(super) fn faults(chain: &ChainReport, found: &Findings, now: Moment, issues: &mut Issues) {
    let Some(own) = chain.own() else {
        if found.protocols.iter().any(|support| support.suites.iter().any(|one| !one.suite.is_anonymous())) {
            issues.add(
                "no_certificate",
                Severity::High,
                None,
                "the server's certificate could not be read",
                "Install a certificate of X.509 version 3.",
            );
        }
        return;
    };
    times(chain, now, issues);
    trust(chain, own, issues);
    if !chain.matches {
        let names = if own.names.is_empty() { "no names".to_string() } else { own.names.join(", ") };
        issues.add(
            "name_mismatch",
            Severity::High,
            None,
            format!("the certificate is not for {}: it has {names}", chain.host),
            "Install a certificate with the server's names among its alternative names.",
        );
    }
    for certificate in found.chains.iter().filter_map(|chain| Certificate::read(chain.first()?)) {
        key(&certificate, issues);
    }
    signatures(chain, issues);
    order(chain, issues);
}

fn whose(certificate: &Certificate, chain: &ChainReport) -> String {
    if Some(certificate) == chain.own() { String::new() } else { format!(" of {} in the chain", certificate.subject) }
}

fn times(chain: &ChainReport, now: Moment, issues: &mut Issues) {
    for certificate in &chain.certificates {
        let whose = whose(certificate, chain);
        let renew = "Replace the certificate, and see to it that this happens by itself before it ends.";
        if certificate.not_after < now {
            let message = format!("the certificate{whose} is expired since {}", certificate.not_after);
            issues.add("expired", Severity::Critical, None, message, renew);
        } else if certificate.not_before > now {
            let message = format!("the certificate{whose} is not valid before {}", certificate.not_before);
            issues.add("not_yet_valid", Severity::Critical, None, message, "Check the clock of whoever made it.");
        } else if certificate.not_after.0 - now.0 < SOON * DAY && whose.is_empty() {
            let days = (certificate.not_after.0 - now.0) / DAY;
            let message = format!("the certificate ends in {days} days");
            issues.add("expires_soon", Severity::Low, None, message, renew);
        }
    }
}

fn trust(chain: &ChainReport, own: &Certificate, issues: &mut Issues) {
    let last = chain.certificates.last().unwrap_or(own);
    let install = "Install a certificate of an authority that clients trust.";
    match &chain.anchor {
        Anchor::Trusted => {}
        Anchor::SelfSigned => {
            let message = format!("the certificate of {} is self-signed, and not among those trusted", own.subject);
            issues.add("self_signed", Severity::High, None, message, install);
        }
        Anchor::UntrustedRoot => {
            let message = format!("the chain leads to {}, which is not trusted", last.subject);
            issues.add("untrusted_root", Severity::High, None, message, install);
        }
        Anchor::Incomplete => {
            let message = format!(
                "the chain ends at {}, whose issuer {} was not sent and is not trusted",
                last.subject, last.issuer
            );
            let send = "Have the server send the certificates between its own and the authority's.";
            issues.add("incomplete_chain", Severity::High, None, message, send);
        }
        // Weak signatures are not even looked at; they are named below.
        Anchor::Invalid(_) if chain.certificates.iter().any(|one| one.signature.is_weak()) => {}
        Anchor::Invalid(reason) => {
            let message = format!("the chain is not valid: {reason}");
            issues.add("invalid_chain", Severity::High, None, message, install);
        }
    }
}

fn key(certificate: &Certificate, issues: &mut Issues) {
    let key = &certificate.key;
    let strength = key.equivalent_bits();
    let message = || format!("the certificate's key has {} bits ({})", key.bits, key.kind);
    let advice = "Make a new key: RSA with 2048 bits, or EC with 256.";
    match strength {
        0 | 2048.. => {}
        1024.. => issues.add("weak_key", Severity::Medium, Some(Grade::B), message(), advice),
        _ => issues.add("weak_key", Severity::Critical, Some(Grade::F), message(), advice),
    }
}

fn signatures(chain: &ChainReport, issues: &mut Issues) {
    // Nobody looks at what an authority has signed itself with.
    for certificate in chain.certificates.iter().filter(|one| !one.is_self_issued || Some(*one) == chain.own()) {
        let signature = certificate.signature;
        if !signature.is_weak() {
            continue;
        }
        let broken = signature.digest != "sha1";
        let code = if broken { "md5_signature" } else { "sha1_signature" };
        let (severity, cap) = if broken { (Severity::Critical, Some(Grade::F)) } else { (Severity::High, None) };
        let message = format!("the certificate{} is signed with {}", whose(certificate, chain), signature.name);
        issues.add(code, severity, cap, message, "Have the certificate signed anew, with SHA-256.");
    }
}

/// RFC 5246, 7.4.2: "Each following certificate MUST directly certify the one preceding it."
fn order(chain: &ChainReport, issues: &mut Issues) {
    let all = &chain.certificates;
    let follows = all.windows(2).all(|pair| pair[0].issuer == pair[1].subject);
    if !follows {
        let advice = "Send the own certificate first, then each issuer after what it has issued.";
        issues.add(
            "chain_order",
            Severity::Low,
            None,
            "the chain's certificates are out of order, or some do not belong to it",
            advice,
        );
    }
}
