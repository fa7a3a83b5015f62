//! What a stapled response of OCSP says, and whether it may be believed.

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};

use super::super::grade::Grade;
use super::super::issue::{Issues, Severity};
use super::certificates::ChainReport;
use crate::certificate::{Certificate, Moment};
use crate::code::der::{BIT_STRING, Der, OBJECT};
use crate::code::hex;
use crate::wire::tls::ocsp::{self, Status};

/// What is known of a certificate's revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// The issuer says that it is good.
    Good,
    /// The issuer has revoked it.
    Revoked(Moment),
    /// The issuer does not know it.
    Unknown,
    /// What the server shows says nothing: why.
    Useless(&'static str),
}

impl Revocation {
    /// What a response says of a chain's first certificate.
    pub(super) fn of(staple: &[u8], chain: &ChainReport, now: Moment) -> Self {
        let Some(response) = ocsp::read(staple) else { return Self::Useless("it cannot be read") };
        let Some(own) = chain.own() else { return Self::Useless("there is no certificate to it") };
        if hex::encode(response.serial) != own.serial {
            return Self::Useless("it is about another certificate");
        }
        if response.this_update > now || response.next_update.is_some_and(|next| next < now) {
            return Self::Useless("it is out of date");
        }
        let issuer = chain.certificates.iter().find(|one| one.subject == own.issuer);
        if issuer.is_some_and(|issuer| !is_signed(&response, issuer)) {
            return Self::Useless("the issuer has not signed it");
        }
        match response.status {
            Status::Good => Self::Good,
            Status::Revoked(since) => Self::Revoked(since),
            Status::Unknown => Self::Unknown,
        }
    }

    /// In lower case.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Revoked(_) => "revoked",
            Self::Unknown => "unknown",
            Self::Useless(_) => "invalid",
        }
    }
}

/// By the issuer itself, or by one whose certificate the issuer has signed (RFC 6960, 4.2.2.2).
fn is_signed(response: &ocsp::Response<'_>, issuer: &Certificate) -> bool {
    let by = |key: &[u8]| verify(response.algorithm, key, response.signed, response.signature);
    if by(&issuer.key.bytes) {
        return true;
    }
    let Some(der) = response.certificate else { return false };
    let responder = Certificate::read(der).filter(|responder| responder.issuer == issuer.subject);
    responder.is_some_and(|responder| certified(der, issuer).is_some_and(|signed| signed) && by(&responder.key.bytes))
}

fn certified(der: &[u8], issuer: &Certificate) -> Option<bool> {
    let mut outer = Der(der).sequence()?;
    let before = outer.0;
    outer.sequence()?;
    let signed = &before[..before.len() - outer.0.len()];
    let algorithm = outer.sequence()?.take(OBJECT)?;
    let (_unused, signature) = outer.take(BIT_STRING)?.split_first()?;
    Some(verify(algorithm, &issuer.key.bytes, signed, signature))
}

const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1];
const ECDSA: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3];
const ED25519: &[u8] = &[0x2B, 0x65, 0x70];

fn verify(algorithm: &[u8], key: &[u8], signed: &[u8], signature: &[u8]) -> bool {
    let Some((last, family)) = algorithm.split_last() else { return false };
    let any: &[&dyn VerificationAlgorithm] = match (family, last) {
        // Responders sign with SHA-1 to this day.
        (RSA, 5) => &[&signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY],
        (RSA, 11) => &[&signature::RSA_PKCS1_2048_8192_SHA256],
        (RSA, 12) => &[&signature::RSA_PKCS1_2048_8192_SHA384],
        (RSA, 13) => &[&signature::RSA_PKCS1_2048_8192_SHA512],
        (ECDSA, 2) => &[&signature::ECDSA_P256_SHA256_ASN1, &signature::ECDSA_P384_SHA256_ASN1],
        (ECDSA, 3) => &[&signature::ECDSA_P256_SHA384_ASN1, &signature::ECDSA_P384_SHA384_ASN1],
        _ if algorithm == ED25519 => &[&signature::ED25519],
        _ => &[],
    };
    any.iter().any(|algorithm| UnparsedPublicKey::new(*algorithm, key).verify(signed, signature).is_ok())
}

pub(super) fn faults(revocation: Option<&Revocation>, chain: &ChainReport, issues: &mut Issues) {
    let staple = "Have the server fetch and staple fresh OCSP responses.";
    match revocation {
        Some(Revocation::Revoked(since)) => {
            let message = format!("the certificate is revoked since {since}");
            let advice = "Replace the certificate and its key: it was revoked.";
            issues.add("revoked", Severity::Critical, Some(Grade::F), message, advice);
        }
        Some(Revocation::Useless(why)) => {
            let message = format!("the stapled OCSP response is of no use: {why}");
            issues.add("bad_staple", Severity::Low, None, message, staple);
        }
        Some(Revocation::Good | Revocation::Unknown) => {}
        None if chain.own().is_some_and(|own| own.must_staple) => {
            let message = "the certificate promises a stapled OCSP response, and none comes";
            issues.add("missing_staple", Severity::Medium, None, message, staple);
        }
        None => {}
    }
}
