//! The playground: the wasm module and the page around it, put together in a folder that any web server can serve.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

const TARGET: &str = "wasm32-unknown-unknown";
const PAGE: [&str; 4] = ["index.html", "playground.css", "playground.js", "worker.js"];

/// Builds the module with a profile of the workspace and writes the folder.
pub fn write(root: &Path, to: &str, profile: &str) -> Result<String, String> {
    let module = build(root, profile)?;
    let to = Path::new(to);
    fs::create_dir_all(to).map_err(|error| format!("{}: {error}", to.display()))?;
    for file in PAGE {
        copy(&root.join("playground").join(file), &to.join(file))?;
    }
    let list = to.join("examples.json");
    fs::write(&list, examples(&root.join("playground/examples"))?)
        .map_err(|error| format!("{}: {error}", list.display()))?;
    let placed = to.join("sentra.wasm");
    copy(&module, &placed)?;
    let size = fs::metadata(&placed).map_or(0, |file| file.len());
    Ok(format!("{}: a module of {} KiB", to.display(), size >> 10))
}

/// The module that cargo makes.
fn build(root: &Path, profile: &str) -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--package", "sentra-playground", "--target", TARGET, "--profile", profile]);
    let built = command.current_dir(root).status().map_err(|error| format!("cargo: {error}"))?;
    if !built.success() {
        return Err(format!("cargo has failed; if it lacks the target, `rustup target add {TARGET}` brings it"));
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder));
    Ok(target.join(TARGET).join(profile).join("sentra_playground.wasm"))
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to).map(drop).map_err(|error| format!("{} to {}: {error}", from.display(), to.display()))
}

/// The programs that the page offers, by the names in their first lines.
fn examples(folder: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let entries = fs::read_dir(folder).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.sort();
    let mut list = Vec::new();
    for path in paths {
        let source = fs::read_to_string(&path).map_err(failed)?;
        let name = source.lines().next().unwrap_or_default().trim_start_matches("// ");
        list.push(json!({"name": name, "source": source}));
    }
    Ok(json!(list).to_string())
}
