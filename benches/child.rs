//! Runs one child process at a time and measures it. It knows nothing of what the child is.

use std::io::Read;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// Nothing here needs longer; what does has hung.
const LONGEST_RUN: Duration = Duration::from_secs(180);

/// A finished child.
pub struct Run {
    /// Seconds of user time, those of the child's own children included.
    pub user: f64,
    /// Standard output.
    pub output: String,
}

/// Runs `command` to its end. User time rather than elapsed time: it hardly changes when the machine is busy.
///
/// The kernel adds a child's time to its parent's account when it is waited for, so the difference over one
/// run is that child's own as long as no two run at once.
pub fn run(command: &mut Command) -> Result<Run, String> {
    let user_before = children_user_seconds();
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("{}: {e}", command.get_program().display()))?;
    let output = collect(child.stdout.take());
    let errors = collect(child.stderr.take());
    let status = loop {
        match child.try_wait().map_err(|e| e.to_string())? {
            Some(status) => break status,
            None if started.elapsed() > LONGEST_RUN => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("no end after {} s", LONGEST_RUN.as_secs()));
            }
            None => thread::sleep(Duration::from_millis(1)),
        }
    };
    let user = children_user_seconds() - user_before;
    let (output, errors) = (output.join().unwrap_or_default(), errors.join().unwrap_or_default());
    if status.success() { Ok(Run { user, output }) } else { Err(format!("{status}\n{errors}")) }
}

/// Reads a pipe in a thread of its own, so that a child that fills both pipes never stops.
fn collect(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn children_user_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("getrusage of children has no way to fail");
    usage.user_time().num_microseconds() as f64 / 1e6
}
