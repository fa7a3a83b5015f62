//! Who made a network card: the registry of the first bits of MAC addresses (IEEE MA-L, MA-M,
//! MA-S and IAB), as a table that `cargo xtask vendors` writes.
//!
//! The table lies compressed within the program and is read when it is first asked.

use std::io::Read;
use std::sync::OnceLock;

/// The registry: names by how often they occur, then for each length of prefixes the
/// differences from one to the next, each with the number of its name. All numbers are varints.
static TABLE: &[u8] = include_bytes!("vendor/table.deflate");

/// The lengths of prefixes in bits, as the table has them.
pub const LENGTHS: [u32; 3] = [24, 28, 36];

/// The registry as it is searched.
struct Registry {
    names: Vec<Box<str>>,
    /// For each length the prefixes in order, and the numbers of their names.
    prefixes: [Vec<(u64, u32)>; LENGTHS.len()],
}

/// The name under which the first bits of a MAC address are registered: the longest prefix
/// decides. Addresses that somebody chose for himself, or that are of a group, have none.
pub fn of(mac: [u8; 6]) -> Option<&'static str> {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    if mac[0] & 3 != 0 {
        return None;
    }
    let registry = REGISTRY.get_or_init(|| Registry::read().unwrap_or_else(Registry::empty));
    let whole = mac.iter().fold(0, |bits, byte| bits << 8 | u64::from(*byte));
    registry.find(whole)
}

impl Registry {
    fn empty() -> Self {
        Self { names: Vec::new(), prefixes: Default::default() }
    }

    /// Reads the table; nothing if it is damaged.
    fn read() -> Option<Self> {
        let mut bytes = Vec::new();
        flate2::read::DeflateDecoder::new(TABLE).read_to_end(&mut bytes).ok()?;
        let mut rest = &bytes[..];
        let mut registry = Self::empty();
        for _ in 0..number(&mut rest)? {
            let length = number(&mut rest)? as usize;
            let name = rest.split_off(..length)?;
            registry.names.push(std::str::from_utf8(name).ok()?.into());
        }
        for prefixes in &mut registry.prefixes {
            let mut prefix = 0;
            for _ in 0..number(&mut rest)? {
                prefix += number(&mut rest)?;
                prefixes.push((prefix, number(&mut rest)? as u32));
            }
        }
        Some(registry)
    }

    fn find(&self, mac: u64) -> Option<&str> {
        let lengths = LENGTHS.iter().zip(&self.prefixes).rev();
        let found = lengths.filter_map(|(length, prefixes)| {
            let prefix = mac >> (48 - length);
            let at = prefixes.binary_search_by_key(&prefix, |(prefix, _)| *prefix).ok()?;
            self.names.get(prefixes[at].1 as usize)
        });
        found.map(|name| &**name).next()
    }
}

/// Takes a number off: seven bits in each byte, the lowest first.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = *rest.split_off_first()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_decides() {
        assert_eq!(of([0x00, 0x00, 0x0c, 1, 2, 3]), Some("Cisco Systems, Inc"));
        // Both the first 24 bits and the first 36 are registered.
        assert_eq!(of([0x70, 0xb3, 0xd5, 0xf2, 0xf1, 2]), Some("TELEPLATFORMS"));
        assert_eq!(of([0xb0, 0x1f, 0x81, 0xf0, 0, 0]), None, "a private entry names nobody");
    }

    #[test]
    fn nobody_has_registered_what_is_chosen() {
        for mac in [[2, 0, 0, 0, 0, 1], [0xff; 6], [0x01, 0, 0x5e, 0, 0, 1]] {
            assert_eq!(of(mac), None);
        }
    }

    #[test]
    fn the_table_is_whole() {
        let registry = Registry::read().unwrap();
        assert!(registry.prefixes[0].len() > 30_000);
        for prefixes in &registry.prefixes {
            assert!(prefixes.is_sorted_by(|a, b| a.0 < b.0));
            assert!(prefixes.iter().all(|(_, name)| (*name as usize) < registry.names.len()));
        }
    }
}
