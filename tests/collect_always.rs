//! Scripts with the collector at work wherever it may be: a value that it cannot see is lost at once.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use sentra::program;
use sentra::script::{self, Script};

const LIMIT: Duration = Duration::from_secs(30);

/// Folders of scripts that work with all kinds of objects, and wait.
const FOLDERS: [&str; 9] = ["channels", "closures", "defer", "errors", "fibers", "fstrings", "json", "maps", "select"];

/// Parts of names of scripts that keep so much that looking at all of it all the time takes too long.
const LARGE: [&str; 6] = ["many", "deep", "fast", "cheap", "large", "quadratic"];

fn check(path: &Path, amount: &str, scratch: &Path) -> Result<(), String> {
    let script = Script::load(path)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let directory = scratch.join(format!("{name}-{amount}"));
    // What an earlier run left behind would change what the script sees.
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).map_err(|error| error.to_string())?;
    let mut command = program::sentra_vm();
    command.args(["run", "--collect-always", amount]).arg(path).args(&script.expectation.arguments);
    let outcome = program::run(command.current_dir(directory), script.expectation.input.as_bytes(), LIMIT);
    script.expectation.check(&outcome).map_err(|report| format!("{} ({amount})\n{report}", path.display()))
}

#[test]
fn nothing_that_is_used_is_collected() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("collect-always");
    let paths = FOLDERS.iter().flat_map(|folder| script::find(&program::root().join("tests/scripts").join(folder)));
    let fits = |path: &Path| !LARGE.iter().any(|part| path.to_string_lossy().contains(part));
    let paths: Vec<_> = paths.filter(|path| fits(path)).collect();
    let jobs: Vec<_> = paths.iter().flat_map(|path| ["whole", "piece"].map(|amount| (path, amount))).collect();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    program::directory();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some((path, amount)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(report) = check(path, amount, &scratch) {
                        failures.lock().expect("no thread panics with the lock").push(report);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("all threads have ended");
    assert!(failures.is_empty(), "\n{}\n{} failures", failures.join("\n"), failures.len());
}
