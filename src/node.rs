//! Node with packages that its distribution does not bring.

use std::fs::File;
use std::path::Path;
use std::process::Command;

/// A Node that can require these packages, which npm installs into a folder of that name once.
pub fn with(name: &str, scratch: &Path, packages: &[&str]) -> Command {
    let folder = scratch.join(format!("node-{name}"));
    // Tests that run at the same time, in other processes too, want the same folder.
    std::fs::create_dir_all(scratch).expect("the scratch folder can be made");
    let making = File::create(folder.with_extension("lock")).expect("the scratch folder can be written");
    making.lock().expect("files can be locked");
    if !folder.join("complete").is_file() {
        std::fs::create_dir_all(&folder).expect("the scratch folder can be written");
        let mut install = Command::new("npm");
        install.args(["install", "--loglevel=error", "--no-audit", "--no-fund", "--no-package-lock", "--prefix", "."]);
        install.args(packages);
        let status = install.current_dir(&folder).status();
        assert!(status.as_ref().is_ok_and(std::process::ExitStatus::success), "{install:?}: {status:?}");
        std::fs::write(folder.join("complete"), "").expect("the folder was just made");
    }
    let mut node = Command::new("node");
    node.env("NODE_PATH", folder.join("node_modules"));
    node
}
