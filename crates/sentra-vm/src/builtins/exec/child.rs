//! A child process: how it is started and how it is ended. It knows nothing of fibers.

use std::ffi::OsStr;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::{ExitStatus, Stdio};

use mio::unix::pipe::{Receiver, Sender};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::Command;
use crate::builtins::files::reason;
use crate::children;

/// A process and our ends of its pipes. Dropped before its end is known it is killed, and
/// waited for, so that it leaves nothing behind.
pub(super) struct Child {
    process: std::process::Child,
    ended: bool,
    pub stdin: Option<Sender>,
    pub stdout: Option<Receiver>,
    pub stderr: Option<Receiver>,
}

impl Child {
    /// Starts a program in a process group of its own.
    pub fn start(command: &Command) -> io::Result<Self> {
        let os = |bytes: &Vec<u8>| OsStr::from_bytes(bytes).to_owned();
        let mut starter = std::process::Command::new(OsStr::from_bytes(&command.program));
        starter
            .args(command.arguments.iter().map(os))
            .env_clear()
            .envs(command.environment.iter().map(|(name, value)| (os(name), os(value))))
            .stdin(if command.has_input { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        if let Some(folder) = &command.folder {
            // A missing program and a missing folder are one error to the system.
            let found = std::fs::metadata(folder).and_then(|found| match found.is_dir() {
                true => Ok(()),
                false => Err(ErrorKind::NotADirectory.into()),
            });
            found.map_err(|error| io::Error::new(error.kind(), format!("{}: {}", reason(&error), folder.display())))?;
            starter.current_dir(folder);
        }
        let starting = children::starting();
        let mut process = starter.spawn()?;
        children::all().add(process.id());
        drop(starting);
        let stdin = process.stdin.take().map(Sender::from);
        let stdout = process.stdout.take().map(Receiver::from);
        let stderr = process.stderr.take().map(Receiver::from);
        let child = Self { process, ended: false, stdin, stdout, stderr };
        child.stdin.iter().try_for_each(|pipe| pipe.set_nonblocking(true))?;
        child.stdout.iter().chain(&child.stderr).try_for_each(|pipe| pipe.set_nonblocking(true))?;
        Ok(child)
    }

    /// How it ended, once it has.
    pub fn status(&mut self) -> io::Result<Option<ExitStatus>> {
        let mut children = children::all();
        let status = self.process.try_wait()?;
        if status.is_some() {
            self.ended = true;
            children.remove(self.process.id());
        }
        Ok(status)
    }

    /// Whether its end is known.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Kills it and what it has started, unless it has ended: its number may be another's then.
    pub fn kill(&self) {
        if !self.ended {
            // It fails only where nothing is left to kill.
            let _ = killpg(Pid::from_raw(self.process.id() as i32), Signal::SIGKILL);
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if !self.ended {
            self.kill();
            children::all().remove(self.process.id());
            // After SIGKILL it ends at once; if there is nothing to wait for, so much the better.
            let _ = self.process.wait();
        }
    }
}
