//! The message `ServerKeyExchange` (RFC 5246, 7.4.3; RFC 8422, 5.4): how strong what it offers is.

use super::group::Group;
use super::read::Bytes;
use super::suite::KeyExchange;

/// What keys are agreed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parameters {
    /// Diffie-Hellman in a finite field: the prime.
    Prime(Vec<u8>),
    /// A curve, by its number.
    Curve(u16),
    /// A curve of the server's own, with so many bits.
    OwnCurve(u16),
    /// An RSA key of so many bits, only for this: what export suites have.
    Rsa(u16),
}

/// What the server brings to an agreement on a common secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share<'a> {
    /// A point on the curve with this number.
    Point(u16, &'a [u8]),
    /// In a finite field.
    Power {
        /// Its prime.
        prime: &'a [u8],
        /// What is raised to powers.
        generator: &'a [u8],
        /// The server's power of it.
        public: &'a [u8],
    },
}

impl<'a> Share<'a> {
    /// Reads the message's content for suites with ephemeral keys and certificates.
    pub fn read(content: &'a [u8], kind: KeyExchange) -> Option<Self> {
        let mut rest = Bytes(content);
        match kind {
            KeyExchange::Dhe => {
                let (prime, generator, public) = (rest.vector(2)?, rest.vector(2)?, rest.vector(2)?);
                Some(Self::Power { prime, generator, public })
            }
            KeyExchange::Ecdhe if rest.u8()? == 3 => Some(Self::Point(rest.u16()?, rest.vector(1)?)),
            _ => None,
        }
    }
}

impl Parameters {
    /// Reads the message's content, whose form the suite tells.
    pub fn read(content: &[u8], kind: KeyExchange) -> Option<Self> {
        let mut rest = Bytes(content);
        match kind {
            KeyExchange::Dhe | KeyExchange::DheExport => Self::prime(rest),
            KeyExchange::DhePsk => {
                rest.vector(2)?;
                Self::prime(rest)
            }
            KeyExchange::Ecdhe => Self::curve(rest),
            KeyExchange::EcdhePsk => {
                rest.vector(2)?;
                Self::curve(rest)
            }
            KeyExchange::RsaExport => Some(Self::Rsa(bits(rest.vector(2)?))),
            _ => None,
        }
    }

    fn prime(mut rest: Bytes<'_>) -> Option<Self> {
        let prime = rest.vector(2)?;
        let (_generator, _public) = (rest.vector(2)?, rest.vector(2)?);
        let leading = prime.iter().take_while(|&&byte| byte == 0).count();
        Some(Self::Prime(prime[leading..].to_vec()))
    }

    /// RFC 8422, 5.4: curves with parameters of their own are from RFC 4492.
    fn curve(mut rest: Bytes<'_>) -> Option<Self> {
        match rest.u8()? {
            3 => rest.u16().map(Self::Curve),
            1 => rest.vector(1).map(|prime| Self::OwnCurve(bits(prime))),
            2 => rest.u16().map(Self::OwnCurve),
            _ => None,
        }
    }

    /// Bits of the prime, the field or the key.
    pub fn bits(&self) -> u16 {
        match self {
            Self::Prime(prime) => bits(prime),
            Self::Curve(code) => Group::of(*code).map_or(0, |group| group.bits),
            Self::OwnCurve(bits) | Self::Rsa(bits) => *bits,
        }
    }

    /// How many bits a key of RSA has that is as hard to break.
    pub fn equivalent_bits(&self) -> u16 {
        match self {
            Self::Prime(_) | Self::Rsa(_) => self.bits(),
            Self::Curve(_) | Self::OwnCurve(_) => of_curve(self.bits()),
        }
    }
}

/// Comparable strengths (NIST SP 800-57, part 1, table 2).
pub fn of_curve(bits: u16) -> u16 {
    match bits {
        ..160 => 512,
        160..224 => 1024,
        224..250 => 2048,
        250..384 => 3072,
        384..512 => 7680,
        512.. => 15360,
    }
}

/// Bits of a number whose first byte is the most significant.
pub fn bits(number: &[u8]) -> u16 {
    let leading = number.iter().take_while(|&&byte| byte == 0).count();
    let Some(&first) = number.get(leading) else { return 0 };
    let whole = (number.len() - leading - 1) * 8;
    u16::try_from(whole + 8 - first.leading_zeros() as usize).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::{KeyExchange, Parameters, Share, bits};

    #[test]
    fn shares() {
        assert_eq!(Share::read(&[3, 0, 29, 2, 7, 8], KeyExchange::Ecdhe), Some(Share::Point(29, &[7, 8])));
        let power = Share::Power { prime: &[23], generator: &[5], public: &[8] };
        assert_eq!(Share::read(&[0, 1, 23, 0, 1, 5, 0, 1, 8, 9], KeyExchange::Dhe), Some(power));
        for cut in 0..8 {
            assert_eq!(Share::read(&[0, 1, 23, 0, 1, 5, 0, 1, 8][..cut], KeyExchange::Dhe), None);
        }
    }

    #[test]
    fn strengths() {
        assert_eq!(bits(&[0, 0x80, 0]), 16);
        assert_eq!(bits(&[0x7F]), 7);
        assert_eq!(bits(&[]), 0);
        let curve = Parameters::read(&[3, 0, 29, 32], KeyExchange::Ecdhe);
        assert_eq!(curve.map(|curve| curve.equivalent_bits()), Some(3072));
        let prime = [0, 2, 0xFF, 1, 0, 1, 2, 0, 1, 5];
        assert_eq!(Parameters::read(&prime, KeyExchange::Dhe).map(|prime| prime.bits()), Some(16));
        assert_eq!(Parameters::read(&prime[..9], KeyExchange::Dhe), None);
    }
}
