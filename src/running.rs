//! A program that a test talks to while it runs. It is killed when the test lets go of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::program;

/// How long a test waits for a line before it gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A started program.
#[derive(Debug)]
pub struct Running {
    child: Child,
    input: Option<ChildStdin>,
    output: Receiver<String>,
    errors: Receiver<String>,
}

impl Running {
    /// Starts a program with its three streams connected to the test.
    pub fn start(command: &mut Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self {
            input: child.stdin.take(),
            output: lines(child.stdout.take().expect("standard output is piped")),
            errors: lines(child.stderr.take().expect("standard error is piped")),
            child,
        }
    }

    /// Starts a script of `tests/programs` or `examples`.
    pub fn script(path: &str, arguments: &[&str]) -> Self {
        Self::start(program::sentra_vm().arg("run").arg(program::root().join(path)).args(arguments))
    }

    /// The next line of standard output; the test fails when none comes.
    pub fn line(&self) -> String {
        self.output.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            let errors: Vec<String> = self.errors.try_iter().collect();
            panic!("no line of output came; standard error: {}", errors.join("\n"))
        })
    }

    /// The next line of standard output up to a moment; nothing if none comes.
    pub fn line_until(&self, moment: Instant) -> Option<String> {
        self.output.recv_timeout(moment.saturating_duration_since(Instant::now())).ok()
    }

    /// The next line of standard error.
    pub fn error_line(&self) -> String {
        self.errors.recv_timeout(PATIENCE).expect("a line on standard error")
    }

    /// The next line of standard error; nothing if it has ended.
    pub fn error_line_or_end(&self) -> Option<String> {
        self.errors.recv_timeout(PATIENCE).ok()
    }

    /// Whether a line that begins so has come on standard error; those before it are taken.
    pub fn has_error_line(&self, start: &str) -> bool {
        self.errors.try_iter().any(|line| line.starts_with(start))
    }

    /// The number at the end of the next line, by which servers tell their port.
    pub fn port(&self) -> u16 {
        let line = self.line();
        let digits = line.rsplit(|letter: char| !letter.is_ascii_digit()).next().unwrap_or_default();
        digits.parse().unwrap_or_else(|_| panic!("no port in {line:?}"))
    }

    /// Writes to its standard input.
    pub fn write(&mut self, bytes: &[u8]) {
        self.input.as_mut().expect("standard input is open").write_all(bytes).expect("the program reads its input");
    }

    /// Closes its standard input.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// Sends a signal by its name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.child.id())).status();
        assert!(status.is_ok_and(|status| status.success()), "signal {name} was not sent");
    }

    /// The memory that it holds, in KiB.
    pub fn memory(&self) -> u64 {
        program::memory(self.child.id(), "VmRSS")
    }

    /// Whether it waits for something to happen: it has done what there was to do.
    pub fn is_asleep(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, fields)| fields.starts_with('S'))
    }

    /// The processor time that it has used, in ticks of a hundredth of a second.
    pub fn processor_ticks(&self) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        let (_, fields) = stat.rsplit_once(") ").unwrap_or_default();
        fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
    }

    /// Whether a second comes, in good time, in which it takes next to no processor time.
    pub fn comes_to_rest(&self) -> bool {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let before = self.processor_ticks();
            thread::sleep(Duration::from_secs(1));
            if self.processor_ticks() - before <= 5 {
                return true;
            }
        }
        false
    }

    /// Its exit status once it has ended; the test fails when it does not end.
    pub fn end(&mut self) -> ExitStatus {
        let status = program::wait(&mut self.child, Instant::now() + PATIENCE, |_| ());
        status.expect("the program ends")
    }

    /// What is left of its standard output, to its end.
    pub fn rest(&self) -> Vec<String> {
        self.output.iter().collect()
    }

    /// What is left of its standard error, to its end.
    pub fn errors(&self) -> String {
        self.errors.iter().map(|line| line + "\n").collect()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
            if sender.send(text).is_err() {
                break;
            }
            line.clear();
        }
    });
    receiver
}
