//! `sentra-vm test`: finds tests, runs each in a process of its own, over the cores, and reports.
//!
//! A process a test: a crash, a loop without end, a leak, a changed environment or a child that was
//! left running never reaches another test, and whatever a test or its children write is known to
//! be its own. What a process costs is a few milliseconds.

mod discover;
mod events;
mod junit;
mod launch;
mod lines;
mod pool;
mod single;
mod summary;
mod verdict;

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::output::Output;
use discover::Found;
use launch::{Launcher, Outcome};
use summary::Summary;

pub(crate) use single::run as run_single;

/// The status when a test failed.
const FAILED: i32 = 1;
/// The status when nothing could be run, or not all of it.
const UNUSABLE: i32 = 2;

/// What the command line asks for.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Files and folders to look for tests in.
    pub paths: Vec<PathBuf>,
    /// Only tests whose `FILE::NAME` contains this.
    pub filter: String,
    /// How many run at a time.
    pub jobs: usize,
    /// How long each may take.
    pub timeout: Duration,
    /// What each test's VM is told as `--max-memory`.
    pub max_memory: Option<OsString>,
    /// A JSON object a line instead of text.
    pub json: bool,
    /// Where a JUnit report goes.
    pub junit: Option<PathBuf>,
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// Only name the tests.
    pub list: bool,
}

/// One test: a function of a file, or the file's top level alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Test {
    /// The file, as reports show it.
    pub file: String,
    /// The function.
    pub name: String,
}

impl Test {
    /// `FILE::NAME`, which `--filter` looks at.
    pub fn id(&self) -> String {
        format!("{}::{}", self.file, self.name)
    }
}

/// Tells people or programs what happens.
trait Reporter {
    /// So many tests have ended, so many of them badly, and this one has been started or has ended.
    fn progress(&mut self, _output: &mut Output, _ended: usize, _failed: usize, _test: &Test) {}
    /// A file does not compile.
    fn broken(&mut self, output: &mut Output, file: &str, report: &str);
    /// A test has ended. They come in the order of the files.
    fn test(&mut self, output: &mut Output, test: &Test, outcome: &Outcome);
    /// All that ran has ended.
    fn end(&mut self, output: &mut Output, summary: &Summary);
}

/// Runs what the settings ask for; the status to exit with.
pub(crate) fn run(settings: &Settings, output: &mut Output) -> Result<i32, String> {
    let found = discover::find(settings)?;
    if settings.list {
        found.tests.iter().for_each(|test| output.write(format!("{}\n", test.id()).as_bytes()));
        found.broken.iter().for_each(|broken| output.write_error(broken.report.as_bytes()));
        return Ok(if found.broken.is_empty() { 0 } else { UNUSABLE });
    }
    let mut reporter: Box<dyn Reporter> = match settings.json {
        true => Box::new(events::Events),
        false => Box::new(lines::Lines::new(io::stdout().is_terminal(), found.tests.len())),
    };
    run_found(settings, &found, &mut *reporter, output)
}

fn run_found(
    settings: &Settings,
    found: &Found,
    reporter: &mut dyn Reporter,
    output: &mut Output,
) -> Result<i32, String> {
    let start = Instant::now();
    let stop = watch_signals().map_err(|error| format!("error: signals cannot be handled: {error}"))?;
    let launcher = Launcher::new(settings)?;
    for broken in &found.broken {
        reporter.broken(output, &broken.file, &broken.report);
    }
    let outcomes = match found.broken.is_empty() || !settings.fail_fast {
        true => pool::run(settings, &found.tests, &launcher, &stop, reporter, output),
        false => found.tests.iter().map(|_| None).collect(),
    };
    let summary = Summary::of(found, &outcomes, start.elapsed(), pool::signal(&stop));
    reporter.end(output, &summary);
    if let Some(path) = &settings.junit {
        write_junit(path, &junit::document(found, &outcomes, &summary))?;
    }
    Ok(summary.status())
}

fn write_junit(path: &Path, document: &str) -> Result<(), String> {
    std::fs::write(path, document).map_err(|error| format!("error: {}: {error}", path.display()))
}

/// The signal that came, 0 for none; a second one ends the process at once.
fn watch_signals() -> io::Result<Arc<AtomicUsize>> {
    let caught = Arc::new(AtomicUsize::new(0));
    crate::signals::exit_at_second()?;
    for signal in [SIGINT, SIGTERM] {
        flag::register_usize(signal, Arc::clone(&caught), signal as usize)?;
    }
    Ok(caught)
}
