//! Cipher suites: what a connection's keys are agreed by, and what its records are encrypted with.

mod table;

pub use table::SUITES;

use super::Protocol;

/// How both sides come to a common secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // Their names are the standards'.
pub enum KeyExchange {
    Null,
    /// What TLS 1.3 agrees beside the suite.
    Any,
    Rsa,
    RsaExport,
    /// Diffie-Hellman with the certificate's key.
    Dh,
    Dhe,
    DheExport,
    /// The same on curves, with the certificate's key.
    Ecdh,
    Ecdhe,
    Psk,
    DhePsk,
    EcdhePsk,
    RsaPsk,
    Srp,
    Krb5,
    Gost,
    Cecpq1,
    EccPwd,
    Fortezza,
}

/// How the server shows who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // Their names are the standards'.
pub enum Authentication {
    /// What TLS 1.3 agrees beside the suite.
    Any,
    /// It does not.
    Anon,
    Rsa,
    Dss,
    Ecdsa,
    Psk,
    Krb5,
    Srp,
    Gost,
    Password,
}

/// What encrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // Their names are the standards'.
pub enum Cipher {
    /// Nothing does.
    Null,
    Rc4,
    Rc2,
    Des,
    TripleDes,
    Idea,
    Seed,
    Aes,
    Camellia,
    Aria,
    ChaCha20,
    Gost,
    Kuznyechik,
    Sm4,
    Aegis,
    Skipjack,
}

/// How a cipher is applied to records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Byte for byte, with a checksum beside.
    Stream,
    /// Blocks chained to each other, with a checksum below the padding.
    Cbc,
    /// Encryption that authenticates.
    Aead,
}

/// A cipher suite.
#[derive(Debug, PartialEq, Eq)]
pub struct Suite {
    /// Its number: two bytes, three for SSL 2.0.
    pub code: u32,
    /// Its name in the registry.
    pub name: &'static str,
    /// OpenSSL's name for it, empty if it has none.
    pub openssl: &'static str,
    /// The oldest version that it belongs to.
    pub since: Protocol,
    /// How keys are agreed.
    pub key_exchange: KeyExchange,
    /// How the server is authenticated.
    pub authentication: Authentication,
    /// What encrypts.
    pub cipher: Cipher,
    /// How it does.
    pub mode: Mode,
    /// How strong that is.
    pub bits: u16,
}

impl Suite {
    /// The suite with a number.
    pub fn of(code: u32) -> Option<&'static Self> {
        SUITES.iter().find(|suite| suite.code == code)
    }

    /// All that may be offered in a version, those with forward secrecy and authenticated
    /// encryption first, the stronger before the weaker.
    pub fn offered_in(protocol: Protocol) -> Vec<&'static Self> {
        let mut offered: Vec<&'static Self> = SUITES.iter().filter(|suite| suite.belongs_to(protocol)).collect();
        offered.sort_by_key(|suite| {
            let usual = matches!(suite.cipher, Cipher::Aes | Cipher::ChaCha20) && !suite.is_anonymous();
            let curve = matches!(suite.key_exchange, KeyExchange::Any | KeyExchange::Ecdhe);
            (!usual, !suite.is_ephemeral(), suite.mode != Mode::Aead, !curve, u16::MAX - suite.bits)
        });
        offered
    }

    fn belongs_to(&self, protocol: Protocol) -> bool {
        match self.since {
            Protocol::Ssl2 | Protocol::Tls13 => self.since == protocol,
            since => since <= protocol && protocol < Protocol::Tls13,
        }
    }

    /// Whether each connection has keys of its own, which the certificate's key does not give away.
    pub fn is_ephemeral(&self) -> bool {
        use KeyExchange::{Any, Cecpq1, Dhe, DheExport, DhePsk, Ecdhe, EcdhePsk};
        matches!(self.key_exchange, Any | Cecpq1 | Dhe | DheExport | DhePsk | Ecdhe | EcdhePsk)
    }

    /// Whether its strength was limited by law.
    pub fn is_export(&self) -> bool {
        self.name.contains("_EXPORT")
    }

    /// Whether the server is not authenticated.
    pub fn is_anonymous(&self) -> bool {
        self.authentication == Authentication::Anon
    }

    /// Whether its blocks have 64 bits, so that they repeat within some hours of traffic (SWEET32).
    pub fn has_short_blocks(&self) -> bool {
        use Cipher::{Des, Idea, Rc2, TripleDes};
        matches!(self.cipher, Des | TripleDes | Idea | Rc2)
    }

    /// How keys are agreed, as text.
    pub fn key_exchange_name(&self) -> &'static str {
        match self.key_exchange {
            KeyExchange::Null => "NULL",
            KeyExchange::Any => "any",
            KeyExchange::Rsa => "RSA",
            KeyExchange::RsaExport => "RSA_EXPORT",
            KeyExchange::Dh => "DH",
            KeyExchange::Dhe => "DHE",
            KeyExchange::DheExport => "DHE_EXPORT",
            KeyExchange::Ecdh => "ECDH",
            KeyExchange::Ecdhe => "ECDHE",
            KeyExchange::Psk => "PSK",
            KeyExchange::DhePsk => "DHE_PSK",
            KeyExchange::EcdhePsk => "ECDHE_PSK",
            KeyExchange::RsaPsk => "RSA_PSK",
            KeyExchange::Srp => "SRP",
            KeyExchange::Krb5 => "KRB5",
            KeyExchange::Gost => "GOST",
            KeyExchange::Cecpq1 => "CECPQ1",
            KeyExchange::EccPwd => "ECCPWD",
            KeyExchange::Fortezza => "FORTEZZA",
        }
    }

    /// How the server is authenticated, as text.
    pub fn authentication_name(&self) -> &'static str {
        match self.authentication {
            Authentication::Any => "any",
            Authentication::Anon => "anonymous",
            Authentication::Rsa => "RSA",
            Authentication::Dss => "DSS",
            Authentication::Ecdsa => "ECDSA",
            Authentication::Psk => "PSK",
            Authentication::Krb5 => "KRB5",
            Authentication::Srp => "SRP",
            Authentication::Gost => "GOST",
            Authentication::Password => "password",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Mode, Protocol, SUITES, Suite};

    #[test]
    fn numbers_and_names_are_sorted_and_unique() {
        assert!(SUITES.is_sorted_by(|one, next| one.code < next.code));
        let mut names: Vec<_> = SUITES.iter().map(|suite| (suite.name, suite.code > 0xF000)).collect();
        names.sort_unstable();
        let len = names.len();
        names.dedup();
        assert!(len - names.len() <= 2, "the FIPS suites of Netscape have two numbers each");
    }

    #[test]
    fn each_version_has_its_suites() {
        assert_eq!(Suite::offered_in(Protocol::Tls13)[0].mode, Mode::Aead);
        assert!(Suite::offered_in(Protocol::Ssl3).iter().all(|suite| suite.mode != Mode::Aead));
        let best = Suite::offered_in(Protocol::Tls12)[0];
        assert!(best.is_ephemeral() && best.bits == 256);
        assert_eq!(Suite::offered_in(Protocol::Ssl2).len(), 12);
        assert_eq!(Suite::of(0xC02F).map(|suite| suite.openssl), Some("ECDHE-RSA-AES128-GCM-SHA256"));
    }
}
