//! Web servers that serve a folder: nginx, Apache, Python; and `openssl s_server` for TLS.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sentra::certificates::Issued;
use sentra::program;
use sentra::running::Running;

/// A server of a folder with `small` (13 bytes), `large` (3 MB) and `text` (100 KB of one line).
pub struct Web {
    pub name: &'static str,
    pub base: String,
    pub folder: PathBuf,
    _running: Running,
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn wait_for(port: u16, name: &str) {
    let until = Instant::now() + Duration::from_secs(30);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(Instant::now() < until, "{name} does not listen");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A folder with the files, and a place for the server's own.
fn folder(name: &str) -> PathBuf {
    // Tests that run side by side have one each.
    static LAST: AtomicUsize = AtomicUsize::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    let folder = program::directory().join(format!("http_client_{name}_{number}"));
    // It may not be there yet.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("files")).unwrap();
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    fs::write(folder.join("files/small"), "hello, world\n").unwrap();
    fs::write(folder.join("files/large"), large).unwrap();
    fs::write(folder.join("files/text.txt"), "one line and another\n".repeat(5000)).unwrap();
    folder
}

fn started(name: &'static str, port: u16, folder: PathBuf, command: &mut Command) -> Web {
    let running = Running::start(command);
    wait_for(port, name);
    Web { name, base: format!("http://127.0.0.1:{port}"), folder: folder.join("files"), _running: running }
}

pub fn nginx() -> Web {
    let (folder, port) = (folder("nginx"), free_port());
    let root = folder.display();
    let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {root}/{name};"))
        .concat();
    let configuration = format!(
        "daemon off; master_process off; pid {root}/pid; error_log {root}/errors; events {{}}\n\
         http {{ access_log off; gzip on; gzip_min_length 100; gzip_types text/plain; types {{ text/plain txt; }} default_type application/octet-stream; {paths}\n\
         server {{ listen 127.0.0.1:{port}; root {root}/files; }} }}"
    );
    let path = folder.join("nginx.conf");
    fs::write(&path, configuration).unwrap();
    let command = &mut Command::new("nginx");
    command.arg("-e").arg(folder.join("errors")).arg("-c").arg(&path);
    started("nginx", port, folder, command)
}

pub fn apache() -> Web {
    let (folder, port) = (folder("apache"), free_port());
    let root = folder.display();
    let modules = ["mpm_event", "authz_core", "filter", "deflate", "mime"]
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .concat();
    let configuration = format!(
        "ServerName localhost\nServerRoot {root}\nListen 127.0.0.1:{port}\nPidFile {root}/pid\nErrorLog {root}/errors\n\
         {modules}TypesConfig /dev/null\nAddType text/plain .txt\nAddOutputFilterByType DEFLATE text/plain\n\
         DocumentRoot {root}/files\n<Directory {root}/files>\nRequire all granted\n</Directory>\n"
    );
    let path = folder.join("apache.conf");
    fs::write(&path, configuration).unwrap();
    let command = &mut Command::new("apache2");
    command.arg("-X").arg("-f").arg(&path);
    started("Apache", port, folder, command)
}

pub fn python() -> Web {
    let (folder, port) = (folder("python"), free_port());
    let command = &mut Command::new("python3");
    command.args(["-m", "http.server", "--protocol", "HTTP/1.1", "--bind", "127.0.0.1", "--directory"]);
    command.arg(folder.join("files")).arg(port.to_string());
    started("Python", port, folder, command)
}

/// A server that shows its state to who speaks TLS with it.
pub struct Tls {
    pub port: u16,
    _running: Running,
}

pub fn openssl(issued: &Issued, arguments: &[&str]) -> Tls {
    let port = free_port();
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", "-www", "-accept", &format!("127.0.0.1:{port}")]);
    command.args(arguments).arg("-cert").arg(&issued.cert).arg("-key").arg(&issued.key);
    let running = Running::start(&mut command);
    wait_for(port, "openssl");
    Tls { port, _running: running }
}
