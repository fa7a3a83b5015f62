//! The faults of versions, suites and keys.

use super::super::findings::{Accepted, Findings};
use super::super::grade::Grade;
use super::super::issue::{Issues, Severity};
use crate::wire::tls::Protocol;
use crate::wire::tls::key_exchange::Parameters;
use crate::wire::tls::suite::{Cipher, KeyExchange, Mode};

const MODERN: &str = "Speak TLS 1.3 and 1.2 only.";
const SUITES: &str =
    "Take only suites with forward secrecy and authenticated encryption (ECDHE with AES-GCM or ChaCha20-Poly1305).";

pub(super) fn faults(found: &Findings, is_http: bool, issues: &mut Issues) {
    versions(found, issues);
    suites(found, issues);
    keys(found, issues);
    behaviour(found, issues);
    if is_http && found.http_status.is_some() {
        transport_security(found, issues);
    }
}

fn versions(found: &Findings, issues: &mut Issues) {
    let speaks = |protocol| found.speaks(protocol);
    if speaks(Protocol::Ssl2) {
        issues.add("ssl2", Severity::Critical, Some(Grade::F), "SSL 2.0 is spoken, which protects nothing", MODERN);
        issues.add(
            "drown",
            Severity::Critical,
            Some(Grade::F),
            "sessions of newer versions can be decrypted by way of SSL 2.0 (DROWN), on every server with the same key",
            MODERN,
        );
    }
    if let Some(support) = found.support(Protocol::Ssl3) {
        issues.add("ssl3", Severity::High, Some(Grade::B), "SSL 3.0 is spoken, which is broken", MODERN);
        if support.suites.iter().any(|accepted| accepted.suite.mode == Mode::Cbc) {
            let message = "SSL 3.0 with CBC gives away encrypted bytes (POODLE)";
            issues.add("poodle", Severity::High, Some(Grade::C), message, MODERN);
        }
    }
    for (protocol, code) in [(Protocol::Tls10, "tls10"), (Protocol::Tls11, "tls11")] {
        if speaks(protocol) {
            let message = format!("{} is spoken, which is deprecated (RFC 8996)", protocol.name());
            issues.add(code, Severity::Medium, Some(Grade::B), message, MODERN);
        }
    }
    if !speaks(Protocol::Tls12) && !speaks(Protocol::Tls13) {
        let message = "neither TLS 1.2 nor TLS 1.3 is spoken";
        issues.add("no_tls12", Severity::High, Some(Grade::C), message, MODERN);
    } else if !speaks(Protocol::Tls13) {
        issues.add("no_tls13", Severity::Low, Some(Grade::AMinus), "TLS 1.3 is not spoken", MODERN);
    }
}

/// The suites with a property, as text; nothing if there are none.
fn named(found: &Findings, has: impl Fn(Protocol, &Accepted) -> bool) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    for (_, accepted) in found.suites().filter(|(protocol, accepted)| has(*protocol, accepted)) {
        if !names.contains(&accepted.suite.name) {
            names.push(accepted.suite.name);
        }
    }
    let more = names.len().saturating_sub(3);
    let shown = names[..names.len().min(3)].join(", ");
    match (names.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(shown),
        (false, more) => Some(format!("{shown} and {more} more")),
    }
}

fn suites(found: &Findings, issues: &mut Issues) {
    let new = |protocol: Protocol| protocol >= Protocol::Tls11;
    if let Some(names) = named(found, |_, one| one.suite.cipher == Cipher::Null) {
        issues.add(
            "null_cipher",
            Severity::Critical,
            Some(Grade::F),
            format!("nothing is encrypted with {names}"),
            SUITES,
        );
    }
    if let Some(names) = named(found, |_, one| one.suite.is_anonymous()) {
        let message = format!("the server is not authenticated with {names}");
        issues.add("anonymous", Severity::Critical, Some(Grade::F), message, SUITES);
    }
    if let Some(names) = named(found, |_, one| one.suite.is_export()) {
        let message = format!("the strength of {names} was limited for export");
        issues.add("export_cipher", Severity::Critical, Some(Grade::F), message, SUITES);
    }
    if named(found, |protocol, one| protocol > Protocol::Ssl2 && one.suite.key_exchange == KeyExchange::RsaExport)
        .is_some()
    {
        let message = "clients can be talked into keys of RSA that anyone can factor (FREAK)";
        issues.add("freak", Severity::Critical, Some(Grade::F), message, SUITES);
    }
    if let Some(names) = named(found, |_, one| one.suite.cipher == Cipher::Rc4) {
        let modern = found.suites().any(|(protocol, one)| new(protocol) && one.suite.cipher == Cipher::Rc4);
        let cap = if modern { Grade::C } else { Grade::B };
        issues.add("rc4", Severity::High, Some(cap), format!("RC4 is broken (RFC 7465): {names}"), SUITES);
    }
    if let Some(names) = named(found, |_, one| one.suite.has_short_blocks()) {
        let first =
            |support: &&super::super::Support| new(support.protocol) && support.suites[0].suite.has_short_blocks();
        let cap =
            found.protocols.iter().filter(|one| !one.suites.is_empty()).any(|one| first(&one)).then_some(Grade::C);
        let message = format!("blocks of 64 bits repeat within hours of traffic (SWEET32): {names}");
        issues.add("sweet32", Severity::Medium, cap, message, SUITES);
    }
    if let Some(names) = named(found, |_, one| one.suite.bits > 0 && one.suite.bits < 112 && !one.suite.is_export()) {
        issues.add(
            "weak_cipher",
            Severity::High,
            None,
            format!("less than 112 bits are searched soon: {names}"),
            SUITES,
        );
    }
    let cbc = |protocol, one: &Accepted| {
        protocol <= Protocol::Tls10 && protocol > Protocol::Ssl2 && one.suite.mode == Mode::Cbc
    };
    if named(found, cbc).is_some() {
        issues.add(
            "beast",
            Severity::Low,
            None,
            "CBC in TLS 1.0 and older can be guessed at (BEAST); clients avoid it",
            MODERN,
        );
    }
    preferred(found, issues);
}

/// What a client of today gets.
fn preferred(found: &Findings, issues: &mut Issues) {
    let Some(first) = found.best().and_then(|support| support.suites.first()) else { return };
    if !first.suite.is_ephemeral() {
        let message = "who gets the server's key later can decrypt what was recorded: no forward secrecy";
        issues.add("no_forward_secrecy", Severity::Medium, Some(Grade::B), message, SUITES);
    }
    if !found.suites().any(|(_, one)| one.suite.mode == Mode::Aead) {
        issues.add(
            "no_aead",
            Severity::Medium,
            Some(Grade::B),
            "there is no suite with authenticated encryption",
            SUITES,
        );
    }
    let weak = |one: &Accepted| !one.suite.is_ephemeral() || one.suite.bits < 128;
    let unordered = found.protocols.iter().any(|one| one.server_order == Some(false) && one.suites.iter().any(weak));
    if unordered {
        let message = "the client's order of suites counts, so that old clients get weak ones";
        issues.add("no_server_order", Severity::Low, None, message, "Let the server's order of suites count.");
    }
}

fn keys(found: &Findings, issues: &mut Issues) {
    let groups = "Use groups of 2048 bits or more (RFC 7919), or curves.";
    let prime = |one: &Accepted| match &one.parameters {
        Some(prime @ Parameters::Prime(_)) => Some(prime.bits()),
        _ => None,
    };
    match found.suites().filter_map(|(_, one)| prime(one)).min() {
        Some(bits @ ..1024) => {
            let message = format!("Diffie-Hellman with {bits} bits is broken in minutes (LOGJAM)");
            issues.add("logjam", Severity::Critical, Some(Grade::F), message, groups);
        }
        Some(bits @ ..2048) => {
            let message = format!("Diffie-Hellman with {bits} bits is within reach of the mighty");
            issues.add("weak_dh", Severity::Medium, Some(Grade::B), message, groups);
        }
        _ => {}
    }
    let weak = found
        .groups
        .iter()
        .filter_map(|&code| crate::wire::tls::group::Group::of(code))
        .filter(|group| group.bits < 224);
    let names: Vec<&str> = weak.map(|group| group.name).collect();
    if !names.is_empty() {
        let message = format!("short curves are taken: {}", names.join(", "));
        issues.add("weak_curve", Severity::Medium, Some(Grade::B), message, groups);
    }
}

fn behaviour(found: &Findings, issues: &mut Issues) {
    if found.heartbleed == Some(true) {
        let message = "heartbeats are answered with the server's memory (Heartbleed, CVE-2014-0160)";
        let advice = "Replace OpenSSL, then the key, the certificate and every password.";
        issues.add("heartbleed", Severity::Critical, Some(Grade::F), message, advice);
    }
    if found.robot == Some(true) {
        let message =
            "the server tells how it found the padding of secrets (ROBOT): what was recorded can be decrypted";
        issues.add("robot", Severity::Critical, Some(Grade::F), message, SUITES);
    }
    if found.compression {
        let message = "compression gives away secrets by their length (CRIME)";
        issues.add("crime", Severity::High, Some(Grade::C), message, "Switch off compression in TLS.");
    }
    if found.insecure_renegotiation == Some(true) {
        let message =
            "clients may renegotiate without RFC 5746: a stranger's words can be put before theirs (CVE-2009-3555)";
        let advice = "Switch off renegotiation, or update the TLS library.";
        issues.add("insecure_renegotiation", Severity::Critical, Some(Grade::F), message, advice);
    }
    if found.client_renegotiation == Some(true) {
        let message = "clients may renegotiate as often as they like, which costs the server more than them";
        let advice = "Switch off renegotiation by clients.";
        issues.add("client_renegotiation", Severity::Low, None, message, advice);
    }
    if found.secure_renegotiation == Some(false) {
        let message = "renegotiation is not told from a new connection (RFC 5746)";
        issues.add(
            "no_secure_renegotiation",
            Severity::Medium,
            Some(Grade::AMinus),
            message,
            "Update the TLS library.",
        );
    }
    if invites_fallback(found) {
        let message = "a client that was talked into an older version is not warned (RFC 7507)";
        issues.add("no_fallback_scsv", Severity::Low, None, message, MODERN);
    }
}

/// Whether clients can be talked into something worse unseen. From TLS 1.3 to 1.2 they see it by
/// the server's random bytes (RFC 8446, 4.1.3).
pub(super) fn invites_fallback(found: &Findings) -> bool {
    let oldest = found.protocols.first().map(|support| support.protocol);
    found.fallback_scsv == Some(false) && oldest < Some(Protocol::Tls12)
}

fn transport_security(found: &Findings, issues: &mut Issues) {
    let advice = "Send `Strict-Transport-Security: max-age=31536000`.";
    match found.hsts.as_deref().map(max_age) {
        None => issues.add("no_hsts", Severity::Info, None, "browsers are not told to use HTTPS only (HSTS)", advice),
        Some(None) => {
            issues.add("bad_hsts", Severity::Low, None, "the field Strict-Transport-Security has no max-age", advice)
        }
        Some(Some(seconds)) if seconds < super::LONG_HSTS => {
            let message = format!("HSTS holds for {} days only", seconds / 86_400);
            issues.add("short_hsts", Severity::Low, None, message, advice);
        }
        Some(Some(_)) => {}
    }
}

/// RFC 6797, 6.1.1.
pub(super) fn max_age(field: &str) -> Option<u64> {
    field.split(';').find_map(|directive| {
        let (name, value) = directive.split_once('=')?;
        let value = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("max-age").then(|| value.parse().ok())?
    })
}
