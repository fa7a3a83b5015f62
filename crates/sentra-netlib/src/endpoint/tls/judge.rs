//! What is wrong with a chain of certificates, each fault on its own: a scan wants to know of an
//! expired certificate whether it would be trusted otherwise.

use std::path::Path;
use std::time::Duration;

use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};

use super::TlsError;
use super::files::{certificates, provider};
use super::trust::{roots, system_file};
use crate::certificate::{Certificate, Moment};

/// What a chain leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// An authority that is trusted.
    Trusted,
    /// It has signed itself, and is not among those trusted.
    SelfSigned,
    /// Another self-signed one at the chain's end, which is not trusted.
    UntrustedRoot,
    /// The chain ends before any authority: its last issuer was neither sent nor is it trusted.
    Incomplete,
    /// Something else is wrong, in words.
    Invalid(String),
}

/// Judges chains.
#[derive(Debug)]
pub struct Judge {
    roots: RootCertStore,
    given: Vec<CertificateDer<'static>>,
}

impl Judge {
    /// Trusts whom browsers trust, whom the environment's file names and whom `ca_file` holds.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let system = system_file();
        let mut given = Vec::new();
        for path in [ca_file, system.as_deref()].into_iter().flatten() {
            given.extend(certificates(path)?);
        }
        Ok(Self { roots: roots(&given), given })
    }

    /// What a chain, the server's own certificate first, leads to at a moment within its validity.
    pub fn anchor(&self, chain: &[Vec<u8>], read: &[Certificate]) -> Anchor {
        let (Some(own), Some(first)) = (chain.first(), read.first()) else {
            return Anchor::Invalid("there is no certificate that can be read".into());
        };
        let own = CertificateDer::from(own.as_slice());
        if self.given.contains(&own) {
            return Anchor::Trusted;
        }
        let failure = match self.path(&own, &chain[1..], moment_within(read)) {
            Ok(()) => return Anchor::Trusted,
            Err(failure) => failure,
        };
        let last = read.last().unwrap_or(first);
        match failure {
            _ if first.is_self_issued => Anchor::SelfSigned,
            Error::InvalidCertificate(CertificateError::UnknownIssuer) if last.is_self_issued => Anchor::UntrustedRoot,
            Error::InvalidCertificate(CertificateError::UnknownIssuer) => Anchor::Incomplete,
            Error::InvalidCertificate(reason) => Anchor::Invalid(super::failure::certificate(&reason)),
            other => Anchor::Invalid(other.to_string()),
        }
    }

    fn path(&self, own: &CertificateDer<'_>, others: &[Vec<u8>], now: UnixTime) -> Result<(), Error> {
        let parsed = ParsedCertificate::try_from(own)?;
        let others: Vec<CertificateDer<'_>> = others.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let algorithms = provider().signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, &self.roots, &others, now, algorithms)
    }
}

/// A moment at which as much of a chain as possible is valid: now, if all of it is.
fn moment_within(chain: &[Certificate]) -> UnixTime {
    let now = Moment::now().0;
    let from = chain.iter().map(|certificate| certificate.not_before.0).max().unwrap_or(now);
    let to = chain.iter().map(|certificate| certificate.not_after.0).min().unwrap_or(now);
    let moment = if from <= to { now.clamp(from, to) } else { now };
    UnixTime::since_unix_epoch(Duration::from_secs(moment.max(0) as u64))
}

/// Whether a certificate is for a host.
pub fn is_for(own: &[u8], host: &str) -> bool {
    let der = CertificateDer::from(own);
    let (Ok(parsed), Ok(name)) = (ParsedCertificate::try_from(&der), ServerName::try_from(host)) else { return false };
    verify_server_name(&parsed, &name).is_ok()
}
