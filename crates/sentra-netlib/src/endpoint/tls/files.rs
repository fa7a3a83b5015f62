//! Certificates and keys in PEM files (RFC 7468). A text that begins as PEM does stands for
//! itself.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::TlsError;
use crate::error::kind_of;

/// Bundles of all authorities that there are take a quarter of a megabyte.
const LARGEST: u64 = 16 << 20;

/// A certificate with what leads to its authority, and its key. Both may be in one file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// Where the certificates are, the own one first.
    pub cert: PathBuf,
    /// Where the key is.
    pub key: PathBuf,
}

/// What tells whether a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Stamp(u64, u64, i64, i64, u64);

impl Stamp {
    fn new(data: &Metadata) -> Self {
        Self(data.dev(), data.ino(), data.mtime(), data.mtime_nsec(), data.len())
    }

    /// The stamp of a file; nothing for one that is not there, or a text.
    pub fn of(path: &Path) -> Option<Self> {
        if is_text(path) {
            return None;
        }
        fs::metadata(path).ok().as_ref().map(Self::new)
    }
}

/// Whether it is the content itself and not a path.
fn is_text(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().trim_ascii_start().starts_with(b"-----BEGIN ")
}

fn shown(path: &Path) -> String {
    if is_text(path) { "the text given".into() } else { path.display().to_string() }
}

/// A file's content.
fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    if is_text(path) {
        return Ok(path.as_os_str().as_encoded_bytes().to_vec());
    }
    let readable = fs::metadata(path).and_then(|data| match data {
        // Others may have no end, or make us wait.
        data if !data.is_file() => Err(ErrorKind::InvalidInput.into()),
        data if data.len() > LARGEST => Err(ErrorKind::FileTooLarge.into()),
        _ => fs::read(path),
    });
    readable.map_err(|error| {
        let text = format!("{}: {}", shown(path), crate::error::describe(&error));
        TlsError { kind: kind_of(&error), ..TlsError::protocol(text) }
    })
}

/// The certificates in a file, at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let content = read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&content).collect();
    match found {
        Err(error) => Err(TlsError::certificate(format!("{}: malformed PEM: {error}", shown(path)))),
        Ok(found) if found.is_empty() => {
            Err(TlsError::certificate(format!("{}: no certificate in PEM is in it", shown(path))))
        }
        Ok(found) => Ok(found),
    }
}

impl Pair {
    /// Reads both and sees that they belong together.
    pub(super) fn load(&self) -> Result<CertifiedKey, TlsError> {
        let chain = certificates(&self.cert)?;
        let content = read(&self.key)?;
        let key = PrivateKeyDer::from_pem_slice(&content).map_err(|_| {
            let encrypted = content.windows(9).any(|part| part == b"ENCRYPTED");
            let reason = if encrypted {
                "the key is encrypted; `openssl pkey` decrypts it"
            } else {
                "no private key in PEM is in it"
            };
            TlsError::certificate(format!("{}: {reason}", shown(&self.key)))
        })?;
        let unusable = |reason: &str| TlsError::certificate(format!("{}: {reason}", shown(&self.key)));
        let signer = any_supported_type(&key).map_err(|_| unusable("a key of a kind that is not supported"))?;
        let pair = CertifiedKey::new(chain, signer);
        match pair.keys_match() {
            Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) => {
                Err(unusable(&format!("the key does not belong to the certificate in {}", shown(&self.cert))))
            }
            Err(rustls::Error::InvalidCertificate(_)) => {
                Err(TlsError::certificate(format!("{}: the certificate is malformed", shown(&self.cert))))
            }
            _ => Ok(pair),
        }
    }

    /// What tells whether the files have changed.
    pub(super) fn stamps(&self) -> [Option<Stamp>; 2] {
        [Stamp::of(&self.cert), Stamp::of(&self.key)]
    }
}

/// The provider of the cryptography.
pub(super) fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    thread_local! {
        static PROVIDER: Arc<rustls::crypto::CryptoProvider> = Arc::new(rustls::crypto::ring::default_provider());
    }
    PROVIDER.with(Arc::clone)
}
