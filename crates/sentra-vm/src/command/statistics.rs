//! The figures of `--stats`.

use std::fmt::Write;
use std::time::Duration;

use crate::vm::Vm;

/// A figure: its name, its value and unit.
pub(super) struct Figure {
    name: &'static str,
    value: f64,
    unit: Unit,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Count,
    Milliseconds,
    Megabytes,
}

/// All that there is to say.
pub(super) fn figures(vm: &Vm) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut add = |name, value, unit| figures.push(Figure { name, value, unit });
    if let Some(statistics) = vm.statistics() {
        let mut pauses = statistics.pauses.clone();
        pauses.sort_unstable();
        add("instructions", vm.instructions as f64, Unit::Count);
        add("allocations", vm.heap.allocations().unwrap_or(0) as f64, Unit::Count);
        add("collections", statistics.cycles as f64, Unit::Count);
        add("pauses", pauses.len() as f64, Unit::Count);
        for (name, share) in [("pause p50", 0.5), ("pause p99", 0.99), ("pause max", 1.0)] {
            add(name, milliseconds(quantile(&pauses, share)), Unit::Milliseconds);
        }
        add("peak heap", megabytes(statistics.peak_bytes.max(vm.heap.bytes())), Unit::Megabytes);
    }
    if let Some(bytes) = peak_memory() {
        add("peak memory", megabytes(bytes), Unit::Megabytes);
    }
    let (switches, polls) = vm.loop_counts();
    add("fiber switches", switches as f64, Unit::Count);
    add("polls", polls as f64, Unit::Count);
    if let Some(lag) = vm.measure.as_ref().and_then(|measure| measure.lag.as_ref()) {
        for (name, share) in [("loop lag p50", 0.5), ("loop lag p99", 0.99)] {
            add(name, milliseconds(lag.quantile(share)), Unit::Milliseconds);
        }
        add("loop lag max", milliseconds(lag.longest()), Unit::Milliseconds);
    }
    figures
}

/// One figure a line, `name: value`; or one JSON object, whose names have the unit where there is one.
pub(super) fn text(figures: &[Figure], json: bool) -> String {
    let mut text = String::new();
    if json {
        let entry = |figure: &Figure| {
            let name = figure.name.replace(' ', "_");
            match figure.unit {
                Unit::Count => (name, serde_json::json!(figure.value as u64)),
                Unit::Milliseconds => (name + "_ms", serde_json::json!(figure.value)),
                Unit::Megabytes => (name + "_mb", serde_json::json!(figure.value)),
            }
        };
        let object: serde_json::Map<_, _> = figures.iter().map(entry).collect();
        let _ = writeln!(text, "{}", serde_json::Value::from(object));
        return text;
    }
    for Figure { name, value, unit } in figures {
        let _ = match unit {
            Unit::Count => writeln!(text, "{name}: {value}"),
            Unit::Milliseconds => writeln!(text, "{name}: {value:.3} ms"),
            Unit::Megabytes => writeln!(text, "{name}: {value:.1} MB"),
        };
    }
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
