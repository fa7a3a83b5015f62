//! The blocks of the tutorial chapter as they are printed, each in a network of its own where the ports and names
//! that it uses are there. What the chapter leaves undefined is in `tests/chapter`, the other side of each
//! conversation in `tests/peers/chapter.py`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use sentra::certificates::Authority;
use sentra::program::{self, Outcome};
use sentra::python;

const LIMIT: Duration = Duration::from_secs(180);
/// Who the chapter talks to.
const HOSTS: &str = "127.0.0.1 localhost api.example.com example.com api.weather.com google.com\n127.0.0.2 server1\n\
                     127.0.0.3 server2\n127.0.0.4 server3\n10.1.2.2 outside\n";
const NAMES: &str = "DNS:example.com,DNS:api.example.com,DNS:api.weather.com";
/// Makes the network, and then runs the rest of the words in it.
const WORLD: &str = r#"exec unshare -rnmpf --kill-child sh -ec '
    mount --bind "$HOSTS" /etc/hosts
    ip link set lo up
    ip link add eth0 type veth peer name outside
    ip addr add 10.1.2.1/24 dev eth0
    ip link set eth0 up
    ip link set outside up
    ip neigh add 10.1.2.2 lladdr 02:00:00:00:00:02 dev eth0
    exec "$@"' sh "$@""#;

/// Runs words in a network of its own, whose owner this user is not.
const STRANGER: &str = r#"exec unshare -rn setpriv --bounding-set=-all --inh-caps=-all "$@""#;

/// The text of a block.
fn block(name: &str) -> String {
    let path = format!("crates/sentra-compiler/tests/data/chapter/{name}.sn");
    fs::read_to_string(program::root().join(path)).expect("the block is there")
}

/// What the chapter leaves undefined for a block.
fn helpers(name: &str) -> String {
    fs::read_to_string(program::root().join(format!("tests/chapter/{name}.sn"))).unwrap_or_default()
}

/// A folder of a test's own.
fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("chapter").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}

/// Whether networks can be made here. If not that is said, and fails where all has to run.
fn has_networks() -> bool {
    let made = Command::new("unshare").args(["-rnm", "ip", "link", "set", "lo", "up"]).output();
    let can = made.is_ok_and(|output| output.status.success());
    if !can {
        assert!(std::env::var_os("CI").is_none(), "a network of one's own cannot be made here");
        eprintln!("NOT RUN: a network of one's own cannot be made here");
    }
    can
}

/// A Python with the package `websockets`, installed by the first test that needs it.
fn python_with_websockets() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
        python::with("websockets", scratch, &["websockets"]).get_program().into()
    })
}

/// Plays a block with programs, which go into files; nothing if networks cannot be made.
fn play(test: &str, programs: &[String], variables: &[(&str, PathBuf)]) -> Option<Outcome> {
    if !has_networks() {
        return None;
    }
    let folder = folder(test);
    let hosts = folder.join("hosts");
    fs::write(&hosts, HOSTS).expect("the folder is ours");
    let authority = Authority::new(&folder.join("authority"), "authority");
    let site = authority.named("site", NAMES);
    let mut command = Command::new("sh");
    command.args(["-c", WORLD, "sh"]).arg(python_with_websockets()).arg(python::peer("chapter.py")).arg(test);
    command.arg(program::directory().join("sentra-vm"));
    for (number, text) in programs.iter().enumerate() {
        let path = folder.join(format!("program{number}.sn"));
        fs::write(&path, text).expect("the folder is ours");
        command.arg(path);
    }
    command.current_dir(&folder).env("HOSTS", hosts).env("HOME", &folder);
    command.env("SSL_CERT_FILE", &authority.cert).env("CERT", &site.cert).env("KEY", &site.key);
    command.envs(variables.iter().map(|(name, value)| (*name, value)));
    Some(program::run(&mut command, b"", LIMIT))
}

fn assert_plays(test: &str, programs: &[String]) {
    let Some(outcome) = play(test, programs, &[]) else { return };
    assert_eq!(outcome.status, Some(0), "{}\n{}", outcome.output(), outcome.errors());
}

/// A block after what it lacks.
fn whole(name: &str) -> String {
    format!("{}\n{}", helpers(name), block(name))
}

#[test]
fn web_server() {
    assert_plays("web_server", &[whole("01_quick_example")]);
}

/// Server and client stand in one block, the client after a loop without end: they are two programs.
#[test]
fn tcp() {
    let text = block("02_tcp_networking");
    let client = text.find("// TCP Client").expect("the client is there");
    assert_plays("tcp", &[text.clone(), text[client..].to_owned()]);
}

#[test]
fn http_client() {
    assert_plays("http_client", &[whole("03_http_client")]);
}

#[test]
fn websocket() {
    assert_plays("websocket", &[whole("04_websocket_communication")]);
}

#[test]
fn rest_api() {
    assert_plays("rest_api", &[whole("05_rest_api_server")]);
}

#[test]
fn chat() {
    assert_plays("chat", &[whole("06_real_time_chat_application")]);
}

#[test]
fn scanner() {
    assert_plays("scanner", &[whole("07_network_scanner")]);
}

#[test]
fn load_balancer() {
    assert_plays("load_balancer", &[whole("08_load_balancer")]);
}

#[test]
fn protocol() {
    assert_plays("protocol", &[whole("09_protocol_implementation")]);
}

#[test]
fn monitor() {
    assert_plays("monitor", &[whole("10_network_monitoring")]);
}

/// Without the right to capture, or without the interface, that is what is said.
#[test]
fn what_cannot_be_monitored_is_a_clear_error() {
    let folder = folder("no_monitor");
    let path = folder.join("program.sn");
    fs::write(&path, block("10_network_monitoring").replace("eth0", "nosuch0")).expect("the folder is ours");
    let mut command = program::sentra_vm();
    let outcome = program::run(command.arg("run").arg(&path), b"", LIMIT);
    let told = |outcome: &Outcome, word: &str| outcome.status == Some(1) && outcome.errors().contains(word);
    assert!(told(&outcome, "nosuch0") || told(&outcome, "CAP_NET_RAW"), "{}", outcome.errors());
    if !has_networks() {
        return;
    }
    fs::write(&path, block("10_network_monitoring").replace("eth0", "lo")).expect("the folder is ours");
    let mut command = Command::new("sh");
    command.args(["-c", STRANGER, "sh"]).arg(program::directory().join("sentra-vm")).arg("run").arg(&path);
    let outcome = program::run(&mut command, b"", LIMIT);
    assert!(told(&outcome, "CAP_NET_RAW"), "{}", outcome.errors());
}

/// A user who may not take port 80 is told so; the chapter's balancer needs it.
#[test]
fn a_privileged_port_is_a_clear_error() {
    let folder = folder("privileged");
    let path = folder.join("program.sn");
    fs::write(&path, whole("08_load_balancer")).expect("the folder is ours");
    if !has_networks() {
        return;
    }
    let mut command = Command::new("sh");
    command.args(["-c", STRANGER, "sh"]).arg(program::directory().join("sentra-vm")).arg("run").arg(path);
    let outcome = program::run(&mut command, b"", LIMIT);
    assert_eq!(outcome.status, Some(1), "{}", outcome.errors());
    let errors = outcome.errors();
    assert!(errors.contains("0.0.0.0:80") && errors.contains("permission"), "{errors}");
}

/// The session, typed at a terminal.
#[test]
fn session() {
    let steps = folder("steps").join("steps");
    let lines = block("11_try_it_yourself");
    let mut typed = Vec::new();
    // The first prompt is waited for; of what follows the terminal shows each line as it is typed.
    for (number, line) in lines.lines().enumerate() {
        typed.push(if number == 0 { "> ".to_owned() } else { String::new() });
        typed.push(format!("{line}\r"));
    }
    typed.extend(["true".to_owned(), "http::get(\"http://127.0.0.1:8080/from/here\").text()\r".to_owned()]);
    typed.extend(["Hello from /from/here!".to_owned(), "http::Ser\t".to_owned()]);
    typed.extend(["http::Server".to_owned(), "\x15:quit\r".to_owned()]);
    fs::write(&steps, typed.join("\0")).expect("the folder is ours");
    let variables = [("STEPS", steps), ("TERMINAL", python::peer("terminal.py"))];
    let Some(outcome) = play("session", &[], &variables) else { return };
    assert_eq!(outcome.status, Some(0), "{}\n{}", outcome.output(), outcome.errors());
    assert!(outcome.output().contains("Temperature: 12.5"), "{}", outcome.output());
}
