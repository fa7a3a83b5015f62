//! The interpreters that are compared: how to find each and how to start a script with it.

use std::path::{Path, PathBuf};
use std::process::Command;

use sentra::program;

/// One interpreter.
pub struct Peer {
    /// Its name in tables and in the stored ratios.
    pub name: &'static str,
    /// The ending of its scripts.
    pub extension: &'static str,
    binary: PathBuf,
    flags: &'static [&'static str],
}

impl Peer {
    /// The command that runs `script`.
    pub fn command(&self, script: &Path) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(self.flags).arg(script);
        command
    }
}

/// Name, ending, the commands it may be installed as, flags. Node without its compiler, because Sentra has none.
const KNOWN: [(&str, &str, &[&str], &[&str]); 4] = [
    ("lua", "lua", &["lua5.4", "lua54", "lua"], &[]),
    ("python", "py", &["python3"], &[]),
    ("node", "js", &["node", "nodejs"], &["--jitless"]),
    ("ruby", "rb", &["ruby"], &[]),
];

/// Sentra itself.
pub fn sentra() -> Peer {
    Peer { name: "sentra", extension: "sn", binary: program::sentra_vm().get_program().into(), flags: &["run"] }
}

/// The other interpreters; those that are missing are installed, and left out if that fails.
pub fn others() -> Vec<Peer> {
    let installed = || KNOWN.iter().filter_map(|&known| find(known)).collect::<Vec<_>>();
    let mut peers = installed();
    if peers.len() < KNOWN.len() {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/install-peers");
        let _ = Command::new(script).status();
        peers = installed();
    }
    for (name, ..) in KNOWN {
        if peers.iter().all(|peer| peer.name != name) {
            eprintln!("{name} is not installed and is left out");
        }
    }
    peers
}

/// Those of the others that the standard library is compared with, as they are used: Node with its compiler.
#[allow(dead_code)] // Not every bench compares the library.
pub fn compiled() -> Vec<Peer> {
    let library = others().into_iter().filter(|peer| peer.name != "ruby");
    library.map(|peer| Peer { flags: &[], ..peer }).collect()
}

fn find(
    (name, extension, commands, flags): (&'static str, &'static str, &[&str], &'static [&'static str]),
) -> Option<Peer> {
    let binary = commands.iter().find_map(|command| on_path(command))?;
    // What is on the path may be a shell script that chooses a version, and would be measured with it.
    let binary = if name == "python" { ask_for_itself(&binary).unwrap_or(binary) } else { binary };
    Some(Peer { name, extension, binary, flags })
}

fn on_path(command: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(command)).find(|file| file.is_file())
}

fn ask_for_itself(python: &Path) -> Option<PathBuf> {
    let output = Command::new(python).args(["-c", "import sys; print(sys.executable)"]).output().ok()?;
    let path = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    path.is_file().then_some(path)
}
