//! Addresses of network cards.

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use crate::Malformed;

/// The six bytes that name a network card.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// To everyone on the link.
    pub const BROADCAST: Self = Self([0xff; 6]);
    /// Of nobody: what an ARP request asks for.
    pub const ZERO: Self = Self([0; 6]);

    /// Whether it is of a group of cards, such as all.
    pub fn is_group(self) -> bool {
        self.0[0] & 1 != 0
    }

    /// Whether its user has chosen it, and no maker.
    pub fn is_local(self) -> bool {
        self.0[0] & 2 != 0
    }
}

impl Display for Mac {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, f] = self.0;
        write!(out, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{f:02x}")
    }
}

impl FromStr for Mac {
    type Err = Malformed;

    /// Reads `00:1b:44:11:3a:b7`, also with `-` between the bytes and without a leading zero.
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let unfit = || {
            let shown: String = text.chars().take(64).collect();
            Malformed::whole(format!("\"{}\" is no MAC address such as 00:1b:44:11:3a:b7", shown.escape_debug()))
        };
        let separator = if text.contains('-') { '-' } else { ':' };
        let mut bytes = [0; 6];
        let mut parts = text.split(separator);
        for byte in &mut bytes {
            let digits = |part: &&str| matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_hexdigit());
            let part = parts.next().filter(digits).ok_or_else(unfit)?;
            *byte = u8::from_str_radix(part, 16).map_err(|_| unfit())?;
        }
        if parts.next().is_some() { Err(unfit()) } else { Ok(Self(bytes)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let mac: Mac = "00:1B:44:11:3a:b7".parse().unwrap();
        assert_eq!(mac.to_string(), "00:1b:44:11:3a:b7");
        assert_eq!("0-1b-44-11-3a-b7".parse(), Ok(mac));
        for wrong in ["", "00:1b:44:11:3a", "00:1b:44:11:3a:b7:00", "00:1b:44:11:3a:+7", "g0:1b:44:11:3a:b7"] {
            assert!(wrong.parse::<Mac>().is_err(), "{wrong}");
        }
    }
}
