//! Networks that a test makes for itself: hosts as network namespaces, joined by cables and
//! bridges. They go away with the test, however it ends, and nothing outside is touched.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// A host: a network namespace with its own view of files, where `/run` is its own too.
#[derive(Debug)]
pub struct Namespace {
    /// Holds the namespace until its standard input ends, which it does with the test.
    holder: Child,
}

/// Whether this machine lets tests make networks. If not, that is said; where tests have to
/// run whole (`CI` is set), it is a failure.
pub fn can_be_made() -> bool {
    static ANSWER: OnceLock<bool> = OnceLock::new();
    *ANSWER.get_or_init(|| {
        let output = Command::new("unshare").args(["--net", "--mount", "true"]).output();
        let reason = match output {
            Ok(output) if output.status.success() => return true,
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(std::env::var_os("CI").is_none(), "no network can be made here: {reason}");
        eprintln!("NOT TESTED, since no network can be made here (it takes root): {reason}");
        false
    })
}

impl Namespace {
    /// A new host without any network but its own loopback.
    pub fn new() -> Self {
        let script = "mount -t tmpfs none /run && ip link set lo up && \
            sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 && echo ready && exec cat >/dev/null";
        let mut holder = Command::new("unshare")
            .args(["--net", "--mount", "sh", "-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare is installed");
        let mut line = String::new();
        let output = holder.stdout.take().expect("standard output is piped");
        BufReader::new(output).read_line(&mut line).expect("the holder speaks");
        assert_eq!(line, "ready\n", "a network namespace is made");
        Self { holder }
    }

    /// The id of a process within, by which others name the namespace.
    pub fn pid(&self) -> u32 {
        self.holder.id()
    }

    /// A command that runs on this host.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--net", "--mount", "--target", &self.pid().to_string(), "--"]).arg(program);
        command
    }

    /// Runs a line of shell on this host, which has to succeed: its output.
    pub fn run(&self, line: &str) -> String {
        let output = self.command("sh").args(["-ec", line]).output().expect("sh is installed");
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Puts a file over another one, for this host only.
    pub fn cover(&self, path: &str, with: &Path) {
        self.run(&format!("mount --bind '{}' '{path}'", with.display()));
    }

    /// Lays a cable to another host; the interfaces at its ends are up.
    pub fn connect(&self, interface: &str, other: &Self, their_interface: &str) {
        let theirs = other.pid();
        self.run(&format!(
            "ip link add {interface} type veth peer name {their_interface} netns {theirs}; ip link set {interface} up"
        ));
        other.run(&format!("ip link set {their_interface} up"));
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        // It ends with its input.
        let _ = self.holder.wait();
    }
}
