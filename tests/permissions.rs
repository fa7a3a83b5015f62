//! What programs may reach: each flag allows what it names and nothing else, whatever way round
//! it a program takes.

use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use sentra::program;

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("permissions").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    folder.canonicalize().expect("it is there")
}

fn eval(flags: &[&str], source: &str) -> Command {
    let mut command = program::sentra_vm();
    command.arg("eval").args(flags).arg(source);
    command
}

fn output(command: &mut Command) -> String {
    let output = command.output().expect("the command runs");
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Runs an expression; its value, or the kind and text of what it threw or left behind.
fn attempt(flags: &[&str], expression: &str) -> String {
    let source = format!(
        "let outcome = nil\ntry {{ outcome = {expression} }} catch e {{ print(e.kind + \": \" + e.message); exit(0) }}\n\
         let why = last_error()\nif outcome == nil and why != nil {{ print(why.kind + \": \" + why.message) }} else {{ print(str(outcome)) }}"
    );
    output(&mut eval(flags, &source))
}

#[track_caller]
fn assert_refused(flags: &[&str], expression: &str, flag: &str) {
    let said = attempt(flags, expression);
    assert!(said.starts_with("permission: "), "{flags:?} {expression}: {said}");
    assert!(said.contains(&format!("--{flag}")), "{flags:?} {expression} does not say that --{flag} allows it: {said}");
}

#[track_caller]
fn assert_allowed(flags: &[&str], expression: &str) -> String {
    let said = attempt(flags, expression);
    assert!(!said.contains("permission") && !said.contains("error"), "{flags:?} {expression}: {said}");
    said
}

#[test]
fn a_sandbox_leaves_a_program_to_itself() {
    for (expression, flag) in [
        ("file_read('/etc/passwd')", "allow-read"),
        ("file_exists('/etc/passwd')", "allow-read"),
        ("dir_list('/')", "allow-read"),
        ("hash_file('sha256', '/etc/passwd')", "allow-read"),
        ("read_lines('/etc/passwd')", "allow-read"),
        ("file_write('/tmp/sentra-never', '')", "allow-write"),
        ("file_delete('/tmp/sentra-never')", "allow-write"),
        ("temp_dir()", "allow-write"),
        ("exec('true')", "allow-exec"),
        ("env('HOME')", "allow-env"),
        ("env()", "allow-env"),
        ("env_set('HOME', '/')", "allow-env"),
        ("socket_create('TCP', '127.0.0.1', 9)", "allow-net"),
        ("socket_create('UDP', '127.0.0.1', 9)", "allow-net"),
        ("socket_create('UNIX', '/run/some.sock', 0)", "allow-write"),
        ("socket_listen('TCP', '127.0.0.1', 0)", "allow-listen"),
        ("socket_listen('UDP', '127.0.0.1', 0)", "allow-listen"),
        ("http_get('http://127.0.0.1:9/')", "allow-net"),
        ("ws_connect('ws://127.0.0.1:9/')", "allow-net"),
        ("ws_listen('127.0.0.1', 0)", "allow-listen"),
        ("http_server_create('127.0.0.1', 0)", "allow-listen"),
        ("free_port()", "allow-listen"),
        ("dns_lookup('example.com', 'A')", "allow-net"),
        ("dns_query('example.com', 'A', {server: '127.0.0.1'})", "allow-net"),
    ] {
        assert_refused(&["--sandbox"], expression, flag);
    }
    assert_eq!(assert_allowed(&["--sandbox"], "glob('/etc/pass*')"), "[]");
    assert_eq!(assert_allowed(&["--sandbox"], "sha256('a').len() + args().len()"), "64");
}

#[test]
fn folders_are_left_by_no_link_and_no_dots() {
    let folder = folder("links");
    let inside = folder.join("inside");
    fs::create_dir_all(inside.join("deep")).expect("it can be made");
    fs::write(inside.join("mine"), "mine").expect("it can be written");
    fs::write(folder.join("secret"), "secret").expect("it can be written");
    symlink("../secret", inside.join("relative")).expect("links can be made");
    symlink(folder.join("secret"), inside.join("absolute")).expect("links can be made");
    symlink("..", inside.join("up")).expect("links can be made");
    symlink("loop", inside.join("loop")).expect("links can be made");
    symlink("../never", inside.join("dangling")).expect("links can be made");
    symlink("mine", inside.join("own")).expect("links can be made");
    let at = inside.display();
    let (read, write) = (format!("--allow-read={at}"), format!("--allow-write={at}"));
    let flags = [read.as_str(), write.as_str()];
    for path in [
        "../secret",
        "deep/../../secret",
        "relative",
        "absolute",
        "up/secret",
        "up/inside/../secret",
        "loop",
        "dangling",
        "deep/../relative",
        "../inside/../secret",
        "../inside-not",
        "..",
    ] {
        assert_refused(&flags, &format!("file_read('{at}/{path}')"), "allow-read");
        assert_refused(&flags, &format!("file_write('{at}/{path}', 'no')"), "allow-write");
        assert_refused(&flags, &format!("file_append('{at}/{path}', 'no')"), "allow-write");
        assert_refused(&flags, &format!("file_copy('{at}/mine', '{at}/{path}')"), "allow-write");
    }
    for path in
        ["/proc/self/root/etc/passwd", "/proc/self/environ", "/proc/thread-self/root/etc/passwd", "/proc/1/cmdline"]
    {
        assert_refused(&flags, &format!("file_read('{path}')"), "allow-read");
    }
    assert_refused(&flags, &format!("file_move('{at}/mine', '{at}/../taken')"), "allow-write");
    assert_refused(&flags, &format!("file_move('{at}/../secret', '{at}/taken')"), "allow-write");
    assert_refused(&flags, &format!("dir_create('{at}/up/made')"), "allow-write");
    assert_refused(&flags, &format!("dir_delete('{at}/up/inside/..', true)"), "allow-write");
    assert_eq!(assert_allowed(&flags, &format!("glob('{at}/*/secret')")), "[]");
    assert_eq!(
        assert_allowed(&flags, &format!("file_read('{at}/own') + file_read('{at}/up/inside/mine')")),
        "minemine"
    );
    // A link is removed itself, not what it leads to.
    assert_eq!(assert_allowed(&flags, &format!("file_delete('{at}/absolute')")), "true");
    assert_eq!(assert_allowed(&flags, &format!("file_write('{at}/deep/more', 'more')")), "4");
    assert_eq!(fs::read(folder.join("secret")).expect("it is there"), b"secret");
    assert!(!folder.join("never").exists() && !folder.join("made").exists());
}

#[test]
fn servers_and_clients_stay_within_folders_too() {
    let folder = folder("peers");
    fs::write(folder.join("secret"), "secret").expect("it can be written");
    let at = folder.display();
    let flags = ["--allow-net=127.0.0.1", "--allow-listen=0"];
    let server = "http_server_create('127.0.0.1', 0)";
    assert_refused(&flags, &format!("http_server_static({server}.id, '/', '{at}')"), "allow-read");
    assert_refused(
        &flags,
        &format!("http_server_create('127.0.0.1', 0, {{access_log: {{path: '{at}/log'}}}})"),
        "allow-write",
    );
    assert_refused(
        &flags,
        &format!("http_server_create('127.0.0.1', 0, {{tls: {{cert: '{at}/secret'}}}})"),
        "allow-read",
    );
    assert_refused(&flags, &format!("http_get('https://127.0.0.1:9/', {{ca_file: '{at}/secret'}})"), "allow-read");
    assert_refused(
        &flags,
        &format!("http_post('http://127.0.0.1:9/', nil, {{}}, {{file: '{at}/secret'}})"),
        "allow-read",
    );
    let download = format!(
        "(fn() {{ let s = {server}; http_server_route(s.id, 'GET', '/', |r| 'x'); http_server_start(s.id)\n\
         return http_download('http://127.0.0.1:' + s.port + '/', '{at}/taken') }})()"
    );
    assert_refused(&flags, &download, "allow-write");
    assert!(!folder.join("taken").exists() && !folder.join("log").exists());
}

#[test]
fn hosts_and_ports_are_those_named() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has ports");
    let port = listener.local_addr().expect("it is bound").port();
    let connect = |host: &str| format!("socket_create('TCP', '{host}', {port})");
    for grant in ["127.0.0.1", "127.0.0.0/8", "localhost", &format!("127.0.0.1:{port}"), &format!("127.0.0.1:1-{port}")]
    {
        let host = if grant == "localhost" { "localhost" } else { "127.0.0.1" };
        assert_allowed(&[&format!("--allow-net={grant}")], &connect(host));
    }
    assert_allowed(&["--allow-net"], &connect("127.0.0.1"));
    for grant in ["127.0.0.2", "10.0.0.0/8", "example.com", "localhost", "127.0.0.1:1", "::1", "*.localhost"] {
        assert_refused(&[&format!("--allow-net={grant}")], &connect("127.0.0.1"), "allow-net");
    }
    // Other spellings of an address are the same address.
    for host in ["::ffff:127.0.0.1", "127.1", "0x7f000001", "2130706433"] {
        let said = attempt(&["--allow-net=10.0.0.0/8"], &connect(host));
        assert!(said.starts_with("permission: ") || said.starts_with("dns: "), "{host}: {said}");
    }
    assert_refused(&["--allow-listen=1-1023"], "socket_listen('TCP', '127.0.0.1', 0)", "allow-listen");
    assert_refused(&["--allow-listen=127.0.0.1:0"], "socket_listen('TCP', '0.0.0.0', 0)", "allow-listen");
    assert_allowed(&["--allow-listen=127.0.0.1:0"], "socket_listen('TCP', '127.0.0.1', 0)");
    let sent = "socket_send_to(socket_listen('UDP', '127.0.0.1', 0), 'x', '127.0.0.1', 9)";
    let said = attempt(&["--allow-listen=0"], &format!("[{sent}, last_error()?.kind]"));
    assert_eq!(said, "[0, \"permission\"]");
}

/// A server that sends its visitors on to a port of this machine.
fn redirecting(to: u16) -> (u16, thread::JoinHandle<()>) {
    use std::io::{Read, Write};
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has ports");
    let port = listener.local_addr().expect("it is bound").port();
    let serve = move || {
        let (mut stream, _) = listener.accept().expect("someone comes");
        let _ = stream.read(&mut [0; 4096]);
        let answer = format!("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{to}/\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).expect("it listens");
    };
    (port, thread::spawn(serve))
}

#[test]
fn redirects_and_proxies_lead_nowhere_else() {
    let forbidden = TcpListener::bind("127.0.0.1:0").expect("loopback has ports");
    let away = forbidden.local_addr().expect("it is bound").port();
    let (port, server) = redirecting(away);
    let flags = [format!("--allow-net=127.0.0.1:{port}")];
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    assert_refused(&flags, &format!("http_get('http://127.0.0.1:{port}/')"), "allow-net");
    server.join().expect("it has served");
    for url in ["http://example.com/", "https://example.com/", "http://169.254.169.254/", "http://127.0.0.1:1/"] {
        let get = format!("http_get('{url}', {{proxy: 'http://127.0.0.1:{port}'}})");
        assert_refused(&flags, &get, "allow-net");
    }
    let connect = format!("ws_connect('ws://example.com/', {{proxy: 'http://127.0.0.1:{port}'}})");
    assert_refused(&flags, &connect, "allow-net");
    for url in ["file:///etc/passwd", "FILE:///etc/passwd"] {
        let said = attempt(&["--allow-net"], &format!("http_get('{url}')"));
        assert!(!said.contains("root:"), "{url}: {said}");
    }
    forbidden.set_nonblocking(true).expect("it can be set");
    assert!(forbidden.accept().is_err(), "the forbidden port was connected to");
}

/// A name server that says first a public address and then this machine's.
const REBINDING: &str = r#"
import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
print("ready", flush=True)
asked = 0
while True:
    query, peer = server.recvfrom(512)
    end = query.index(b"\0", 12) + 5
    a = query[end - 4:end - 2] == b"\0\1"
    address = bytes([93, 184, 216, 34]) if asked == 0 else bytes([127, 0, 0, 1])
    asked += a
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\0\0\4" + address if a else b""
    server.sendto(query[:2] + b"\x81\x80\0\1" + (b"\0\1" if a else b"\0\0") + b"\0\0\0\0" + query[12:end] + answer, peer)
"#;

#[test]
fn a_name_that_changes_its_address_does_not_become_this_machine() {
    let folder = folder("rebinding");
    fs::write(folder.join("resolv.conf"), "nameserver 127.0.0.1\n").expect("it can be written");
    fs::write(folder.join("server.py"), REBINDING).expect("it can be written");
    let source = "let server = socket_listen('TCP', '127.0.0.1', 7777)\n\
        for i in 0..2 { socket_create('TCP', 'rebind.example', 7777, {timeout: 1}); log(last_error().kind) }";
    let shell = "ip link set lo up && mount --bind resolv.conf /etc/resolv.conf && mkfifo ready || exit 3
        python3 server.py > ready & server=$!
        read line < ready
        \"$@\"; status=$?
        kill $server; exit $status";
    let mut command = Command::new("unshare");
    command.args(["-rmn", "sh", "-c", shell, "sh"]).current_dir(&folder);
    command.arg(program::sentra_vm().get_program());
    command.args(["eval", "--allow-net=rebind.example", "--allow-listen=7777", source]);
    let said = output(&mut command);
    let kinds: Vec<&str> = said.lines().collect();
    assert_eq!(kinds.len(), 2, "{said}");
    assert_ne!(kinds[0], "permission", "a public address is allowed: {said}");
    assert_eq!(kinds[1], "permission", "{said}");
}

#[test]
fn programs_are_those_found_at_first() {
    let folder = folder("programs");
    let copy = folder.join("echo");
    program::install(Path::new("/bin/sh"), &copy);
    let sh = fs::canonicalize("/bin/sh").expect("there is a shell");
    let flags = ["--allow-exec=echo"];
    assert_eq!(assert_allowed(&flags, "exec('echo', ['hi']).stdout.trim()"), "hi");
    for program in
        ["sh", "/bin/sh", "bash", &sh.display().to_string(), &copy.display().to_string(), "./echo", "../bin/sh"]
    {
        assert_refused(
            &flags,
            &format!("exec('{program}', ['-c', 'echo no'], {{cwd: '{}'}})", folder.display()),
            "allow-exec",
        );
    }
    let path = format!("exec('echo', ['-c', 'echo no'], {{env: {{PATH: '{}'}}}})", folder.display());
    assert_refused(&flags, &path, "allow-env");
    assert_refused(&flags, "exec('echo', [], {env: {LD_PRELOAD: '/tmp/x.so'}})", "allow-env");
    let with_env = ["--allow-exec=echo", "--allow-env=PATH"];
    assert_eq!(assert_allowed(&with_env, &path.replace("})", "}).stdout.trim()")), "-c echo no");
}

#[test]
fn variables_are_those_named() {
    let flags = ["--allow-env=GREETING,HOME"];
    let shown = |source: &str| output(eval(&flags, source).env("GREETING", "hi").env("SECRET", "no").env("HOME", "/"));
    assert_eq!(shown("log(env('GREETING'), env())"), "hi {\"GREETING\": \"hi\", \"HOME\": \"/\"}\n");
    assert!(shown("env('SECRET')").contains("--allow-env=SECRET"));
}

#[test]
fn a_program_has_its_time_its_fibers_and_its_files() {
    let begun = Instant::now();
    for source in ["while true {}", "sleep(60000)", "try { while true {} } finally { log('end') }"] {
        let ended = eval(&["--max-time=0.3"], source).output().expect("it runs");
        assert_eq!(ended.status.code(), Some(124), "{source}");
        assert!(String::from_utf8_lossy(&ended.stderr).contains("--max-time"), "{source}");
    }
    assert!(begun.elapsed() < Duration::from_secs(30), "no program outlives its time by much");
    assert!(attempt(&["--max-time=60"], "1 + 1").starts_with('2'));
    let many = "let open = make_channel()\nfor i in 0..20 { try { spawn { <-open } } catch e { log(i, e.kind); break } }\nexit(0)";
    assert_eq!(output(&mut eval(&["--max-fibers=8"], many)), "7 exhausted\n");
    let files = "let made = 0\nfor i in 0..100 { if socket_listen('UDP', '127.0.0.1', 0) == nil { break }\n made += 1 }\nlog(made, last_error().kind)";
    assert_eq!(output(&mut eval(&["--max-open=10"], files)), "10 exhausted\n");
    // What the process was started with does not count, wherever it lies.
    let inheriting = "exec 5</dev/null 9</dev/null 200</dev/null; exec \"$0\" eval --max-open=10 \"$1\"";
    let mut shell = Command::new("bash");
    shell.args(["-c", inheriting]).arg(program::directory().join("sentra-vm")).arg(files);
    assert_eq!(output(&mut shell), "10 exhausted\n");
}

#[test]
fn workers_are_kept_to_the_same() {
    let folder = folder("workers");
    fs::write(folder.join("program.sn"), "try { file_read('/etc/passwd') } catch e { log(e.kind) }")
        .expect("it can be written");
    let said = output(program::sentra_vm().args(["run", "--workers", "2", "--sandbox"]).arg(folder.join("program.sn")));
    assert_eq!(said, "permission\npermission\n");
}

#[test]
fn wrong_grants_are_refused_at_once() {
    for (flag, wanted) in [
        ("--allow-net=", "names nothing"),
        ("--allow-net=a b", "expects"),
        ("--allow-net=host:99999", "expects"),
        ("--allow-listen=web", "expects"),
        ("--allow-exec=no-such-program-anywhere", "expects a program"),
        ("--max-time=-1", "above 0"),
        ("--max-fibers=none", "above 0"),
    ] {
        let ended = eval(&[flag], "log('ran')").output().expect("it runs");
        assert_eq!(ended.status.code(), Some(2), "{flag}");
        assert!(
            String::from_utf8_lossy(&ended.stderr).contains(wanted),
            "{flag}: {}",
            String::from_utf8_lossy(&ended.stderr)
        );
    }
}

#[test]
fn without_flags_everything_is_as_the_user_may() {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback has ports");
    let port = socket.local_addr().expect("it is bound").port();
    assert_allowed(&[], &format!("socket_create('UDP', '127.0.0.1', {port})"));
    assert!(assert_allowed(&[], "file_read('/proc/self/root/etc/passwd')").contains("root:"));
}
