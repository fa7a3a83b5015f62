//! `cargo bench --bench database`: requests a second of a REST service over SQLite against the same service in Node
//! (express and better-sqlite3) and Python (FastAPI), each in one process and with the same durability; and queries a
//! second of PostgreSQL against node-postgres and psycopg. The rounds alternate; ratios below 1 mean that Sentra is
//! ahead.

mod options;

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use sentra::certificates::Authority;
use sentra::postgres::Cluster;
use sentra::program;

const NAMES: [&str; 3] = ["sentra", "node", "python"];
const SECONDS: &str = "-d4s";
const QUERIES: &str = "20000";

fn main() {
    let options = options::from_command_line(3);
    let peers = Peers::install();
    for synchronous in ["normal", "full"] {
        let name = format!("sqlite, synchronous {synchronous}");
        if name.contains(&options.filter) {
            let mut rates = [const { Vec::new() }; 3];
            for _ in 0..options.rounds {
                (0..3).for_each(|which| rates[which].push(peers.rest(which, synchronous)));
            }
            report(&name, rates);
        }
    }
    for fibers in ["1", "16"] {
        let name = format!("postgres, {fibers} at a time");
        if name.contains(&options.filter) {
            let cluster = peers.cluster();
            let mut rates = [const { Vec::new() }; 3];
            for _ in 0..options.rounds {
                (0..3).for_each(|which| rates[which].push(peers.postgres(which, &cluster, fibers)));
            }
            report(&name, rates);
        }
    }
}

fn report(name: &str, rates: [Vec<f64>; 3]) {
    let best = rates.map(|rates| rates.into_iter().fold(0.0, f64::max));
    let ratio = |which: usize| best[which] / best[0];
    println!("{name}: {:.0} a second; node {:.2}, python {:.2} of that", best[0], ratio(1), ratio(2));
}

/// Where the packages of the other languages are.
struct Peers {
    folder: PathBuf,
    servers: PathBuf,
}

impl Peers {
    fn install() -> Self {
        let folder = program::directory().parent().unwrap_or(Path::new(".")).join("database-peers");
        let servers = program::root().join("benches/databases");
        fs::create_dir_all(folder.join("node")).expect("the target folder can be written to");
        let shell = "set -e\n\
            [ -d node/node_modules/better-sqlite3/build ] || (cd node && npm install --no-audit --no-fund express better-sqlite3 pg >&2)\n\
            [ -x venv/bin/uvicorn ] || (python3 -m venv venv && venv/bin/pip install -q fastapi 'uvicorn[standard]' 'psycopg[binary]' >&2)\n";
        let status = Command::new("sh").args(["-c", shell]).current_dir(&folder).status();
        assert!(status.is_ok_and(|status| status.success()), "the packages cannot be installed");
        Self { folder, servers }
    }

    fn command(&self, which: usize, script: &str) -> Command {
        let [sn, js, py] = ["sn", "js", "py"].map(|end| self.servers.join(format!("{script}.{end}")));
        match NAMES[which] {
            "sentra" => {
                let mut command = program::sentra_vm();
                command.arg("run").arg(sn);
                command
            }
            "node" => {
                let mut command = Command::new("node");
                command.arg(js).env("NODE_PATH", self.folder.join("node/node_modules")).env("NODE_ENV", "production");
                command
            }
            _ => {
                let mut command = Command::new(self.folder.join("venv/bin/python"));
                command.arg(py);
                command
            }
        }
    }

    /// Requests a second of a service over a fresh database with a thousand posts.
    fn rest(&self, which: usize, synchronous: &str) -> f64 {
        let file = self.folder.join("data.db");
        for end in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(self.folder.join(format!("data.db{end}")));
        }
        let make = "import sqlite3, sys\nbase = sqlite3.connect(sys.argv[1])\n\
            base.execute('PRAGMA journal_mode = WAL')\n\
            base.execute('CREATE TABLE posts (id INTEGER PRIMARY KEY, title TEXT, body TEXT)')\n\
            base.executemany('INSERT INTO posts (title, body) VALUES (?, ?)', [(f'title {n}', 'some words ' * 10) for n in range(1000)])\n\
            base.commit()\n";
        let made = Command::new("python3").args(["-c", make]).arg(&file).status();
        assert!(made.is_ok_and(|status| status.success()), "the database cannot be made");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|taken| taken.local_addr()).expect("a port is free").port();
        let mut command = self.command(which, "rest");
        let mut server = Server(command.arg(port.to_string()).arg(&file).arg(synchronous).spawn().expect("it starts"));
        server.wait_for(port);
        let url = format!("http://127.0.0.1:{port}");
        let load = |seconds: &str| {
            let wrk = Command::new("wrk")
                .args(["-t1", "-c32", seconds, "-s"])
                .arg(self.servers.join("mix.lua"))
                .arg(&url)
                .output();
            String::from_utf8_lossy(&wrk.expect("wrk is installed").stdout).into_owned()
        };
        load("-d1s");
        let output = load(SECONDS);
        assert!(!output.contains("Non-2xx"), "{output}");
        let rate = output.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
        rate.and_then(|rate| rate.trim().parse().ok()).unwrap_or_else(|| panic!("{output}"))
    }

    fn cluster(&self) -> Cluster {
        let site = Authority::new(&self.folder.join("authority"), "authority").named("site", "DNS:localhost");
        let cluster = Cluster::start("bench", &site.cert, &site.key, "");
        let make = format!(
            "let database = db::connect(\"{}\")\n\
             database.execute(\"CREATE TABLE posts AS SELECT id, 'title ' || id AS title FROM generate_series(1, 1000) AS id\")\n\
             database.execute(\"ALTER TABLE posts ADD PRIMARY KEY (id)\")\ndatabase.execute(\"ANALYZE posts\")",
            cluster.url("tester", "")
        );
        let made = program::sentra_vm().arg("eval").arg(make).status();
        assert!(made.is_ok_and(|status| status.success()), "the table cannot be made");
        cluster
    }

    /// Queries a second.
    fn postgres(&self, which: usize, cluster: &Cluster, fibers: &str) -> f64 {
        let mut command = self.command(which, "postgres");
        command.args([&*cluster.url("tester", "?sslmode=disable"), QUERIES, fibers]).stderr(Stdio::inherit());
        let output = command.output().expect("it starts");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.trim().parse().unwrap_or_else(|_| panic!("{}: {text}", NAMES[which]))
    }
}

struct Server(Child);

impl Server {
    fn wait_for(&mut self, port: u16) {
        let until = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(
                Instant::now() < until && self.0.try_wait().is_ok_and(|ended| ended.is_none()),
                "it does not serve"
            );
            sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
