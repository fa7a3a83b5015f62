//! The code blocks of README and docs: every one marked `sentra` runs and does what its comments say.
//!
//! A block that only shows a form is marked `sentra form`: it has to compile, no more. One that is wrong on purpose
//! says so with `// expect error:`. `sentra file=NAME` puts a block in a file that others of its page import, `toml file=NAME` likewise, and
//! `sentra test` runs a block with `sentra-vm test`, `sentra redis` one that finds a Redis server at `REDIS_URL`.

use std::cell::LazyCell;
use std::fs;
use std::path::{Path, PathBuf};

use sentra::program;
use sentra::redis::Redis;
use sentra::script::{self, Script};

/// A code block of a page.
struct Block {
    place: String,
    info: String,
    code: String,
}

fn pages() -> Vec<PathBuf> {
    let mut pages = ["README.md", "CONTRIBUTING.md"].map(|name| program::root().join(name)).to_vec();
    for folder in ["docs", "docs/builtins"] {
        let docs = fs::read_dir(program::root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
        pages.extend(docs.map(|entry| entry.expect("it can be read").path()));
    }
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    pages
}

fn blocks(page: &Path) -> Vec<Block> {
    let text = fs::read_to_string(page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
    let name = page.strip_prefix(program::root()).expect("pages are ours").with_extension("");
    let name = name.to_string_lossy().replace('/', "-");
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for (index, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(info), None) => {
                let place = format!("{name}-{}", index + 1);
                open = Some(Block { place, info: info.to_owned(), code: String::new() });
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.code.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{}: a code block is not closed", page.display());
    blocks
}

#[test]
fn code_blocks_do_what_they_say() {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docs");
    let _ = fs::remove_dir_all(&scratch);
    fs::create_dir_all(&scratch).expect("a scratch directory can be made");
    let mut scripts = Vec::new();
    let mut failures = Vec::new();
    let redis = LazyCell::new(|| Redis::start(&[]));
    for block in pages().iter().flat_map(|page| blocks(page)) {
        let (info, file) = block.info.split_once(" file=").unwrap_or((&block.info, &block.place));
        let ending = if info == "toml" { "toml" } else { "sn" };
        let path = scratch.join(file).with_extension(ending);
        fs::create_dir_all(path.parent().expect("it lies below the scratch directory")).expect("it can be made");
        fs::write(&path, &block.code).expect("the scratch directory is writable");
        match info {
            "sentra" if file != block.place => failures.extend(check(&path)),
            "sentra test" => failures.extend(test(&path)),
            "sentra redis" => failures.extend(at_redis(&path, &redis)),
            "sentra" => match Script::load(&path) {
                Ok(script) => scripts.push(script),
                Err(message) => failures.push(message),
            },
            "sentra form" => failures.extend(check(&path)),
            _ => {}
        }
    }
    assert!(scripts.len() > 20, "only {} code blocks were found", scripts.len());
    failures.extend(script::run_all(&scripts, &scratch, &scratch.join("runs")));
    assert!(failures.is_empty(), "\n{}\n{} failures", failures.join("\n"), failures.len());
}

fn test(path: &Path) -> Option<String> {
    let outcome = program::run(program::sentra_vm().arg("test").arg(path), b"", std::time::Duration::from_secs(60));
    (outcome.status != Some(0)).then(|| format!("{}\n{}{}", path.display(), outcome.output(), outcome.errors()))
}

/// Runs a block with a server that holds nothing.
fn at_redis(path: &Path, redis: &Redis) -> Option<String> {
    redis.ask(&["FLUSHALL"]);
    let mut command = program::sentra_vm();
    command.arg("run").arg(path).env("REDIS_URL", redis.url());
    let outcome = program::run(&mut command, b"", std::time::Duration::from_secs(60));
    let checked = Script::load(path).and_then(|script| script.expectation.check(&outcome));
    checked.err().map(|report| format!("{}\n{report}", path.display()))
}

fn check(path: &Path) -> Option<String> {
    let outcome = program::run(program::sentrac().arg("check").arg(path), b"", std::time::Duration::from_secs(10));
    (outcome.status != Some(0)).then(|| format!("{}\n{}", path.display(), outcome.errors()))
}
