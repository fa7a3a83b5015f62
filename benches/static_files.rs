//! `cargo bench --bench static_files`: processor time per request of a Sentra server and of nginx that serve the same file of
//! 64 KiB, in alternated rounds.
//!
//! The server has one core to itself and wrk the other. nginx runs as one process with `sendfile` and without a log; its
//! other settings are its own.

mod options;
mod servers;

use std::fs;
use std::path::Path;

use sentra::program;
use servers::{Server, median, verdict};

const SIZE: usize = 64 << 10;
/// How many times nginx's cost Sentra's may be.
const OF_NGINX: f64 = 1.0;

fn main() {
    let options = options::from_command_line(5);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("static-files");
    fs::create_dir_all(folder.join("site")).expect("a folder can be made");
    let content: Vec<u8> = (0..SIZE).map(|at| (at * 31 + at / 253) as u8).collect();
    fs::write(folder.join("site/file"), content).expect("a file can be written");
    let rules = format!("server {{ listen PORT; root {}/site; }}", folder.display());
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        own.push(microseconds(&sentra(&folder)));
        other.push(microseconds(&Server::nginx(&folder, &rules).expect("nginx is installed")));
    }
    let (own, other) = (median(&own), median(&other));
    println!("{:<12}{:>20}", "server", "CPU us/request");
    println!("{:<12}{own:>20.2}\n{:<12}{other:>20.2}", "sentra", "nginx");
    println!("Sentra's is {:.2} of nginx's{}", own / other, verdict(own / other, OF_NGINX));
}

fn sentra(folder: &Path) -> Server {
    let script = format!(
        "let server = http_server_create(\"127.0.0.1\", 0)\nhttp_server_static(server.id, \"/\", \"{}\")\n\
         http_server_start(server.id)\nprintln(str(server.port))\n",
        folder.join("site").display()
    );
    let path = folder.join("server.sn");
    fs::write(&path, script).expect("a script can be written");
    Server::start("sentra", program::sentra_vm().arg("run").arg(path)).expect("Sentra starts")
}

/// Microseconds of the server's processor time for a request.
fn microseconds(server: &Server) -> f64 {
    let url = format!("http://127.0.0.1:{}/file", server.port);
    servers::wrk(&url, 32, "1s", &[]);
    let before = server.processor_seconds();
    let requests = servers::wrk(&url, 32, "3s", &[]);
    (server.processor_seconds() - before) * 1e6 / requests
}
