//! How much memory a program may take. It only reads what the machine says.

use nix::sys::resource::{Resource, getrlimit};
use nix::sys::sysinfo::sysinfo;

/// What a program may take if nobody says: three quarters of what the machine, its container
/// and the process's own limit have, so that too much is an error that the program can catch
/// and not its end.
pub fn bearable() -> usize {
    let machine = sysinfo().map_or(u64::MAX, |info| info.ram_total());
    let process = getrlimit(Resource::RLIMIT_AS).map_or(u64::MAX, |(soft, _)| soft);
    let least = machine.min(process).min(container().unwrap_or(u64::MAX));
    usize::try_from(least / 4 * 3).unwrap_or(usize::MAX)
}

/// The limit of the container that the process runs in, if it has one.
fn container() -> Option<u64> {
    std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok()?.trim().parse().ok()
}

/// Bytes of `512K`, `64M`, `2G` or a plain number.
pub fn parse_size(text: &str) -> Result<usize, String> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let shift = match unit.to_ascii_uppercase().trim_end_matches('B').trim_end_matches('I') {
        "" => Some(0),
        "K" => Some(10),
        "M" => Some(20),
        "G" => Some(30),
        _ => None,
    };
    let size = digits.parse::<usize>().ok().zip(shift).and_then(|(number, shift)| number.checked_mul(1 << shift));
    size.filter(|&size| size > 0).ok_or_else(|| format!("error: `{text}` is no size: use a number with K, M or G"))
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("100"), Ok(100));
        assert_eq!(parse_size("512k"), Ok(512 << 10));
        assert_eq!(parse_size("64MiB"), Ok(64 << 20));
        assert_eq!(parse_size("2G"), Ok(2 << 30));
        for wrong in ["", "M", "0", "-1", "3X", "99999999999G"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
