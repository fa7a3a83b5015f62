//! Masks: what a client mixes into its frames so that no proxy takes them for something else
//! (RFC 6455, sections 5.3 and 10.3).

use ring::rand::{SecureRandom, SystemRandom};

/// Random bytes that are fetched at once.
const FETCHED: usize = 256;

/// Mixes a mask into bytes, or takes it out again; `at` is their place in the frame's payload.
pub fn apply(bytes: &mut [u8], mask: [u8; 4], at: usize) {
    let mut turned = mask;
    turned.rotate_left(at % 4);
    let word =
        u64::from_ne_bytes([turned[0], turned[1], turned[2], turned[3], turned[0], turned[1], turned[2], turned[3]]);
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for eight in words {
        *eight = (u64::from_ne_bytes(*eight) ^ word).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(turned.iter().cycle()) {
        *byte ^= mask;
    }
}

/// Where a client takes its masks from: they must not be foreseeable.
#[derive(Debug)]
pub struct Masks {
    bytes: Box<[u8; FETCHED]>,
    used: usize,
}

impl Default for Masks {
    fn default() -> Self {
        Self { bytes: Box::new([0; FETCHED]), used: FETCHED }
    }
}

impl Masks {
    /// The next mask.
    ///
    /// # Panics
    ///
    /// If the system has no random bytes.
    pub fn draw(&mut self) -> [u8; 4] {
        if self.used == FETCHED {
            SystemRandom::new().fill(&mut *self.bytes).expect("the system has random bytes");
            self.used = 0;
        }
        let at = self.used;
        self.used += 4;
        [self.bytes[at], self.bytes[at + 1], self.bytes[at + 2], self.bytes[at + 3]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_meets_its_part_of_the_mask() {
        let mask = [1, 2, 4, 8];
        for len in 0..40 {
            for cut in 0..=len {
                let plain: Vec<u8> = (0..len).map(|byte| byte as u8).collect();
                let wanted: Vec<u8> = plain.iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b).collect();
                let mut bytes = plain;
                let (first, second) = bytes.split_at_mut(cut);
                apply(first, mask, 0);
                apply(second, mask, cut);
                assert_eq!(bytes, wanted, "{len} bytes in pieces of {cut} and the rest");
            }
        }
    }

    #[test]
    fn masks_differ() {
        let mut masks = Masks::default();
        let taken: std::collections::HashSet<_> = (0..1000).map(|_| masks.draw()).collect();
        assert!(taken.len() > 990);
    }
}
