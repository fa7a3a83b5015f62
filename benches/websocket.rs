//! `cargo bench --bench websocket`: processor time per message of WebSocket servers: Sentra, a bare one of tungstenite on
//! mio, Node's `ws` and Python's `websockets`. Echoes with one message and with sixteen under way on each connection,
//! and broadcasts to a thousand clients, for each delivery.
//!
//! The server has one core and the load the other; the servers take turns. The bare server is this same program,
//! started with `--serve`.

mod bare;
mod load;
mod options;
mod servers;
#[path = "websocket_servers/tungstenite.rs"]
mod tungstenite_server;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use load::{Load, Talk};
use sentra::{node, program, python};
use servers::{Server, median, verdict};

const WARM_UP: Duration = Duration::from_millis(300);
const MEASURED: Duration = Duration::from_secs(2);
/// Bytes of a message.
const TEXT: usize = 64;
const HELLO: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

struct Case {
    name: &'static str,
    /// The servers' program.
    program: &'static str,
    connections: usize,
    /// Messages under way on a connection.
    in_flight: usize,
    /// How many times the bare server's processor time Sentra may take.
    most: f64,
}

const CASES: [Case; 3] = [
    Case { name: "echo, 1 in flight", program: "echo", connections: 64, in_flight: 1, most: 1.4 },
    Case { name: "echo, 16 in flight", program: "echo", connections: 64, in_flight: 16, most: 0.5 },
    Case { name: "broadcast to 1,000", program: "broadcast", connections: 1000, in_flight: 1, most: 1.0 },
];

fn main() {
    let words: Vec<String> = std::env::args().collect();
    if let Some(at) = words.iter().position(|word| word == "--serve") {
        let broadcasts = words.get(at + 1).is_some_and(|word| word == "broadcast");
        tungstenite_server::serve(broadcasts).expect("the bare server runs");
    }
    let options = options::from_command_line(3);
    println!("{:<20}{:<12}{:>12}{:>8}", "", "server", "us/message", "ratio");
    for case in CASES.iter().filter(|case| case.name.contains(&options.filter)) {
        run(case, options.rounds);
    }
}

/// All servers in turn.
fn run(case: &Case, rounds: usize) {
    let mut commands = commands(case.program);
    let mut results = vec![Vec::new(); commands.len()];
    for _ in 0..rounds {
        for ((name, command), results) in commands.iter_mut().zip(&mut results) {
            let Some(server) = Server::start(name, command) else { continue };
            match measure(case, &server) {
                Ok(microseconds) => results.push(microseconds),
                Err(reason) => eprintln!("{name}: {reason}"),
            }
        }
    }
    let bare = median(&results[0]);
    for ((name, _), results) in commands.iter().zip(&results) {
        let ratio = median(results) / bare;
        let note = if *name == "sentra" { verdict(ratio, case.most) } else { String::new() };
        println!("{:<20}{name:<12}{:>12.2}{ratio:>8.2}{note}", case.name, median(results));
    }
}

fn commands(program: &str) -> Vec<(&'static str, Command)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/websocket_servers");
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut bare = Command::new(std::env::current_exe().expect("the path of the running bench"));
    bare.args(["--serve", program]);
    let mut sentra = program::sentra_vm();
    sentra.arg("run").arg(folder.join(format!("{program}.sn")));
    let mut node = node::with("ws", scratch, &["ws"]);
    node.arg(folder.join(format!("{program}.js")));
    let mut python = python::with("websockets", scratch, &["websockets"]);
    python.arg(folder.join(format!("{program}.py")));
    vec![("bare", bare), ("sentra", sentra), ("node", node), ("python", python)]
}

/// Microseconds of the server's processor time for a message that it has sent.
fn measure(case: &Case, server: &Server) -> std::io::Result<f64> {
    let message = frame().repeat(case.in_flight);
    // A frame from the server has no mask.
    let answer = (2 + TEXT) * case.in_flight;
    let talk = Talk { hello: HELLO, message, answer, to_all: case.program == "broadcast" };
    let mut load = Load::connect(server.port, case.connections, talk)?;
    load.run(WARM_UP)?;
    let before = server.processor_seconds();
    let (answers, _) = load.run(MEASURED)?;
    let messages = answers as f64 * case.in_flight as f64;
    Ok((server.processor_seconds() - before) * 1e6 / messages)
}

/// A text message as a client sends it (RFC 6455, section 5.2).
fn frame() -> Vec<u8> {
    let mask = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = vec![0x81, 0x80 | TEXT as u8];
    frame.extend(mask);
    frame.extend((0..TEXT).map(|at| b'x' ^ mask[at % 4]));
    frame
}
