//! Compiles the library that is written in Sentra (`lib/`), so that programs only read bytecode.
//!
//! A file that does not compile leaves a warning and an empty place, which the VM's tests refuse: a new
//! builtin can be declared, and the compiler's manifest written anew, before the library that needs it builds.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sentra_compiler::compile::{CompileOptions, compile, with_stack};
use sentra_compiler::load::NoLoader;
use sentra_compiler::render::render;

/// The modules that use nothing of the system.
const WITHOUT_SYSTEM: &[&str] = &["async"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=lib");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let mut text = String::from("// What `build.rs` made of `lib/`.\n");
    let with_system = env::var_os("CARGO_FEATURE_SYSTEM").is_some();
    let mut base = files(Path::new("lib"))?;
    if with_system {
        base.extend(files(Path::new("lib/system"))?);
    }
    table(&mut text, &out, "BASE", &base)?;
    let modules = Path::new("lib/modules");
    let mut paths = files(modules)?;
    for entry in fs::read_dir(modules)? {
        let path = entry?.path();
        if path.is_dir() {
            paths.extend(files(&path)?);
        }
    }
    paths.sort();
    paths.retain(|path| with_system || WITHOUT_SYSTEM.contains(&part(path).as_str()));
    table(&mut text, &out, "MODULES", &paths)?;
    fs::write(out.join("library.rs"), text)
}

/// The scripts in a folder, sorted.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sn") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Writes a table of names and bytecode.
fn table(text: &mut String, out: &Path, name: &str, paths: &[PathBuf]) -> io::Result<()> {
    let _ = writeln!(text, "static {name}: &[(&str, &[u8])] = &[");
    for path in paths {
        let part = part(path);
        let file = out.join(format!("{name}-{}.sbc", part.replace("::", "-")));
        fs::write(&file, bytecode(path)?)?;
        let _ = writeln!(text, "    ({part:?}, include_bytes!({file:?})),");
    }
    text.push_str("];\n");
    Ok(())
}

/// `lib/modules/net/tcp_stream.sn` is the module `net::TcpStream`.
fn part(path: &Path) -> String {
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = path.parent().map(stem).unwrap_or_default();
    if ["lib", "modules", "system"].contains(&folder.as_str()) {
        return stem(path);
    }
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    format!("{folder}::{}", stem(path).split('_').map(capital).collect::<String>())
}

fn bytecode(path: &Path) -> io::Result<Vec<u8>> {
    let source = fs::read(path)?;
    let options = CompileOptions { library: true, ..CompileOptions::default() };
    let shown = path.to_string_lossy();
    Ok(match with_stack(|| compile(&shown, &source, &mut NoLoader, &options)) {
        Ok(compiled) => sentra_bytecode::encode(&compiled.module),
        Err(rejected) => {
            for line in render(&rejected.diagnostics, &rejected.sources, false).lines() {
                println!("cargo::warning={line}");
            }
            Vec::new()
        }
    })
}
