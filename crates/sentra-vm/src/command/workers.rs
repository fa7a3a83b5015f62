//! `--workers`: several processes run one program and share its ports. This one runs none of
//! it: it starts the others, starts again the ones that die, passes on signals and output, and
//! ends when all have ended.

mod lines;
mod ports;
mod process;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use sentra_compiler::command_line::Parsed;

use super::memory;
use super::table::LIMITS;
use crate::{signals, temporary};
use process::{Process, describe, status_of};

/// The most processes.
const MOST: u32 = 1024;
/// Who lives shorter than this has not come to life.
const BIRTH: Duration = Duration::from_secs(1);
/// How often one may fail to come to life in a row.
const TRIES: u32 = 5;
/// The pause before one that died is started again; it doubles with each failure in a row.
const PAUSE: Duration = Duration::from_millis(100);

/// What happens to the process that watches.
enum Event {
    Ended(u32),
    Signal(i32),
}

/// What all workers have in common.
struct Job {
    program: PathBuf,
    /// Whether the program brings its code and flags with it.
    is_bundled: bool,
    /// The command line behind the worker's own flags.
    arguments: Vec<OsString>,
    folder: PathBuf,
    events: Sender<Event>,
}

impl Drop for Job {
    fn drop(&mut self) {
        // What cannot be removed is temporary all the same.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A worker's place.
struct Place {
    number: u32,
    process: Option<Process>,
    /// How often in a row it has died before it came to life.
    failures: u32,
    /// When it is to be started again.
    due: Option<Instant>,
}

/// The number of workers that a command line asks for.
pub(super) fn count(parsed: &Parsed) -> Result<Option<u32>, String> {
    let Some(text) = parsed.value("workers").map(|value| value.to_string_lossy()) else { return Ok(None) };
    match text.parse() {
        Ok(count @ 1..=MOST) => Ok(Some(count)),
        _ => Err(format!("error: `--workers` is 1 to {MOST}, not `{text}`")),
    }
}

/// Runs a program in so many processes, until all have ended; the status. It is in the file that is named, or in
/// an executable.
pub(super) fn run(parsed: &Parsed, count: u32, bundled: Option<PathBuf>) -> Result<i32, String> {
    if bundled.is_none() && parsed.operands[0] == "-" {
        return Err("error: `--workers` needs a file: standard input can be read only once".into());
    }
    if let Some(flag) = ["profile", "trace"].into_iter().find(|flag| parsed.has(flag)) {
        return Err(format!("error: `--{flag}` is for one process, `--workers` for several"));
    }
    let cannot = |error: std::io::Error| format!("error: workers cannot be started: {error}");
    let (events, received) = channel();
    let folder = temporary::create(&std::env::temp_dir()).map_err(cannot)?;
    let is_bundled = bundled.is_some();
    let program = bundled.map_or_else(std::env::current_exe, Ok).map_err(cannot)?;
    let arguments = if is_bundled { parsed.operands[1..].to_vec() } else { arguments(parsed, count) };
    let job = Job { program, is_bundled, arguments, folder, events };
    ports::serve(&job.socket()).map_err(cannot)?;
    watch_signals(job.events.clone()).map_err(cannot)?;
    let places = (1..=count).map(|number| Place { number, process: None, failures: 0, due: Some(Instant::now()) });
    Ok(Watch { job, received, places: places.collect(), ending: false, status: 0 }.run())
}

/// The memory of a worker whose program has no limit of its own: they share what one may take.
pub(super) fn share(count: u32) -> usize {
    memory::bearable() / count as usize
}

/// What each worker is started with, its own number aside.
fn arguments(parsed: &Parsed, count: u32) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = Vec::new();
    let share = || OsString::from(share(count).to_string());
    arguments.extend(["--max-memory".into(), parsed.value("max-memory").cloned().unwrap_or_else(share)]);
    for flag in ["fuel", "collect-always"] {
        arguments.extend(parsed.value(flag).into_iter().flat_map(|value| [format!("--{flag}").into(), value.clone()]));
    }
    for flag in LIMITS.iter().map(|flag| flag.long).chain(["stats"]) {
        arguments.extend(parsed.values(flag).map(|value| match value {
            None => format!("--{flag}").into(),
            Some(value) => [OsStr::new("--"), flag.as_ref(), "=".as_ref(), value].into_iter().collect(),
        }));
    }
    arguments.push("--".into());
    arguments.extend(parsed.operands.iter().cloned());
    arguments
}

fn watch_signals(events: Sender<Event>) -> std::io::Result<()> {
    let signals = signals::each()?;
    thread::Builder::new().name("sentra-signals".into()).spawn(move || {
        for signal in signals {
            if events.send(Event::Signal(signal)).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}

impl Job {
    /// Where workers ask for ports.
    fn socket(&self) -> PathBuf {
        self.folder.join("ports")
    }
}

/// The process that watches.
struct Watch {
    job: Job,
    received: Receiver<Event>,
    places: Vec<Place>,
    /// Whether none is started again.
    ending: bool,
    /// What to exit with.
    status: i32,
}

impl Watch {
    fn run(mut self) -> i32 {
        loop {
            self.start_due();
            if self.places.iter().all(|place| place.process.is_none() && place.due.is_none()) {
                return self.status;
            }
            let due = self.places.iter().filter_map(|place| place.due).min();
            let wait = due.map_or(Duration::from_secs(3600), |due| due.saturating_duration_since(Instant::now()));
            match self.received.recv_timeout(wait) {
                Ok(Event::Signal(signal)) => self.stop(signal),
                Ok(Event::Ended(number)) => self.ended(number),
                // The senders live as long as this; it is time for a start.
                Err(_) => {}
            }
        }
    }

    fn start_due(&mut self) {
        let now = Instant::now();
        for place in &mut self.places {
            if place.due.is_none_or(|due| due > now) {
                continue;
            }
            place.due = None;
            match Process::start(&self.job, place.number) {
                Ok(process) => place.process = Some(process),
                Err(error) => {
                    lines::warn(&format!("worker {} cannot be started: {error}", place.number));
                    place.due = Some(now + BIRTH);
                }
            }
        }
    }

    /// Passes a signal on; none is started again.
    fn stop(&mut self, signal: i32) {
        if !std::mem::replace(&mut self.ending, true) {
            self.status = 128 + signal;
        }
        let signal = Signal::try_from(signal).unwrap_or(Signal::SIGTERM);
        for place in &mut self.places {
            place.due = None;
            place.process.iter().for_each(|process| process.signal(signal));
        }
    }

    fn ended(&mut self, number: u32) {
        let Some(place) = self.places.iter_mut().find(|place| place.number == number) else { return };
        let Some(process) = place.process.take() else { return };
        place.failures = if process.started.elapsed() < BIRTH { place.failures + 1 } else { 0 };
        let status = process.status();
        if self.ending || status.success() {
            return;
        }
        let how = describe(status);
        if place.failures == TRIES {
            lines::warn(&format!("worker {number} {how} {TRIES} times in a row within a second: all workers end"));
            self.stop(Signal::SIGTERM as i32);
            self.status = status_of(status);
            return;
        }
        lines::warn(&format!("worker {number} {how} and is started again"));
        place.due = Some(Instant::now() + PAUSE * 2_u32.pow(place.failures));
    }
}
