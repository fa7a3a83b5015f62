//! How long the event loop was kept from looking at events: while a fiber or a builtin ran.

use std::time::{Duration, Instant};

/// Classes of an octave.
const CLASSES: u32 = 4;

/// The times between one look's end and the next one's begin, in classes that grow with them.
pub(crate) struct Lag {
    since: Instant,
    counts: [u64; 64 * CLASSES as usize],
    longest: Duration,
}

impl Default for Lag {
    fn default() -> Self {
        Self { since: Instant::now(), counts: [0; 64 * CLASSES as usize], longest: Duration::ZERO }
    }
}

impl Lag {
    pub fn look_begins(&mut self) {
        self.add(self.since.elapsed());
    }

    pub fn look_ends(&mut self) {
        self.since = Instant::now();
    }

    fn add(&mut self, lag: Duration) {
        let nanoseconds = u64::try_from(lag.as_nanos()).unwrap_or(u64::MAX).max(CLASSES.into());
        let octave = nanoseconds.ilog2();
        let class = (nanoseconds >> (octave - CLASSES.ilog2())) as u32 & (CLASSES - 1);
        self.counts[(octave * CLASSES + class) as usize] += 1;
        self.longest = self.longest.max(lag);
    }

    /// The longest.
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// What this share of them does not exceed; its class's upper end.
    pub fn quantile(&self, share: f64) -> Duration {
        let all: u64 = self.counts.iter().sum();
        let wanted = (all as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted && seen > 0 {
                let (octave, class) = (index as u32 / CLASSES, index as u32 % CLASSES);
                let upper = u128::from(CLASSES + class + 1) << octave >> CLASSES.ilog2();
                return Duration::from_nanos(u64::try_from(upper).unwrap_or(u64::MAX)).min(self.longest);
            }
        }
        Duration::ZERO
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_near() {
        let mut lag = Lag::default();
        assert_eq!(lag.quantile(0.99), Duration::ZERO);
        (1..=1000).for_each(|milliseconds| lag.add(Duration::from_millis(milliseconds)));
        lag.add(Duration::ZERO);
        let median = lag.quantile(0.5).as_secs_f64();
        assert!((0.5..0.63).contains(&median), "{median}");
        assert_eq!(lag.quantile(1.0), Duration::from_secs(1));
        assert_eq!(lag.longest(), Duration::from_secs(1));
    }
}
