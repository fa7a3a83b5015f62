//! Finds the built commands and runs them with a time limit. It knows nothing of what they should answer.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

/// The most that is kept of a program's output; a program that writes more is not read further.
const OUTPUT_LIMIT: u64 = 256 << 20;

/// What a finished program left behind.
#[derive(Debug)]
pub struct Outcome {
    /// The exit status; none when it was killed.
    pub status: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
    /// Whether the time limit ended it.
    pub timed_out: bool,
    /// How long it took.
    pub elapsed: Duration,
    /// The most memory that it was seen to hold, in KiB.
    pub peak_memory: u64,
}

impl Outcome {
    /// Standard output as text.
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn errors(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// The compiler's command line.
pub fn sentrac() -> Command {
    Command::new(directory().join("sentrac"))
}

/// The virtual machine's command line.
pub fn sentra_vm() -> Command {
    Command::new(directory().join("sentra-vm"))
}

/// The language server's command line.
pub fn sentra_lsp() -> Command {
    Command::new(directory().join("sentra-lsp"))
}

/// The root of the source tree.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where the commands are; they are built first, so that a test never runs old ones.
///
/// Cargo hands a test only the binaries of its own package, so this asks it for the others, in the profile and the
/// target directory that the test itself was built in.
pub fn directory() -> &'static Path {
    static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();
    DIRECTORY.get_or_init(|| match env::var_os("SENTRA_BINARIES") {
        Some(given) => PathBuf::from(given),
        None => build(),
    })
}

fn build() -> PathBuf {
    let test = env::current_exe().expect("a running test has a path");
    let directory = test.ancestors().nth(2).expect("tests lie in TARGET/PROFILE/deps").to_owned();
    let target = directory.parent().expect("a profile's directory lies in the target directory");
    let profile = match directory.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let mut cargo = Command::new(env!("CARGO"));
    // Build scripts look at what Cargo tells a test of its package, and would run again at every change between the two.
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            cargo.env_remove(&name);
        }
    }
    let status = cargo
        .current_dir(root())
        .args(["build", "--quiet", "--bins"])
        .args(["--package", "sentra-compiler", "--package", "sentra-lsp", "--package", "sentra-vm"])
        .args(["--profile", profile, "--target-dir"])
        .arg(target)
        .status()
        .expect("cargo starts");
    assert!(status.success(), "the commands do not build");
    directory
}

/// Copies a file that is to be run from there.
///
/// Another process writes it. While this one does, any child that another test starts just then holds the file open
/// for writing until it becomes its own program, and until then nobody can run it (`ETXTBSY`).
pub fn install(from: &Path, to: &Path) {
    let status = Command::new("install").args(["-m", "755"]).arg(from).arg(to).status();
    assert!(status.as_ref().is_ok_and(ExitStatus::success), "{}: {status:?}", to.display());
}

/// Runs a command to its end with the given input and kills it when the limit is over.
pub fn run(command: &mut Command, input: &[u8], limit: Duration) -> Outcome {
    let start = Instant::now();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    feed(&mut child, input);
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let mut peak_memory = 0;
    let status = wait(&mut child, start + limit, |process| peak_memory = peak_memory.max(memory(process, "VmHWM")));
    let timed_out = status.is_none();
    if timed_out {
        // It may have ended by itself just now; then there is nothing left to kill.
        let _ = child.kill();
        let _ = child.wait();
    }
    let gather = |bytes: mpsc::Receiver<Vec<u8>>| bytes.recv_timeout(Duration::from_secs(5)).unwrap_or_default();
    Outcome {
        status: status.and_then(|status| status.code()),
        stdout: gather(stdout),
        stderr: gather(stderr),
        timed_out,
        elapsed: start.elapsed(),
        peak_memory,
    }
}

fn feed(child: &mut Child, input: &[u8]) {
    let mut pipe = child.stdin.take().expect("standard input is piped");
    let input = input.to_vec();
    // A program need not read its input: a broken pipe is its right.
    thread::spawn(move || pipe.write_all(&input));
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    let pipe = pipe.expect("output is piped");
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.take(OUTPUT_LIMIT).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
    });
    receiver
}

/// Waits for a process until a moment, looking at it now and then; none when it still runs at the end.
pub fn wait(child: &mut Child, until: Instant, mut look: impl FnMut(u32)) -> Option<ExitStatus> {
    let mut pause = Duration::from_micros(500);
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return Some(status);
        }
        if Instant::now() >= until {
            return None;
        }
        look(child.id());
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(4));
    }
}

/// A field of `/proc/PID/status` in KiB, such as `VmRSS` or `VmHWM`; 0 when the process has ended.
pub fn memory(process: u32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
