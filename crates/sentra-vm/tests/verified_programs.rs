//! What `verify` accepts runs without a panic, a hang or a look at freed memory, whatever it does.
//! Debug builds check slots, depths and the kinds of objects as they run.

#[path = "verified/modules.rs"]
mod modules;
#[path = "../../sentra-bytecode/tests/format/random.rs"]
#[allow(dead_code, reason = "the format's own tests use the rest")]
mod random;
#[path = "verified/running.rs"]
mod running;

use std::fs;
use std::path::{Path, PathBuf};

use sentra_bytecode::{encode, verify};
use sentra_compiler::compile::{CompileOptions, compile, with_stack};
use sentra_compiler::load::FileLoader;
use sentra_vm::heap::collect::Stress;

use random::Random;

/// How many cases of each kind; `SENTRA_CASES` asks for more.
fn cases() -> u64 {
    std::env::var("SENTRA_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(400)
}

/// Names the case if it panics.
struct Case(&'static str, u64);

impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("case {} of {}", self.1, self.0);
        }
    }
}

fn stress(random: &mut Random) -> Option<Stress> {
    [None, Some(Stress::Piece), Some(Stress::Whole)][random.below(3)]
}

fn run_random(what: &'static str, straight: bool) {
    for number in 0..cases() {
        let case = Case(what, number);
        let mut random = Random::new(number);
        let module = modules::module(&mut random, straight);
        assert_eq!(verify(&mut module.clone()), Ok(()), "the modules are made so that they pass");
        let stress = stress(&mut random);
        running::run(module, !straight, stress);
        drop(case);
    }
}

#[test]
fn random_modules_run_in_slices() {
    run_random("modules in slices", false);
}

#[test]
fn random_modules_run_at_a_stretch() {
    run_random("straight modules", true);
}

/// Scripts beneath a folder.
fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("it can be read").path()).collect();
    found.sort();
    found.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "sn")).collect()
}

#[test]
fn damaged_files_that_verify_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/scripts");
    let folders = [
        "arrays",
        "channels",
        "closures",
        "defer",
        "destructuring",
        "errors",
        "fstrings",
        "functions",
        "loops",
        "maps",
        "match",
        "ranges",
        "select",
        "strings",
        "fibers",
    ];
    let paths: Vec<PathBuf> = folders.iter().flat_map(|folder| scripts(&root.join(folder))).collect();
    let mut ran = 0;
    for number in 0..cases() * 3 {
        let case = Case("damaged files", number);
        let mut random = Random::new(number);
        let path = &paths[random.below(paths.len())];
        let source = fs::read(path).expect("it can be read");
        let shown = path.to_string_lossy().into_owned();
        let compiled = with_stack(|| compile(&shown, &source, &mut FileLoader, &CompileOptions::default()));
        let Ok(compiled) = compiled else { continue };
        let mut bytes = encode(&compiled.module);
        for _ in 0..random.below(4) {
            let at = 13 + random.below(bytes.len() - 13);
            bytes[at] = if random.once_in(2) { random.next() as u8 } else { bytes[at] ^ 1 << random.below(8) };
        }
        ran += u64::from(running::run_bytes(&bytes));
        drop(case);
    }
    assert!(ran > cases() / 3, "only {ran} files were accepted");
}
