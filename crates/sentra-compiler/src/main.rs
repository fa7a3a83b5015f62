//! The `sentrac` command.

use std::process::ExitCode;

use sentra_compiler::compile::{CompileOptions, compile, with_stack};
use sentra_compiler::load::FileLoader;
use sentra_compiler::render::render;

fn main() -> ExitCode {
    with_stack(|| {
        let path = std::env::args().nth(2).unwrap_or_default();
        let text = std::fs::read(&path).unwrap_or_default();
        match compile(&path, &text, &mut FileLoader, &CompileOptions::default()) {
            Ok(compiled) => {
                eprint!("{}", render(&compiled.warnings, &compiled.sources, false));
                let texts = |source: u32| {
                    Some(String::from_utf8_lossy(&compiled.sources.get(source as usize)?.text).into_owned())
                };
                print!("{}", sentra_bytecode::list(&compiled.module, &texts));
                ExitCode::SUCCESS
            }
            Err(rejected) => {
                eprint!("{}", render(&rejected.diagnostics, &rejected.sources, false));
                ExitCode::from(2)
            }
        }
    })
}
