//! Python with packages that its distribution does not bring.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A Python that can import these packages, which pip installs into a folder of that name once.
pub fn with(name: &str, scratch: &Path, packages: &[&str]) -> Command {
    let folder = scratch.join(format!("python-{name}"));
    // Tests that run at the same time, in other processes too, want the same folder.
    std::fs::create_dir_all(scratch).expect("the folder can be made");
    let making = File::create(folder.with_extension("lock")).expect("the folder can be written");
    making.lock().expect("files can be locked");
    let python = folder.join("bin/python");
    if !folder.join("complete").is_file() {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder));
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages));
        std::fs::write(folder.join("complete"), "").expect("the folder was just made");
    }
    Command::new(python)
}

fn run(command: &mut Command) {
    let status = command.status();
    assert!(status.as_ref().is_ok_and(std::process::ExitStatus::success), "{command:?}: {status:?}");
}

/// A file of `tests/peers`.
pub fn peer(name: &str) -> PathBuf {
    crate::program::root().join("tests/peers").join(name)
}
