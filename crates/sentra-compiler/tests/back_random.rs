//! Random programs: whatever compiles passes encode, decode and verify, also when a function
//! is so long that its jumps need their long forms. (`compile` itself verifies.)

use sentra_bytecode::{decode, encode};
use sentra_compiler::compile::{CompileOptions, compile, with_stack};
use sentra_compiler::load::NoLoader;

#[path = "support/programs.rs"]
mod generated;

use generated::Builder;

fn check(text: &str) {
    match compile("random.sn", text.as_bytes(), &mut NoLoader, &CompileOptions::default()) {
        Err(rejected) => panic!("{:?}\n{text}", rejected.diagnostics),
        Ok(compiled) => {
            let again = decode(&encode(&compiled.module)).unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert!(again == compiled.module, "decoding gives another module\n{text}");
        }
    }
}

#[test]
fn random_programs_verify() {
    with_stack(|| {
        for seed in 0..2_000 {
            let mut builder = Builder::new(seed);
            for _ in 0..6 {
                builder.statement(4);
            }
            check(&builder.text);
        }
    });
}

#[test]
fn long_functions_take_long_jumps() {
    with_stack(|| {
        for seed in 0..4 {
            let mut builder = Builder::new(seed);
            let names = builder.names.len();
            builder.text +=
                "fn long(a) {\nfor i in 0..a { for x in g { while a < i { match a { 1 => 2, 3..=4 => 5, n => n }\n";
            for _ in 0..6_000 {
                builder.statement(1);
                builder.names.truncate(names);
            }
            builder.text += "} } }\n}\nlong(1)\n";
            check(&builder.text);
        }
    });
}

/// All programs below a directory.
fn programs(directory: &std::path::Path, found: &mut Vec<Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            programs(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "sn") {
            found.push(std::fs::read(&path).expect("a program can be read"));
        }
    }
}

#[test]
fn damaged_programs_compile_or_are_refused() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut samples = Vec::new();
    ["tests/scripts", "examples", "benches"].iter().for_each(|part| programs(&root.join(part), &mut samples));
    let mut choice = Builder::new(7);
    with_stack(move || {
        for turn in 0..6_000 {
            let mut text = samples[turn % samples.len()].clone();
            for _ in 0..=choice.below(3) {
                if text.is_empty() {
                    break;
                }
                let start = choice.below(text.len() as u64) as usize;
                let end = (start + 1 + choice.below(12) as usize).min(text.len());
                let piece = text[start..end].to_vec();
                match choice.below(3) {
                    0 => drop(text.drain(start..end)),
                    1 => text.splice(start..start, piece).for_each(drop),
                    _ => text[start] = b"(){}[];,.=+-\"\n x1"[choice.below(17) as usize],
                }
            }
            let session = (turn % 2 == 0).then(Vec::new);
            let options = CompileOptions { session, ..CompileOptions::default() };
            // Either answer will do: the point is that there is one.
            let _ = compile("damaged.sn", &text, &mut NoLoader, &options);
        }
    });
}
