//! Limits that the system sets to this process.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Lets the process open as many files and sockets as it is allowed to at most. Programs
/// start with a low limit for the sake of `select`, which nothing here uses.
pub fn raise_file_limit() {
    if let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE)
        && soft < hard
    {
        // What was allowed before still is if this fails.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, hard, hard);
    }
}

/// How many files and sockets the process may have open.
pub fn files() -> usize {
    getrlimit(Resource::RLIMIT_NOFILE).map_or(1024, |(soft, _)| usize::try_from(soft).unwrap_or(usize::MAX))
}

/// Limits the process to so many open sockets and files beside those that it has now.
///
/// The system limits numbers, not counts, and what is opened takes the lowest that is free: the
/// limit is the number below which so many are free.
///
/// # Errors
/// What the system says: of what is open it cannot tell, or it does not limit.
pub fn limit_files(most: usize) -> std::io::Result<()> {
    let taken = open_descriptors()?;
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let mut limit = most as u64;
    for descriptor in taken {
        if descriptor >= limit {
            break;
        }
        limit = limit.saturating_add(1);
    }
    let limit = limit.min(hard);
    Ok(setrlimit(Resource::RLIMIT_NOFILE, limit, limit)?)
}

/// The descriptors of this process, the lowest first.
fn open_descriptors() -> std::io::Result<Vec<u64>> {
    let mut open = Vec::new();
    for entry in std::fs::read_dir("/proc/self/fd")? {
        open.extend(entry?.file_name().to_str().and_then(|name| name.parse::<u64>().ok()));
    }
    // The listing had one open, too, which is closed by now.
    open.retain(|descriptor| std::fs::symlink_metadata(format!("/proc/self/fd/{descriptor}")).is_ok());
    open.sort_unstable();
    Ok(open)
}
