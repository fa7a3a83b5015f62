//! Runs scripts in every way that they can be run and gathers what differs from their expectations.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{fs, thread};

use crate::expectation::Expectation;
use crate::program::{self, Outcome};

/// No script needs longer, not even with the smallest time slice on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

/// A program in a file with its expectations.
#[derive(Debug)]
pub struct Script {
    /// The file.
    pub path: PathBuf,
    /// What it says of itself.
    pub expectation: Expectation,
}

/// The ways in which a script is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// `sentra-vm run FILE.sn`
    Source,
    /// `sentrac build`, then `sentra-vm run FILE.sbc`
    Bytecode,
    /// `sentra-vm run` with the smallest time slice
    Sliced,
}

/// All ways.
pub const WAYS: [Way; 3] = [Way::Source, Way::Bytecode, Way::Sliced];

impl Script {
    /// Reads a script; an error when its comments make no sense or expect nothing.
    pub fn load(path: &Path) -> Result<Self, String> {
        let source = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let expectation = Expectation::read(&String::from_utf8_lossy(&source))
            .map_err(|message| format!("{}: {message}", path.display()))?;
        if !expectation.stated {
            return Err(format!("{}: expects nothing", path.display()));
        }
        Ok(Self { path: path.to_owned(), expectation })
    }

    /// The directory that it runs in.
    fn directory(&self, way: Way, base: &Path, scratch: &Path) -> PathBuf {
        let name = self.path.strip_prefix(base).unwrap_or(&self.path).display().to_string();
        scratch.join(format!("{}-{way:?}", name.replace(['/', '.'], "-")))
    }

    /// How calls of builtins ended when it ran from source: lines of a name and a fault's kind.
    pub fn record(&self, base: &Path, scratch: &Path) -> String {
        let path = self.directory(Way::Source, base, scratch).with_extension("record");
        fs::read_to_string(path).unwrap_or_default()
    }

    /// Runs it in an empty directory of its own.
    pub fn run(&self, way: Way, directory: &Path) -> Result<(), String> {
        // A directory left over from an earlier run would change what file scripts see.
        let _ = fs::remove_dir_all(directory);
        fs::create_dir_all(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        let mut command = program::sentra_vm();
        command.arg("run");
        if let Some(size) = &self.expectation.memory {
            command.args(["--max-memory", size]);
        }
        let mut said = Vec::new();
        match way {
            Way::Source => command.arg("--record").arg(directory.with_extension("record")).arg(&self.path),
            Way::Sliced => command.args(["--fuel", "1"]).arg(&self.path),
            Way::Bytecode => {
                let bytecode = directory.with_extension("sbc");
                let build = self.build(&bytecode);
                if !self.expectation.diagnostics.is_empty() {
                    return self.expectation.check(&build);
                }
                if build.status != Some(0) {
                    return Err(format!("sentrac build: status {:?}\n{}", build.status, build.errors()));
                }
                said = build.stderr;
                command.arg(bytecode)
            }
        };
        command.args(&self.expectation.arguments).current_dir(directory);
        let mut outcome = program::run(&mut command, self.expectation.input.as_bytes(), LIMIT);
        // Running a source says what compiling it says, and then what the run says.
        said.append(&mut outcome.stderr);
        outcome.stderr = said;
        self.expectation.check(&outcome)
    }

    fn build(&self, bytecode: &Path) -> Outcome {
        let mut command = program::sentrac();
        command.arg("build").arg(&self.path).arg("-o").arg(bytecode);
        program::run(&mut command, b"", LIMIT)
    }
}

/// Every script beneath a directory, in order; what lies in a folder `lib` is imported by others and no script itself.
pub fn find(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    for entry in entries {
        let path = entry.expect("a directory can be read").path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "lib") {
                found.extend(find(&path));
            }
        } else if path.extension().is_some_and(|extension| extension == "sn") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Runs every script in every way on all cores; the failures, in order.
pub fn run_all(scripts: &[Script], base: &Path, scratch: &Path) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let failures = Mutex::new(Vec::new());
    let jobs: Vec<(&Script, Way)> = scripts.iter().flat_map(|script| WAYS.map(|way| (script, way))).collect();
    program::directory();
    thread::scope(|scope| {
        // Scripts wait as often as they compute.
        for _ in 0..2 * thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((script, way)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let name = script.path.strip_prefix(base).unwrap_or(&script.path).display().to_string();
                    let directory = script.directory(*way, base, scratch);
                    if let Err(report) = script.run(*way, &directory) {
                        let report = format!("{name} ({way:?})\n{report}");
                        failures.lock().expect("no thread panics with the lock").push(report);
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("all threads have ended");
    failures.sort();
    failures
}
