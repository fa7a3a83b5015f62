//! A Redis server of a test's own, on a socket in a folder of its own.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use crate::running::Running;

/// How long a server may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server. It ends, and its folder goes, with this value.
#[derive(Debug)]
pub struct Redis {
    process: Option<Running>,
    folder: PathBuf,
    options: Vec<String>,
}

impl Redis {
    /// Starts a server with further words of its command line.
    pub fn start(options: &[&str]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        // The path of a socket may not be long; the target folder's can be.
        let folder = env::temp_dir().join(format!("sentra-redis-{}-{number}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let mut redis = Self { process: None, folder, options };
        redis.begin();
        redis
    }

    /// Starts it again after `stop`.
    pub fn begin(&mut self) {
        let _ = fs::remove_file(self.socket());
        let mut command = Command::new("redis-server");
        command.args(["--port", "0", "--save", "", "--unixsocket"]).arg(self.socket()).arg("--dir").arg(&self.folder);
        self.process = Some(Running::start(command.args(&self.options)));
        let end = Instant::now() + PATIENCE;
        while !self.answers() {
            assert!(Instant::now() < end, "redis-server does not begin");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether it says something, if only that it wants a password.
    fn answers(&self) -> bool {
        let Ok(mut stream) = UnixStream::connect(self.socket()) else { return false };
        let limited = stream.set_read_timeout(Some(Duration::from_secs(1)));
        limited
            .and_then(|()| stream.write_all(b"PING\r\n"))
            .and_then(|()| stream.read(&mut [0]))
            .is_ok_and(|count| count > 0)
    }

    /// Kills it. What it had in memory is gone.
    pub fn stop(&mut self) {
        self.process = None;
    }

    /// The process.
    pub fn process(&self) -> &Running {
        self.process.as_ref().expect("it runs")
    }

    /// The path of its socket.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// The words that `redis-cli` prints for a command.
    pub fn ask(&self, words: &[&str]) -> String {
        let output = Command::new("redis-cli").arg("-s").arg(self.socket()).args(words).output();
        let output = output.expect("redis-cli comes with redis-server");
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.process = None;
        let _ = fs::remove_dir_all(&self.folder);
    }
}
