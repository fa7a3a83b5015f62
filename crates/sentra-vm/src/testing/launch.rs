//! Starts a test's process, gathers what it writes, and ends it and its children.

use std::ffi::OsString;
use std::fs;
use std::io::{self, PipeReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use nix::unistd::Pid;

use super::verdict::Verdict;
use super::{Settings, Test};
use crate::{children, temporary};

/// What a test's process may take to end in good order, after its time is up or a signal.
const GRACE: Duration = Duration::from_secs(6);
/// How often a process without news is looked at.
const PAUSE: Duration = Duration::from_millis(20);
/// How long output may still come from children that escaped.
const LINGER: Duration = Duration::from_millis(200);
/// What is kept of either end of a test's output.
const KEPT: usize = 64 << 10;

/// How a test ended and what it wrote, to both streams in order.
#[derive(Clone, Debug)]
pub(super) struct Outcome {
    pub verdict: Verdict,
    pub output: Vec<u8>,
}

/// What all test processes have in common. Its folder is removed at the end.
pub(super) struct Launcher {
    program: PathBuf,
    folder: PathBuf,
    limit: Duration,
    max_memory: Option<OsString>,
}

impl Drop for Launcher {
    fn drop(&mut self) {
        // What cannot be removed is temporary all the same.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Launcher {
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| format!("error: cannot start tests: {error}"))?;
        let parent = std::env::temp_dir();
        let folder = temporary::create(&parent).map_err(|error| format!("error: {}: {error}", parent.display()))?;
        Ok(Self { program, folder, limit: settings.timeout, max_memory: settings.max_memory.clone() })
    }

    /// Runs a test to its end; nothing if `stopped` said so before.
    pub fn run(&self, test: &Test, number: usize, stopped: &dyn Fn() -> bool) -> Option<Outcome> {
        let start = Instant::now();
        let temporary = self.folder.join(number.to_string());
        let result = temporary.with_extension("result");
        let outcome = match self.start(test, &temporary, &result) {
            Ok((child, output)) => Watched::new(child, output, start + self.limit + GRACE).end(stopped)?,
            Err(error) => {
                let message = format!("the test's process cannot be started: {error}");
                return Some(Outcome { verdict: Verdict::failed("io", message, start.elapsed()), output: Vec::new() });
            }
        };
        let verdict = fs::read(&result).ok().and_then(|bytes| Verdict::decode(&bytes));
        let verdict = verdict.unwrap_or_else(|| self.crashed(&outcome, start.elapsed()));
        let _ = fs::remove_dir_all(&temporary);
        Some(Outcome { verdict, output: outcome.output })
    }

    fn start(&self, test: &Test, temporary: &Path, result: &Path) -> io::Result<(Child, PipeReader)> {
        fs::create_dir_all(temporary)?;
        let (reader, writer) = io::pipe()?;
        let mut command = Command::new(&self.program);
        command.arg("test").arg("--only").arg(&test.name).arg("--result").arg(result);
        command.arg("--timeout").arg(self.limit.as_secs_f64().to_string());
        if let Some(size) = &self.max_memory {
            command.arg("--max-memory").arg(size);
        }
        command.arg("--").arg(&test.file).env("TMPDIR", temporary).process_group(0);
        command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
        let child = command.spawn()?;
        children::all().add(child.id());
        Ok((child, reader))
    }

    fn crashed(&self, ended: &Ended, elapsed: Duration) -> Verdict {
        if ended.killed {
            let limit = self.limit.as_secs_f64();
            return Verdict::failed("timeout", format!("still running after {limit} s, and had to be killed"), elapsed);
        }
        let how = match (ended.status.signal(), ended.status.code()) {
            (Some(signal), _) => Signal::try_from(signal).map_or(format!("signal {signal}"), |it| it.to_string()),
            (_, code) => format!("status {}", code.unwrap_or_default()),
        };
        Verdict::failed("crash", format!("the test's process ended without a result, with {how}"), elapsed)
    }
}

/// How a process ended.
struct Ended {
    status: ExitStatus,
    killed: bool,
    output: Vec<u8>,
}

/// A process that runs.
struct Watched {
    child: Child,
    latest: Instant,
    kept: Arc<Mutex<Kept>>,
    closed: Receiver<()>,
    killed: bool,
}

impl Watched {
    fn new(child: Child, mut output: PipeReader, latest: Instant) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let (sender, closed) = channel();
        let ours = Arc::clone(&kept);
        thread::spawn(move || {
            let mut bytes = vec![0; 16 << 10];
            while let Ok(read @ 1..) = output.read(&mut bytes) {
                ours.lock().unwrap_or_else(PoisonError::into_inner).add(&bytes[..read]);
            }
            drop(sender);
        });
        Self { child, latest, kept, closed, killed: false }
    }

    /// Waits for the end; nothing if it was `stopped`. What it started ends with it.
    fn end(mut self, stopped: &dyn Fn() -> bool) -> Option<Ended> {
        let mut told = false;
        while self.is_running() {
            if stopped() && !told {
                told = true;
                self.latest = self.latest.min(Instant::now() + GRACE);
                self.signal(Signal::SIGTERM);
            }
            if Instant::now() >= self.latest {
                self.killed = true;
                self.signal(Signal::SIGKILL);
            }
            self.pause();
        }
        // Its children; the group cannot be another's before the process is waited for.
        self.signal(Signal::SIGKILL);
        children::all().remove(self.child.id());
        let status = self.child.wait().unwrap_or_default();
        let _ = self.closed.recv_timeout(LINGER);
        let output = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take();
        (!told).then_some(Ended { status, killed: self.killed, output })
    }

    /// Looks without taking the status, so that the process's number stays its own.
    fn is_running(&self) -> bool {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        matches!(waitid(Id::Pid(self.pid()), flags), Ok(WaitStatus::StillAlive))
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    fn signal(&self, signal: Signal) {
        // It fails if there is nobody left, which is what is wanted.
        let _ = killpg(self.pid(), signal);
    }

    /// The end of the output is mostly the end of the process.
    fn pause(&self) {
        match self.closed.recv_timeout(PAUSE) {
            Err(RecvTimeoutError::Disconnected) => thread::sleep(Duration::from_micros(300)),
            Err(RecvTimeoutError::Timeout) | Ok(()) => {}
        }
    }
}

/// The beginning and the end of an output of any length.
#[derive(Default)]
struct Kept {
    first: Vec<u8>,
    last: Vec<u8>,
    dropped: usize,
}

impl Kept {
    fn add(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(KEPT - self.first.len()));
        self.first.extend_from_slice(first);
        self.last.extend_from_slice(rest);
        if self.last.len() > 2 * KEPT {
            let surplus = self.last.len() - KEPT;
            self.last.drain(..surplus);
            self.dropped += surplus;
        }
    }

    fn take(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.first);
        if self.dropped > 0 {
            bytes.extend_from_slice(format!("\n… {} bytes left out …\n", self.dropped).as_bytes());
        }
        bytes.append(&mut self.last);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_long_output_are_kept() {
        let mut kept = Kept::default();
        for number in 0..100_000 {
            kept.add(format!("line {number}\n").as_bytes());
        }
        let text = String::from_utf8(kept.take()).expect("only text was added");
        assert!(text.starts_with("line 0\n") && text.ends_with("line 99999\n") && text.contains("bytes left out"));
        assert!(text.len() < 4 * KEPT);
    }
}
