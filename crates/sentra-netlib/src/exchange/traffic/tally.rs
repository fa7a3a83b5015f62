//! Sums by key, for a bounded number of keys.

use std::collections::HashMap;
use std::hash::Hash;

/// Packets and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counts {
    /// How many bytes, as they were on the link.
    pub bytes: u64,
    /// How many packets.
    pub packets: u64,
}

impl Counts {
    /// Counts a packet.
    pub fn add(&mut self, length: usize) {
        self.packets += 1;
        self.bytes += length as u64;
    }

    /// The sum.
    pub fn plus(self, other: Self) -> Self {
        Self { packets: self.packets + other.packets, bytes: self.bytes + other.bytes }
    }

    /// The greater of each.
    pub fn most(self, other: Self) -> Self {
        Self { packets: self.packets.max(other.packets), bytes: self.bytes.max(other.bytes) }
    }
}

/// Sums by key. Up to `most` keys it is exact. When there are twice as many it forgets the half
/// with the fewest bytes: then a key that comes again counts from nothing.
#[derive(Clone)]
pub struct Tally<K> {
    sums: HashMap<K, Counts, foldhash::fast::RandomState>,
    most: usize,
    forgotten: usize,
}

impl<K: Hash + Eq + Clone + Ord> Tally<K> {
    /// Of nothing yet.
    pub fn new(most: usize) -> Self {
        Self { sums: HashMap::default(), most: most.max(1), forgotten: 0 }
    }

    /// Adds to a key's sum.
    pub fn add(&mut self, key: K, counts: Counts) {
        let sum = self.sums.entry(key).or_default();
        *sum = sum.plus(counts);
        if self.sums.len() > self.most * 2 {
            self.forget();
        }
    }

    fn forget(&mut self) {
        let mut bytes: Vec<Counts> = self.sums.values().copied().collect();
        let at = bytes.len() - self.most;
        let (_, &mut least, _) = bytes.select_nth_unstable(at);
        let before = self.sums.len();
        self.sums.retain(|_, counts| *counts > least);
        self.forgotten += before - self.sums.len();
    }

    /// How often a key was forgotten.
    pub fn forgotten(&self) -> usize {
        self.forgotten
    }

    /// The keys with the most bytes, the greatest first.
    pub fn top(&self, count: usize) -> Vec<(K, Counts)> {
        let mut all: Vec<(&K, Counts)> = self.sums.iter().map(|(key, counts)| (key, *counts)).collect();
        let order = |a: &(&K, Counts), b: &(&K, Counts)| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0));
        if count < all.len() {
            all.select_nth_unstable_by(count, order);
            all.truncate(count);
        }
        all.sort_unstable_by(order);
        all.into_iter().map(|(key, counts)| (key.clone(), counts)).collect()
    }

    /// The keys with the most packets, the greatest first.
    pub fn most_frequent(&self, count: usize) -> Vec<(K, u64)> {
        let mut all: Vec<(&K, u64)> = self.sums.iter().map(|(key, counts)| (key, counts.packets)).collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        all.truncate(count);
        all.into_iter().map(|(key, packets)| (key.clone(), packets)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_stay_whatever_comes() {
        let mut tally = Tally::new(100);
        for round in 0..100_000u32 {
            tally.add(round, Counts { packets: 1, bytes: 60 });
            tally.add(u32::MAX - round % 7, Counts { packets: 1, bytes: 1500 });
            assert!(tally.sums.len() <= 201);
        }
        let top = tally.top(7);
        assert!(top.iter().all(|(key, _)| *key >= u32::MAX - 6));
        assert!(top.iter().map(|(_, counts)| counts.packets).sum::<u64>() == 100_000);
        assert!(tally.forgotten() > 0);
    }
}
