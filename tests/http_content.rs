//! What an HTTP server serves besides a handler's text: files, forms, compressed bodies, and what its log says,
//! against curl and clients that mean harm.

#[path = "http_content/disks.rs"]
mod disks;
#[path = "http_content/files.rs"]
mod files;
#[path = "http_content/forms.rs"]
mod forms;
#[path = "http_content/logs.rs"]
mod logs;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sentra::running::Running;

/// What takes longer hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// A running server with a site of its own.
struct Server {
    folder: PathBuf,
    running: Running,
    port: u16,
}

impl Server {
    /// Serves a folder with the given files in it, and a secret beside it.
    fn with(files: &[(&str, &[u8])]) -> Self {
        Self::started_by(&[], files)
    }

    /// The same by a command that starts another.
    fn started_by(starter: &[&str], files: &[(&str, &[u8])]) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("http-content-{}-{number}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let site = folder.join("site");
        fs::create_dir_all(&site).unwrap();
        fs::create_dir_all(folder.join("temporary")).unwrap();
        fs::write(folder.join("secret.txt"), "the secret").unwrap();
        std::os::unix::fs::symlink("site", folder.join("current")).unwrap();
        for (path, content) in files {
            let path = site.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let script = sentra::program::root().join("tests/programs/http_content.sn");
        let vm = sentra::program::sentra_vm();
        let mut words = starter.iter().map(std::ffi::OsStr::new).chain([vm.get_program()]);
        let mut command = Command::new(words.next().expect("there is at least the VM"));
        command.args(words).arg("run").arg(script).arg(&folder).env("TMPDIR", folder.join("temporary"));
        let running = Running::start(&mut command);
        let port = running.port();
        Self { folder, running, port }
    }

    fn site(&self) -> PathBuf {
        self.folder.join("site")
    }

    /// What the server answers to exactly these bytes until it closes the connection.
    fn raw(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        answer
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream
    }

    /// The answer to a GET of a path that is sent as it is, with further header lines.
    fn get(&self, path: &str, lines: &str) -> Answer {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n");
        Answer::of(&self.raw(request.as_bytes()))
    }

    /// Runs curl; what it writes to standard output.
    fn curl(&self, path: &str, arguments: &[&str]) -> Vec<u8> {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        let output = Command::new("curl").args(["-sS", "--max-time", "60"]).args(arguments).arg(url).output().unwrap();
        assert!(output.status.success(), "curl {arguments:?} {path}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// What is left of the temporary folders' contents.
    fn temporary_files(&self) -> usize {
        let folders = fs::read_dir(self.folder.join("temporary")).unwrap();
        folders.filter_map(|folder| fs::read_dir(folder.unwrap().path()).ok()).map(Iterator::count).sum()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server may still be making a file; the target folder is not kept clean for its own sake.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// A response, taken apart.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn of(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a response has a head");
        let head = String::from_utf8_lossy(&bytes[..end + 2]).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a head has a status");
        Self { status, head, body: bytes[end + 4..].to_vec() }
    }

    /// The value of a field; empty if there is none.
    fn field(&self, name: &str) -> &str {
        let line = self.head.lines().find(|line| line.to_lowercase().starts_with(&format!("{}:", name.to_lowercase())));
        line.map_or("", |line| line[name.len() + 1..].trim())
    }
}

/// Whether the machine allows what a test needs; a test that has to do without says so.
fn can(what: &str, command: &[&str]) -> bool {
    let works = Command::new(command[0]).args(&command[1..]).output().is_ok_and(|output| output.status.success());
    assert!(works || std::env::var_os("CI").is_none(), "{what} is not possible here ({})", command.join(" "));
    if !works {
        eprintln!("SKIPPED: {what} is not possible here ({})", command.join(" "));
    }
    works
}

/// Waits until something holds.
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < until, "{what} did not come about");
        std::thread::sleep(Duration::from_millis(10));
    }
}
