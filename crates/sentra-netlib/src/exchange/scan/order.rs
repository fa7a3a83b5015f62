//! The order in which ports are probed: scattered, so that neighbours, which are often
//! filtered together, do not hold up the others.

/// Every number below a count once: a walk by a stride that has no factor in common with it.
#[derive(Debug)]
pub(super) struct Order {
    count: u64,
    stride: u64,
    at: u64,
    left: u64,
}

impl Order {
    pub fn new(count: u32, seed: u64) -> Self {
        let count = u64::from(count);
        // Near the golden section numbers that follow each other lie far apart.
        let mut stride = (count * 618 / 1000).max(1);
        while common_factor(stride, count) != 1 {
            stride += 1;
        }
        Self { count, stride, at: seed % count.max(1), left: count }
    }

    pub fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        let number = self.at;
        self.at = (self.at + self.stride) % self.count;
        Some(number as u32)
    }

    pub fn is_empty(&self) -> bool {
        self.left == 0
    }
}

fn common_factor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { common_factor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_comes_once() {
        for count in (1..200).chain([1000, 4096, 65_535, 65_536]) {
            let mut order = Order::new(count, 7);
            let mut seen: Vec<u32> = std::iter::from_fn(|| order.next()).collect();
            assert!(order.is_empty());
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..count), "{count}");
        }
    }
}
