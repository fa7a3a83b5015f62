//! One run of a command with bounds: on what it prints, how long it takes, and how large a folder becomes.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::load::reason;

/// What is kept of a command's complaints.
const COMPLAINTS: u64 = 16 << 10;
/// A folder that grows is looked at this often.
const LOOK: Duration = Duration::from_millis(250);

/// The bounds of a run.
pub(super) struct Bounds<'f> {
    /// The most that it may print.
    pub output: usize,
    /// The longest that it may take.
    pub time: Duration,
    /// A folder and how large it may become.
    pub folder: Option<(&'f Path, u64)>,
}

/// Runs a command to its end; what it has printed.
///
/// # Errors
/// What it says when it fails, or which bound it has left.
pub(super) fn run(command: &mut Command, input: Vec<u8>, bounds: &Bounds<'_>) -> Result<Vec<u8>, String> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "the command `git` is needed and is not installed".to_owned(),
        _ => format!("git cannot be started: {}", reason(&error)),
    })?;
    let mut stdin = child.stdin.take().expect("it is a pipe");
    // It need not read its input: what is wrong then, it says itself.
    thread::spawn(move || stdin.write_all(&input));
    let output = collect(child.stdout.take().expect("it is a pipe"), bounds.output as u64 + 1);
    let complaints = collect(child.stderr.take().expect("it is a pipe"), COMPLAINTS);
    let ended = wait(&mut child, bounds);
    if ended.is_err() {
        // It may have ended by itself just now.
        let _ = child.kill();
        let _ = child.wait();
    }
    let well = ended?;
    let output = output.recv_timeout(Duration::from_secs(10)).unwrap_or_default();
    if output.len() > bounds.output {
        return Err(format!("more than {} MiB of output", bounds.output >> 20));
    }
    match well {
        true => Ok(output),
        false => Err(plain(&complaints.recv_timeout(Duration::from_secs(1)).unwrap_or_default())),
    }
}

/// Reads a pipe up to a bound, then closes it, which ends whoever writes to it.
fn collect(pipe: impl Read + Send + 'static, most: u64) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.take(most).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

/// Waits for the end; whether it was a good one.
fn wait(child: &mut Child, bounds: &Bounds<'_>) -> Result<bool, String> {
    let start = Instant::now();
    let (mut pause, mut looked) = (Duration::from_millis(1), start);
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) => {}
            Err(error) => return Err(format!("git cannot be waited for: {}", reason(&error))),
        }
        if start.elapsed() > bounds.time {
            return Err(format!("git was still running after {} s", bounds.time.as_secs()));
        }
        if let Some((folder, most)) = bounds.folder
            && looked.elapsed() > LOOK
        {
            looked = Instant::now();
            if size(folder) > most {
                return Err(format!("the repository is larger than {} MiB", most >> 20));
            }
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// How large the files below a folder are.
fn size(folder: &Path) -> u64 {
    let mut sum = 0;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        sum += match entry.file_type() {
            Ok(kind) if kind.is_dir() => size(&entry.path()),
            Ok(_) => entry.metadata().map_or(0, |data| data.len()),
            Err(_) => 0,
        };
    }
    sum
}

/// What a command complains of, in one line without what terminals would obey.
fn plain(complaints: &[u8]) -> String {
    let text = String::from_utf8_lossy(complaints);
    let lines = text.lines().map(|line| line.trim_start_matches("fatal: ").trim()).filter(|line| !line.is_empty());
    let line: String = lines.take(6).collect::<Vec<_>>().join("; ");
    line.chars().map(|character| if character.is_control() { '?' } else { character }).take(600).collect()
}
