//! Capture files that others have made, and network namespaces for traffic of our own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::program;

/// The capture files of tcpdump's tests, as Debian ships them; fetched once into the target folder.
pub fn public() -> Vec<PathBuf> {
    let folder = program::directory().parent().expect("it is in the target folder").join("captures");
    let script = program::root().join("tests/peers/captures.sh");
    let status = Command::new(script).arg(&folder).status().expect("bash runs");
    assert!(status.success(), "the capture files can be fetched");
    let files = fs::read_dir(folder.join("tests")).expect("they were unpacked");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("it can be read").path()).collect();
    files.retain(|path| is_capture(path));
    files.sort();
    assert!(files.len() > 500);
    files
}

fn is_capture(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.contains(".pcap") && path.is_file()
}

/// Whether namespaces can be made here, which takes the superuser. Where tests run for everyone, they must.
pub fn may_make_namespaces() -> bool {
    let may = Command::new("ip").args(["netns", "list"]).output().is_ok_and(|outcome| outcome.status.success())
        && Command::new("unshare").args(["-n", "true"]).status().is_ok_and(|status| status.success());
    assert!(may || std::env::var_os("CI").is_none(), "these tests need network namespaces");
    if !may {
        eprintln!("not run: this needs the superuser, `ip` and `unshare`");
    }
    may
}

/// Two namespaces with a cable between them: an `eth0` in each, 10.77.0.1 and 10.77.0.2.
pub struct Cable {
    names: [String; 2],
}

impl Cable {
    /// Lays one.
    pub fn lay() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let names = ["a", "b"].map(|end| format!("sentra-{}-{number}{end}", std::process::id()));
        let cable = Self { names };
        for name in &cable.names {
            ip(&["netns", "add", name]);
            ip(&["-n", name, "link", "set", "lo", "up"]);
        }
        let [a, b] = &cable.names;
        ip(&["-n", a, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", b]);
        for (name, address) in [(a, "1"), (b, "2")] {
            ip(&["-n", name, "addr", "add", &format!("10.77.0.{address}/24"), "dev", "eth0"]);
            ip(&["-n", name, "addr", "add", &format!("fd77::{address}/64"), "dev", "eth0", "nodad"]);
            ip(&["-n", name, "link", "set", "eth0", "up"]);
        }
        cable
    }

    /// The name of a namespace: that at end 0 or 1.
    pub fn name(&self, end: usize) -> &str {
        &self.names[end]
    }

    /// A command that runs at an end of the cable.
    pub fn at(&self, end: usize, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.names[end]]).arg(program);
        command
    }

    /// The virtual machine at an end.
    pub fn sentra_vm(&self, end: usize) -> Command {
        self.at(end, program::directory().join("sentra-vm"))
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        for name in &self.names {
            // One that was never made cannot be removed.
            let _ = Command::new("ip").args(["netns", "del", name]).output();
        }
    }
}

fn ip(arguments: &[&str]) {
    let outcome = Command::new("ip").args(arguments).output().expect("`ip` runs");
    assert!(outcome.status.success(), "ip {arguments:?}: {}", String::from_utf8_lossy(&outcome.stderr));
}
