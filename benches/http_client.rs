//! `cargo bench --bench http_client`: HTTP clients against nginx: 2,000 requests one after the other, 1,000 with a hundred
//! at a time, and a download of 1 GiB, of Sentra, Go, curl, Node and Python. Whole processes, their start included.
//!
//! nginx has one core and the client the other; the clients take turns.

mod options;
mod servers;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use sentra::{program, python};
use servers::{Server, median, verdict};

/// What is asked: the number of requests, and how many at a time.
const LOADS: [(&str, &str); 2] = [("2000", "1"), ("1000", "100")];
/// How many times Go's time Sentra's may be, and that of the others.
const OF_GO: f64 = 1.2;
const OF_OTHERS: f64 = 1.0;
const SIZE: u64 = 1 << 30;
/// How many times curl's processor time for a download Sentra's may be.
const OF_CURL: f64 = 1.2;
const MOST_MIB: u64 = 32;

fn main() {
    let options = options::from_command_line(3);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("http-clients");
    std::fs::create_dir_all(folder.join("site")).expect("the target folder can be written");
    let big = std::fs::File::create(folder.join("site/big")).and_then(|file| file.set_len(SIZE));
    big.expect("the target folder can be written");
    let rules = format!(
        "server {{ listen PORT; location = / {{ return 200 \"Hello, World!\"; }} location / {{ root {}/site; }} }}",
        folder.display()
    );
    let nginx = Server::nginx(&folder, &rules).expect("nginx is installed");
    let url = format!("http://127.0.0.1:{}/", nginx.port);
    println!("{:<24}{:<10}{:>10}{:>14}{:>10}", "", "client", "seconds", "CPU seconds", "ratio");
    if "requests".contains(&options.filter) {
        LOADS.iter().for_each(|load| requests(&url, *load, &folder, options.rounds));
    }
    if "download".contains(&options.filter) {
        download(&format!("{url}big"), &folder, options.rounds);
    }
}

/// Seconds of a process, and those that it kept a processor busy.
struct Spent {
    elapsed: f64,
    busy: f64,
}

fn run(command: &mut Command) -> Option<(Spent, String)> {
    let (before, start) = (children_seconds(), Instant::now());
    let output = command.output().ok()?;
    let spent = Spent { elapsed: start.elapsed().as_secs_f64(), busy: children_seconds() - before };
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    Some((spent, String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// The kernel adds a child's time to its parent's account when it is waited for.
fn children_seconds() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("getrusage of children has no way to fail");
    (usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1e6
}

fn requests(url: &str, (count, at_once): (&str, &str), folder: &Path, rounds: usize) {
    let mut clients = clients(url, count, at_once, folder);
    let mut spent: Vec<Vec<Spent>> = clients.iter().map(|_| Vec::new()).collect();
    for _ in 0..rounds {
        for ((name, command), spent) in clients.iter_mut().zip(&mut spent) {
            let Some((seconds, output)) = run(command) else { continue };
            let bytes = if *name == "curl" { output.len().to_string() } else { output.trim().to_owned() };
            let expected = 13 * count.parse::<usize>().expect("a number");
            assert_eq!(bytes, expected.to_string(), "{name} got something else");
            spent.push(seconds);
        }
    }
    // The best of each: what else the machine does only adds to it.
    let of = |spent: &[Spent], what: fn(&Spent) -> f64| spent.iter().map(what).fold(f64::NAN, f64::min);
    let own = of(&spent[0], |spent| spent.elapsed);
    for ((name, _), spent) in clients.iter().zip(&spent) {
        let (elapsed, busy) = (of(spent, |spent| spent.elapsed), of(spent, |spent| spent.busy));
        let note = verdict(own / elapsed, if *name == "go" { OF_GO } else { OF_OTHERS });
        let load = format!("{count} gets, {at_once} at a time");
        println!("{load:<24}{name:<10}{elapsed:>10.3}{busy:>14.3}{:>10.2}{note}", own / elapsed);
    }
}

/// The clients, Sentra first. Those that are not installed fail to start.
fn clients(url: &str, count: &str, at_once: &str, folder: &Path) -> Vec<(&'static str, Command)> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/http_clients");
    let mut sentra = program::sentra_vm();
    sentra.arg("run").arg(here.join("client.sn"));
    let go = Command::new(built(&here.join("client.go"), folder));
    let mut node = Command::new("node");
    node.arg(here.join("client.js"));
    let mut python = python::with("http-clients", folder, &["requests", "aiohttp"]);
    python.arg(here.join("client.py"));
    let mut clients = vec![("sentra", sentra), ("go", go), ("node", node), ("python", python)];
    for (_, command) in &mut clients {
        command.args([url, count, at_once]);
    }
    let mut curl = Command::new("curl");
    let parallel: &[&str] = if at_once == "1" { &[] } else { &["-Z", "--parallel-max", at_once] };
    curl.arg("-s").args(parallel).arg(format!("{url}?[1-{count}]"));
    clients.push(("curl", curl));
    clients
}

fn built(source: &Path, folder: &Path) -> PathBuf {
    let binary = folder.join("client-go");
    let built = Command::new("go").arg("build").arg("-o").arg(&binary).arg(source).status();
    if !built.is_ok_and(|status| status.success()) {
        eprintln!("go is not installed and is left out");
    }
    binary
}

/// A large file to disk, by Sentra and by curl.
fn download(url: &str, folder: &Path, rounds: usize) {
    let target = folder.join("downloaded");
    let script = folder.join("download.sn");
    std::fs::write(&script, "http_download(args()[0], args()[1], {timeout: 600})\n")
        .expect("the folder can be written");
    let mut sentra = program::sentra_vm();
    sentra.arg("run").arg(script).arg(url).arg(&target);
    let mut curl = Command::new("curl");
    curl.args(["-s", "-o"]).arg(&target).arg(url);
    let mut busy = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (command, busy) in [&mut sentra, &mut curl].into_iter().zip(&mut busy) {
            let (spent, _) = run(command).expect("Sentra and curl are installed");
            let size = std::fs::metadata(&target).map(|file| file.len());
            assert_eq!(size.ok(), Some(SIZE), "all of it has come");
            let _ = std::fs::remove_file(&target);
            busy.push(spent.busy);
        }
    }
    let [own, other] = busy.map(|busy| median(&busy));
    let note = verdict(own / other, OF_CURL);
    println!("1 GiB: {own:.2} s of processor time, curl {other:.2}, ratio {:.2}{note}", own / other);
    let peak = program::run(&mut sentra, b"", Duration::from_secs(120)).peak_memory >> 10;
    let _ = std::fs::remove_file(&target);
    println!("1 GiB: at most {peak} MiB resident{}", verdict(peak as f64, MOST_MIB as f64));
}
