//! Every program of the repository that compiles is encoded, decoded and verified again.

use std::path::{Path, PathBuf};

use sentra_bytecode::{decode, encode, verify};
use sentra_compiler::compile::{CompileOptions, compile, with_stack};
use sentra_compiler::load::FileLoader;

fn programs(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            programs(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "sn") {
            found.push(path);
        }
    }
}

#[test]
fn programs_survive_encoding_and_verify() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut found = Vec::new();
    ["tests", "benches", "examples"].iter().for_each(|part| programs(&root.join(part), &mut found));
    assert!(!found.is_empty());
    with_stack(|| {
        for path in found {
            let text = std::fs::read(&path).expect("a program can be read");
            let name = path.to_string_lossy();
            let Ok(compiled) = compile(&name, &text, &mut FileLoader, &CompileOptions::default()) else { continue };
            let mut again = decode(&encode(&compiled.module)).unwrap_or_else(|error| panic!("{name}: {error}"));
            verify(&mut again).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(again, compiled.module, "{name}");
        }
    });
}
