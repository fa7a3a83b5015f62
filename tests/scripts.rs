//! Every script beneath `tests/scripts` runs from source, from bytecode and with the smallest time slice.
//!
//! `SENTRA_SCRIPTS=text` runs only those whose path contains the text.

use std::path::Path;

use sentra::program;
use sentra::script::{self, Script};

#[test]
fn scripts_do_what_they_say() {
    let base = program::root().join("tests/scripts");
    let filter = std::env::var("SENTRA_SCRIPTS").unwrap_or_default();
    let paths = script::find(&base);
    let chosen = paths.iter().filter(|path| path.to_string_lossy().contains(&filter));
    let (scripts, mut failures) = load(chosen.map(|path| path.as_path()));
    assert!(!scripts.is_empty(), "no script's path contains {filter:?}");
    failures.extend(script::run_all(&scripts, &base, Path::new(env!("CARGO_TARGET_TMPDIR"))));
    println!("{} scripts, {} failures", scripts.len(), failures.len());
    assert!(failures.is_empty(), "\n{}\n{} failures", failures.join("\n"), failures.len());
}

fn load<'a>(paths: impl Iterator<Item = &'a Path>) -> (Vec<Script>, Vec<String>) {
    let mut failures = Vec::new();
    let scripts = paths.filter_map(|path| Script::load(path).map_err(|message| failures.push(message)).ok()).collect();
    (scripts, failures)
}
