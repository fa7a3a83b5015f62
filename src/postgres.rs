//! A PostgreSQL server of a test's own: a fresh cluster on a free port of 127.0.0.1, without a socket elsewhere.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// PostgreSQL does not run as the superuser; then it runs as nobody.
const NOBODY: u32 = 65534;
const PATIENCE: Duration = Duration::from_secs(60);
/// The password of the user `tester`, who owns everything.
pub const PASSWORD: &str = "it's a secret: ü@/?";

/// A running server; it ends with this value.
pub struct Cluster {
    child: Child,
    /// Its port.
    pub port: u16,
    folder: PathBuf,
}

impl Cluster {
    /// Makes a cluster of this name and starts it with these further lines of configuration. It lies in the
    /// system's folder for temporary files: its user may not be let into others. Passwords are proved by SCRAM, but for the users `md5_user` and `clear_user`.
    pub fn start(name: &str, certificate: &Path, key: &Path, configuration: &str) -> Self {
        let folder = &std::env::temp_dir().join(format!("sentra-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).expect("temporary files can be written");
        for (file, text) in [("server.pem", fs::read(certificate)), ("server.key", fs::read(key))] {
            fs::write(folder.join(file), text.expect("the certificate is there")).expect("the folder is ours");
        }
        fs::write(folder.join("password"), PASSWORD).expect("the folder is ours");
        own(folder);
        let data = folder.join("data");
        let mut initdb = tool("initdb");
        initdb.arg("-D").arg(&data).args(["-U", "tester", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8"]);
        initdb.arg("--no-sync").arg("--pwfile").arg(folder.join("password")).current_dir(folder);
        let made = initdb.output().expect("initdb runs; tests/install-peers installs it");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let rules = "host all md5_user 127.0.0.1/32 md5\nhost all clear_user 127.0.0.1/32 password\n\
                     hostssl all tls_user 127.0.0.1/32 scram-sha-256\nhost all tester 127.0.0.1/32 scram-sha-256\n";
        fs::write(data.join("pg_hba.conf"), rules).expect("the folder is ours");
        let settings = format!(
            "listen_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\nssl = on\n\
             ssl_cert_file = '{0}/server.pem'\nssl_key_file = '{0}/server.key'\n{configuration}\n",
            folder.display()
        );
        fs::write(data.join("postgresql.conf"), settings).expect("the folder is ours");
        own(folder);
        Self::launch(folder)
    }

    /// Another program may take the port in between: then on another one.
    fn launch(folder: &Path) -> Self {
        let until = Instant::now() + PATIENCE;
        loop {
            let port =
                TcpListener::bind("127.0.0.1:0").and_then(|taken| taken.local_addr()).expect("a port is free").port();
            let log = fs::File::create(folder.join("log")).expect("the folder is ours");
            let mut command = tool("postgres");
            command.arg("-D").arg(folder.join("data")).args(["-p", &port.to_string()]).current_dir(folder);
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
            let child = command.spawn().expect("postgres starts");
            let mut cluster = Self { child, port, folder: folder.to_path_buf() };
            while cluster.child.try_wait().is_ok_and(|ended| ended.is_none()) {
                if cluster.log().contains("ready to accept connections")
                    && TcpStream::connect(("127.0.0.1", port)).is_ok()
                {
                    return cluster;
                }
                assert!(Instant::now() < until, "postgres does not get ready: {}", cluster.log());
                sleep(Duration::from_millis(20));
            }
            assert!(Instant::now() < until, "postgres does not start: {}", cluster.log());
        }
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read(self.folder.join("log")).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
    }

    /// The URL for a user whose password is [`PASSWORD`].
    pub fn url(&self, user: &str, query: &str) -> String {
        format!("postgres://{user}:it's%20a%20secret%3A%20%C3%BC%40%2F%3F@127.0.0.1:{}/postgres{query}", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// A program of PostgreSQL, as a user who may run it; it ends with this thread.
fn tool(name: &str) -> Command {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|folders| folders.flatten().map(|folder| folder.path().join("bin").join(name)).collect())
        .unwrap_or_default();
    found.retain(|path| path.exists());
    found.sort();
    let path = found.pop().unwrap_or_else(|| panic!("{name} is not there; tests/install-peers installs it"));
    let mut command = Command::new("setpriv");
    if is_root() {
        command.args(["--reuid", &NOBODY.to_string(), "--regid", &NOBODY.to_string(), "--clear-groups"]);
    }
    command.args(["--pdeathsig", "KILL", "--"]).arg(path);
    command
}

/// Gives the folder to the user who runs the server.
fn own(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let _ = fs::set_permissions(&path, fs::Permissions::from_mode(if path.is_dir() { 0o700 } else { 0o600 }));
        if is_root() {
            let _ = chown(&path, Some(NOBODY), Some(NOBODY));
        }
        if path.is_dir() {
            own(&path);
        }
    }
    if is_root() {
        let _ = chown(folder, Some(NOBODY), Some(NOBODY));
    }
}
