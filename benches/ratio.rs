//! Ratios of Sentra's time to a peer's: their means, and those of earlier runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// A change beyond this is shown.
const NOTABLE: f64 = 0.05;

/// The geometric mean; nothing has none.
pub fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    let logs: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (!ratios.is_empty()).then(|| (logs / ratios.len() as f64).exp())
}

/// Ratios by program and peer.
pub type Ratios = BTreeMap<(String, String), f64>;

fn path(stored: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches").join(stored)
}

/// The ratios stored in a file beside the benches; none if there are none yet.
pub fn load(stored: &str) -> Ratios {
    let text = std::fs::read_to_string(path(stored)).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(parse).collect()
}

fn parse(line: &str) -> Option<((String, String), f64)> {
    let mut words = line.split_whitespace();
    let key = (words.next()?.to_owned(), words.next()?.to_owned());
    Some((key, words.next()?.parse().ok()?))
}

/// Stores `measured` over what is stored; programs that did not run keep theirs.
pub fn save(stored: &str, measured: &Ratios) -> std::io::Result<()> {
    let mut all = load(stored);
    all.extend(measured.clone());
    let mut text = String::from("# Sentra's user time over the peer's: program, peer, ratio.\n");
    for ((program, peer), ratio) in &all {
        text += &format!("{program} {peer} {ratio:.3}\n");
    }
    std::fs::write(path(stored), text)
}

/// One line for each ratio that is no longer what it was, worst first.
pub fn changes(stored: &Ratios, measured: &Ratios) -> Vec<String> {
    let mut found: Vec<(f64, String)> = Vec::new();
    for (key, now) in measured {
        let Some(before) = stored.get(key) else { continue };
        let change = now / before - 1.0;
        if change.abs() > NOTABLE {
            let word = if change > 0.0 { "slower" } else { "faster" };
            let (program, peer) = key;
            found
                .push((change, format!("{word}: {program}/{peer} {before:.3} -> {now:.3} ({:+.0} %)", change * 100.0)));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().map(|(_, line)| line).collect()
}
