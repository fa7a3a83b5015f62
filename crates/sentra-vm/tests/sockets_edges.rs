//! Sockets and the event loop where it gets tight: no descriptors left, peers that never stop,
//! waits that are given up.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const ECHO: &str = r#"
let server = socket_listen("TCP", "127.0.0.1", 0)
file_write(args()[0] + ".new", str(socket_info(server).local_port))
file_move(args()[0] + ".new", args()[0])
fn serve(client) {
    loop {
        let data = socket_receive(client, 65536)
        if !data || socket_send(client, data) == 0 { break }
    }
    socket_close(client)
}
loop { spawn serve(socket_accept(server)) }
"#;

/// A server that ends with the test.
struct Server {
    child: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).expect("the target directory can be written");
    path
}

fn run(name: &str, source: &str) -> String {
    let script = file(&format!("{name}.sn"), source);
    let output = Command::new(env!("CARGO_BIN_EXE_sentra-vm")).arg("run").arg(script).output().expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it prints text")
}

/// Starts the echo server, with at most so many open files.
fn serve(name: &str, files: u32) -> Server {
    let script = file(&format!("{name}.sn"), ECHO);
    let port = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.port"));
    // An earlier run may have left it.
    let _ = fs::remove_file(&port);
    let limited = format!("ulimit -n {files}; exec \"$0\" run \"$1\" \"$2\"");
    let child = Command::new("bash")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_sentra-vm")])
        .args([&script, &port])
        .stdout(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut server = Server { child, port: 0 };
    wait_for(|| port.exists());
    server.port = fs::read_to_string(&port).expect("it is there").trim().parse().expect("it is a port");
    server
}

fn wait_for(mut done: impl FnMut() -> bool) {
    let latest = Instant::now() + Duration::from_secs(30);
    while !done() {
        assert!(Instant::now() < latest, "it takes too long");
        thread::sleep(Duration::from_millis(2));
    }
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", server.port)).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("it is not zero");
    stream
}

fn assert_echo(stream: &mut TcpStream, text: &[u8]) {
    stream.write_all(text).expect("the server reads");
    let mut answer = vec![0; text.len()];
    stream.read_exact(&mut answer).expect("the server answers");
    assert_eq!(answer, text);
}

/// Clock ticks of processor time that a process has used.
fn ticks(process: u32) -> u64 {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    fields[11..13].iter().map(|field| field.parse::<u64>().expect("it is a number")).sum()
}

#[test]
fn without_descriptors_accepting_waits_and_does_not_spin() {
    let server = serve("descriptors", 32);
    let mut clients: Vec<TcpStream> = (0..50).map(|_| connect(&server)).collect();
    assert_echo(&mut clients[0], b"first");
    let before = ticks(server.child.id());
    thread::sleep(Duration::from_secs(1));
    assert!(ticks(server.child.id()) - before < 20, "it is busy with nothing");
    // What the process itself holds open leaves room for these at once.
    let mut later = clients.split_off(36);
    drop(clients);
    later.iter_mut().for_each(|client| assert_echo(client, b"later"));
}

#[test]
fn a_client_that_never_stops_leaves_time_for_others() {
    let server = serve("flood", 1024);
    let stop = Arc::new(AtomicBool::new(false));
    let mut flood = connect(&server);
    let mut drain = flood.try_clone().expect("it can be shared");
    let stopped = Arc::clone(&stop);
    let writer = thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) && flood.write_all(&[b'x'; 65536]).is_ok() {}
        // The reader ends with it.
        let _ = flood.shutdown(std::net::Shutdown::Both);
    });
    let reader = thread::spawn(move || while matches!(drain.read(&mut [0; 65536]), Ok(read) if read > 0) {});
    let mut client = connect(&server);
    let start = Instant::now();
    (0..20).for_each(|_| assert_echo(&mut client, b"me too"));
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    stop.store(true, Ordering::Relaxed);
    writer.join().and_then(|()| reader.join()).expect("they end");
}

#[test]
fn asking_again_and_again_lets_others_run() {
    let source = r#"
let channel = make_channel()
let done = false
after(5, fn() { done = true })
while !done { select { case v = <-channel: log(v)
    default: nil } }
log("done")
"#;
    assert_eq!(run("asking", source), "done\n");
}

#[test]
fn waits_that_are_given_up_leave_nothing() {
    let source = r#"
fn resident() {
    for line in split(file_read("/proc/self/status"), "\n") {
        if starts_with(line, "VmRSS") { return number(split(line[6:], "k")[0].trim()) }
    }
}
let never = make_channel()
let full = make_channel()
let other = make_channel()
let server = socket_listen("TCP", "127.0.0.1", 0)
let forever = spawn { <-make_channel() }
fn round() {
    spawn { other <- 1 }
    select { case v = <-never: nil
        case v = <-other: nil }
    let waiting = spawn { socket_accept(server) }
    let sending = spawn { full <- [1, 2, 3] }
    let asking = spawn { wait(forever) }
    yield()
    for task in [sending, waiting, asking] { cancel(task) }
    yield()
}
for i in 0..30000 { round() }
let before = resident()
for i in 0..60000 { round() }
log(resident() - before < 2000)
cancel(forever)
"#;
    assert_eq!(run("given_up", source), "true\n");
}

#[test]
fn a_closed_id_reaches_no_other_socket() {
    let source = r#"
let first = socket_listen("UDP", "127.0.0.1", 0)
let port = socket_info(first).local_port
socket_close(first)
let second = socket_listen("UDP", "127.0.0.1", port)
log(first != second, socket_info(first), socket_send_to(first, "x", "127.0.0.1", port), socket_close(first))
log(socket_info(replace(second, "udp", "tcp")), socket_info(second + " "), socket_info("udp#"))
"#;
    assert_eq!(run("closed_id", source), "true nil 0 false\nnil nil nil\n");
}

#[test]
fn a_cancelled_sender_makes_way_for_the_next() {
    let source = r#"
let server = socket_listen("TCP", "127.0.0.1", 0)
let client = socket_create("TCP", "127.0.0.1", socket_info(server).local_port)
let peer = socket_accept(server)
let first = spawn { socket_send(client, repeat("1", 50000000)) }
let second = spawn { socket_send(client, "2") }
sleep(20)
cancel(first)
let reader = spawn {
    let all = 0
    loop {
        let data = socket_receive(peer, 1000000)
        if ends_with(data, "2") { return "made way" }
    }
}
log(wait(second), wait(reader))
"#;
    assert_eq!(run("cancelled_sender", source), "1 made way\n");
}

#[test]
fn the_address_that_answers_is_found_among_several() {
    let source = r#"
let server = socket_listen("TCP", "127.0.0.1", 0)
let client = socket_create("TCP", "localhost", socket_info(server).local_port, {timeout: 5})
log(client != nil && socket_accept(server, 5) != nil)
"#;
    assert_eq!(run("several", source), "true\n");
}

#[test]
fn a_timeout_of_zero_takes_what_is_there() {
    let source = r#"
let server = socket_listen("TCP", "127.0.0.1", 0)
let client = socket_create("TCP", "127.0.0.1", socket_info(server).local_port)
let peer = socket_accept(server, 0)
log(socket_receive(peer, 10, 0), last_error().kind, socket_select([peer, client], 0))
socket_send(client, "here")
log(socket_select([peer, client], 0) == [peer], socket_receive(peer, 10, 0))
spawn { sleep(10); socket_send(client, "later") }
let data = nil
while data == nil { data = socket_receive(peer, 10, 0) }
log(data)
"#;
    assert_eq!(run("zero", source), "nil timeout []\ntrue here\nlater\n");
}
