//! What an X.509 certificate (RFC 5280) says: whose it is, by whom, for which names and how
//! long. It reads and judges nothing; whether a certificate is to be trusted is for TLS.

mod algorithm;
mod key;
mod moment;
mod name;

use crate::code::der::{Der, INTEGER, OBJECT, OCTET_STRING, SEQUENCE};
use crate::code::hex;
use crate::digest::Algorithm;

pub use algorithm::Signature;
pub use key::Key;
pub use moment::Moment;

/// What a certificate says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whose it is, as in `C=US, O=Example, CN=example.org`.
    pub subject: String,
    /// Who has signed it, in the same form.
    pub issuer: String,
    /// The host names, addresses, mail addresses and URIs that it is for.
    pub names: Vec<String>,
    /// When it begins to be valid.
    pub not_before: Moment,
    /// The last moment at which it is valid.
    pub not_after: Moment,
    /// Its number at the issuer, in hexadecimal digits.
    pub serial: String,
    /// SHA-256 of the whole, in hexadecimal digits.
    pub fingerprint: String,
    /// Whether subject and issuer are the same.
    pub is_self_issued: bool,
    /// What its issuer has signed it with.
    pub signature: Signature,
    /// Its public key.
    pub key: Key,
    /// Whether a server that shows it has promised to show its state of revocation too (RFC 7633).
    pub must_staple: bool,
}

/// `EXPLICIT [0]`: the version, which most have.
const VERSION: u8 = 0xA0;
/// `EXPLICIT [3]`
const EXTENSIONS: u8 = 0xA3;
/// id-ce-subjectAltName (RFC 5280, 4.2.1.6)
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1D, 0x11];
/// id-pe-tlsfeature (RFC 7633)
const TLS_FEATURE: &[u8] = &[0x2B, 6, 1, 5, 5, 7, 1, 24];
/// The extension `status_request` in that list.
const STATUS_REQUEST: &[u8] = &[INTEGER, 1, 5];

impl Certificate {
    /// Reads a certificate in DER; nothing if it is none.
    pub fn read(der: &[u8]) -> Option<Self> {
        let mut outer = Der(der).sequence()?;
        let mut whole = outer.sequence()?;
        let signature = Signature::read(outer.sequence()?)?;
        if whole.0.first() == Some(&VERSION) {
            whole.take(VERSION)?;
        }
        let serial = whole.take(INTEGER)?;
        whole.take(SEQUENCE)?;
        let issuer = whole.take(SEQUENCE)?;
        let mut validity = whole.sequence()?;
        let (not_before, not_after) = (Moment::read(&mut validity)?, Moment::read(&mut validity)?);
        let subject = whole.take(SEQUENCE)?;
        let key = Key::read(whole.sequence()?)?;
        let extensions = extensions(whole)?;
        let find = |object: &[u8]| extensions.iter().find(|(name, _)| *name == object).map(|(_, extension)| *extension);
        Some(Self {
            subject: name::distinguished(subject)?,
            issuer: name::distinguished(issuer)?,
            names: find(ALTERNATIVE_NAMES).map_or(Some(Vec::new()), name::alternatives)?,
            not_before,
            not_after,
            serial: hex::encode(serial),
            fingerprint: hex::encode(&Algorithm::Sha256.hash(der)),
            is_self_issued: subject == issuer,
            signature,
            key,
            must_staple: find(TLS_FEATURE).and_then(value).is_some_and(promises_staple),
        })
    }
}

/// The extensions behind the subject's key: the name of each, and what follows it.
fn extensions(mut rest: Der<'_>) -> Option<Vec<(&[u8], Der<'_>)>> {
    let mut all = Vec::new();
    while !rest.0.is_empty() {
        let (tag, content) = rest.element()?;
        if tag != EXTENSIONS {
            continue;
        }
        let mut extensions = Der(content).sequence()?;
        while !extensions.0.is_empty() {
            let mut extension = extensions.sequence()?;
            all.push((extension.take(OBJECT)?, extension));
        }
    }
    Some(all)
}

fn promises_staple(features: &[u8]) -> bool {
    Der(features).sequence().is_some_and(|list| list.0.windows(3).any(|feature| feature == STATUS_REQUEST))
}

/// The value of an extension, behind its name and its mark of being critical.
fn value<'a>(mut extension: Der<'a>) -> Option<&'a [u8]> {
    loop {
        let (tag, content) = extension.element()?;
        if tag == OCTET_STRING {
            return Some(content);
        }
    }
}
