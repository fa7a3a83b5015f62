//! Executables made of the virtual machine and a program: they need nothing else, and nothing that their caller says
//! changes what the program is allowed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sentra::program::{self, Outcome};
use sentra::running::Running;
use sentra_bytecode::bundle::TAIL_BYTES;

const LIMIT: Duration = Duration::from_secs(30);

const CONNECTS: &str = "
log(\"arguments\", args())
try { log(socket_create(\"TCP\", \"127.0.0.1\", 1), last_error().kind) } catch e { log(e.kind) }
fn nothing() { throw \"over\" }
nothing()
";

/// An empty folder for a test, and in it the program `app.sn`.
fn scratch(test: &str, source: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bundle").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a scratch folder can be made");
    fs::write(folder.join("app.sn"), source).expect("the folder is ours");
    folder
}

fn bundle(folder: &Path, arguments: &[&str]) -> Outcome {
    let mut command = program::sentrac();
    command.current_dir(folder).args(["bundle", "app.sn"]).args(arguments);
    program::run(&mut command, b"", LIMIT)
}

/// Bundles the program of a folder with some flags as `app`.
fn bundled(folder: &Path, flags: &[&str]) -> Command {
    let outcome = bundle(folder, &[&["--"], flags].concat());
    assert_eq!((outcome.status, outcome.errors().as_str()), (Some(0), ""));
    fs::remove_file(folder.join("app.sn")).expect("it was there");
    Command::new(folder.join("app"))
}

#[test]
fn all_arguments_are_the_programs() {
    let folder = scratch("arguments", CONNECTS);
    let outcome = program::run(bundled(&folder, &[]).args(["--help", "run", "--", "-x"]), b"", LIMIT);
    assert_eq!(outcome.output(), "arguments [\"--help\", \"run\", \"--\", \"-x\"]\nnil connection_refused\n");
    assert_eq!(outcome.status, Some(1));
    assert!(outcome.errors().contains("nothing (app.sn:4)"), "{}", outcome.errors());
}

#[test]
fn what_it_is_allowed_stands_in_it() {
    let folder = scratch("sandbox", CONNECTS);
    let mut command = bundled(&folder, &["--sandbox", "--max-memory=64M"]);
    for flag in ["--allow-net", "--allow-net=127.0.0.1", "run"] {
        let outcome = program::run(command.arg(flag).env("SENTRA_FLAGS", "--allow-net"), b"", LIMIT);
        assert!(outcome.output().ends_with("]\nnil permission\n"), "{}", outcome.output());
    }
}

#[test]
fn flags_and_machines_that_do_not_fit_are_told_at_once() {
    let folder = scratch("refused", "log(1)");
    fs::write(folder.join("empty"), "").expect("the folder is ours");
    let cases: [(&[&str], &str); 9] = [
        (&["--", "--sandbux"], "`run` has no flag `--sandbux`; did you mean `--sandbox`?"),
        (&["--", "--max-time=soon"], "`--max-time` is a number of seconds"),
        (&["--", "--workers=0"], "`--workers` is 1 to"),
        (&["--", "other.sn"], "with flags of `sentra-vm run` and nothing else"),
        (&["--", "--help"], "with flags of `sentra-vm run` and nothing else"),
        (&["--vm", "/bin/true"], "/bin/true is not sentra-vm"),
        (&["--vm", "app.sn"], "app.sn cannot be run: permission denied"),
        (&["--vm", "no/such"], "no/such cannot be run: no such file"),
        (&["--output", "."], ". is a folder"),
    ];
    for (arguments, message) in cases {
        let outcome = bundle(&folder, arguments);
        assert_eq!(outcome.status, Some(2), "{arguments:?}");
        assert!(outcome.errors().contains(message), "{arguments:?}: {}", outcome.errors());
    }
    let left: Vec<_> = fs::read_dir(&folder).expect("it is there").map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_program_with_mistakes_leaves_what_was_there() {
    let folder = scratch("mistakes", "log(1 +)");
    fs::write(folder.join("app"), "old").expect("the folder is ours");
    assert_eq!(bundle(&folder, &[]).status, Some(2));
    assert_eq!(fs::read(folder.join("app")).expect("it is there"), b"old");
}

#[test]
fn a_bundle_is_no_machine_for_another() {
    let folder = scratch("twice", "log(1)");
    assert_eq!(bundle(&folder, &["-o", "once"]).status, Some(0));
    let outcome = bundle(&folder, &["--vm", "once", "-o", "twice"]);
    assert_eq!(outcome.status, Some(2));
    assert!(!folder.join("twice").exists());
}

/// A tail that promises more than there is, or a damaged program: an error, and nothing is run.
#[test]
fn damaged_bundles_say_so() {
    let folder = scratch("damaged", "log(\"it runs\")");
    bundled(&folder, &[]);
    let whole = fs::read(folder.join("app")).expect("it was made");
    let tail = whole.len() - TAIL_BYTES;
    let damaged = |name: &str, at: usize, byte: u8| {
        let path = folder.join(name);
        let mut bytes = whole.clone();
        bytes[at] ^= byte;
        let written = path.with_extension("bytes");
        fs::write(&written, bytes).expect("the folder is ours");
        program::install(&written, &path);
        program::run(&mut Command::new(path), b"", LIMIT)
    };
    let program = damaged("program", tail - 20, 0x10);
    assert_eq!((program.status, program.output().as_str()), (Some(2), ""), "{}", program.errors());
    // Lengths beyond the file: nothing is taken for a bundle, and the machine shows its help.
    let lengths = damaged("lengths", tail + 5, 0xff);
    assert_eq!((lengths.status, lengths.output().as_str()), (Some(2), ""));
    assert!(lengths.errors().contains("Usage"), "{}", lengths.errors());
}

#[test]
fn workers_run_the_program_too() {
    let source = "let server = http_server_create(\"127.0.0.1\", 0)
        http_server_route(server.id, \"GET\", \"/\", fn(req) => args()[0])
        http_server_start(server.id)
        println(server.port)";
    let folder = scratch("workers", source);
    let running = Running::start(bundled(&folder, &["--workers=2", "--sandbox", "--allow-listen"]).arg("seen"));
    let ports = [running.port(), running.port()];
    assert_eq!(ports[0], ports[1]);
    let answer =
        program::run(Command::new("curl").args(["-s", &format!("http://127.0.0.1:{}/", ports[0])]), b"", LIMIT);
    assert_eq!(answer.output(), "seen");
}

/// A folder with the executable and what the loader wants for it, as a machine of its own: no `/proc`, no `/dev`,
/// no other file.
#[test]
fn nothing_else_is_needed() {
    let folder = scratch("bare", "log(\"hello\", json_decode(\"[1]\"), sha256(\"x\").slice(0, 8), len(args()))");
    bundled(&folder, &[]);
    let bare = folder.join("bare");
    let libraries = program::run(Command::new("ldd").arg(folder.join("app")), b"", LIMIT).output();
    for library in libraries.split_whitespace().filter(|word| word.starts_with('/')) {
        let copy = bare.join(library.trim_start_matches('/'));
        fs::create_dir_all(copy.parent().expect("a path below the folder")).expect("the folder is ours");
        program::install(Path::new(library), &copy);
    }
    fs::create_dir_all(&bare).expect("the folder is ours");
    program::install(&folder.join("app"), &bare.join("app"));
    // Whoever is not root becomes it in a namespace.
    let is_root = program::run(Command::new("id").arg("-u"), b"", LIMIT).output().trim() == "0";
    let mut command = Command::new(if is_root { "chroot" } else { "unshare" });
    command.args(if is_root { &[][..] } else { &["--map-root-user", "chroot"] });
    let outcome = program::run(command.arg(&bare).args(["/app", "a", "b"]), b"", LIMIT);
    assert_eq!(outcome.output(), "hello [1] 2d711642 2\n", "{}", outcome.errors());
}
