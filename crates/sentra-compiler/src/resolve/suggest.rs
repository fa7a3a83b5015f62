//! The nearest known name for an unknown one.

/// The candidate that differs least from `name`, if it is near enough to be meant.
pub fn nearest<'c>(name: &str, candidates: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let limit = match name.len() {
        0..=1 => return None,
        2 => 1,
        3..=5 => 2,
        length => (length / 3).min(4),
    };
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.filter(|candidate| *candidate != name && !candidate.is_empty()) {
        if candidate.len().abs_diff(name.len()) > limit || candidate.len() > 64 || name.len() > 64 {
            continue;
        }
        let distance = distance(name.as_bytes(), candidate.as_bytes());
        let shared = distance < candidate.len().max(name.len());
        let better = best.is_none_or(|(least, text)| (distance, candidate) < (least, text));
        if distance <= limit && shared && better {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How many insertions, deletions, replacements and swaps of neighbours lie between two
/// names; a difference in case alone counts nothing.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let cost = usize::from(!a[i].eq_ignore_ascii_case(&b[j]));
            let mut least = (last[j] + cost).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                let swapped: &Vec<usize> = &before;
                least = least.min(swapped[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn nearest_name_by_typing_distance() {
        let known = ["count", "log", "len", "total", "println"];
        assert_eq!(nearest("cout", known.into_iter()), Some("count"));
        assert_eq!(nearest("lgo", known.into_iter()), Some("log"));
        assert_eq!(nearest("Total", known.into_iter()), Some("total"));
        assert_eq!(nearest("printn", known.into_iter()), Some("println"));
        assert_eq!(nearest("zebra", known.into_iter()), None);
        assert_eq!(nearest("x", known.into_iter()), None);
    }
}
