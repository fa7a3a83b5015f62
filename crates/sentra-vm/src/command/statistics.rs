//! The figures of `--stats`.

use std::fmt::Write;
use std::time::Duration;

use crate::vm::Vm;

/// One figure a line, `name: value`.
pub(super) fn report(vm: &Vm) -> String {
    let mut text = String::new();
    if let Some(statistics) = vm.statistics() {
        let mut pauses = statistics.pauses.clone();
        pauses.sort_unstable();
        let _ = writeln!(text, "collections: {}", statistics.cycles);
        let _ = writeln!(text, "pauses: {}", pauses.len());
        for (name, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            let _ = writeln!(text, "pause {name}: {:.3} ms", milliseconds(quantile(&pauses, share)));
        }
        let _ = writeln!(text, "peak heap: {:.1} MB", megabytes(statistics.peak_bytes.max(vm.heap.bytes())));
    }
    if let Some(bytes) = peak_memory() {
        let _ = writeln!(text, "peak memory: {:.1} MB", megabytes(bytes));
    }
    let (switches, polls) = vm.loop_counts();
    let _ = writeln!(text, "fiber switches: {switches}\npolls: {polls}");
    text
}

/// The value below which this share of the sorted values lies.
fn quantile(sorted: &[Duration], share: f64) -> Duration {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or_default()
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// The most memory that the process has had, as the system counts it.
fn peak_memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<usize>().ok().map(|kilobytes| kilobytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_of_pauses() {
        let sorted: Vec<Duration> = (1..=100).map(Duration::from_millis).collect();
        assert_eq!(quantile(&sorted, 0.5), Duration::from_millis(51));
        assert_eq!(quantile(&sorted, 0.99), Duration::from_millis(99));
        assert_eq!(quantile(&sorted, 1.0), Duration::from_millis(100));
        assert_eq!(quantile(&[], 0.5), Duration::ZERO);
    }
}
