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
