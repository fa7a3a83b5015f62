//! A worker's process, as the one that watches sees it.

use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;

use super::lines::{self, Stream};
use super::{Event, Job};
use crate::command::bundled::Role;

/// How long output may still come from what a worker that has ended left behind.
const LINGER: Duration = Duration::from_millis(200);

/// A worker's process.
pub(super) struct Process {
    child: Child,
    pub started: Instant,
}

impl Process {
    pub fn start(job: &Job, number: u32) -> io::Result<Self> {
        let mut command = Command::new(&job.program);
        match job.is_bundled {
            true => command.arg0(Role::worker(number, &job.socket())),
            false => command.args(["run", "--worker", &number.to_string(), "--ports"]).arg(job.socket()),
        };
        let mut child = command
            .args(&job.arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A signal from the terminal reaches it through us only, and so once.
            .process_group(0)
            .spawn()?;
        let (ends, ended) = channel();
        lines::pass_on(child.stdout.take(), Stream::Output, ends.clone());
        lines::pass_on(child.stderr.take(), Stream::Error, ends);
        let events = job.events.clone();
        let process = Self { child, started: Instant::now() };
        let id = process.id();
        let watch = move || {
            // Left to be waited for, it keeps its number.
            let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
            while waitid(Id::Pid(id), flags) == Err(Errno::EINTR) {}
            // Its last words come before the news of its end: an error is the end of both streams.
            while ended.recv_timeout(LINGER).is_ok() {}
            // Nobody listens once all is over.
            let _ = events.send(Event::Ended(number));
        };
        thread::Builder::new().name("sentra-worker".into()).spawn(watch)?;
        Ok(process)
    }

    fn id(&self) -> Pid {
        Pid::from_raw(self.child.id().cast_signed())
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        // It may have ended this moment; its number is its own until it is waited for.
        let _ = kill(self.id(), signal);
    }

    /// How it has ended, once its end was told.
    pub fn status(mut self) -> ExitStatus {
        self.child.wait().unwrap_or_else(|_| ExitStatus::from_raw(0))
    }
}

/// How a process ended, in words.
pub(super) fn describe(status: ExitStatus) -> String {
    let signal = status.signal().map(|number| match Signal::try_from(number) {
        Ok(signal) => format!("was killed by {signal}"),
        Err(_) => format!("was killed by signal {number}"),
    });
    signal.unwrap_or_else(|| format!("ended with status {}", status.code().unwrap_or(1)))
}

/// The status that tells the same.
pub(super) fn status_of(status: ExitStatus) -> i32 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}
