//! Files where the system says no: a full disk, missing permissions, limits; and where others look on.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sentra::program::{self, Outcome};

const LIMIT: Duration = Duration::from_secs(120);

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("files").join(name);
    // What an earlier run left would be in the way.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target directory can be written");
    folder
}

fn vm() -> PathBuf {
    program::directory().join("sentra-vm")
}

/// Runs a script in a folder, started by a shell line in which `"$@"` is the command.
fn run(shell: &str, source: &str, folder: &Path, flags: &[&str]) -> Outcome {
    let script = folder.with_extension("sn");
    fs::write(&script, source).expect("the target directory can be written");
    let mut command = Command::new("sh");
    command.args(["-c", shell, "sh"]).arg(vm()).arg("run").args(flags).arg(script).current_dir(folder);
    program::run(&mut command, b"", LIMIT)
}

fn assert_output(outcome: &Outcome, wanted: &str) {
    assert_eq!((outcome.output().as_str(), outcome.status), (wanted, Some(0)), "{}", outcome.errors());
}

/// Whether a command works here; says so if not.
fn can(what: &str, command: &[&str]) -> bool {
    let works = Command::new(command[0]).args(&command[1..]).output().is_ok_and(|output| output.status.success());
    if !works {
        eprintln!("SKIPPED: {what} is not possible here ({})", command.join(" "));
    }
    works
}

/// Every way to run out of room: the old contents stay, nothing else is left behind.
const NO_ROOM: &str = r#"
let old = "old ".repeat(1000)
file_write("f", old)
let much = "x".repeat(3000000)
fn attempt(f) { try { f(); log("no") } catch e { log(e.kind) } }
attempt(fn() => file_write("f", much))
log(file_read("f") == old)
attempt(fn() => file_append("f", much))
log(file_read("f") == old)
attempt(fn() => file_write("new", much))
attempt(fn() => file_append("new", much))
attempt(fn() => file_copy("../large", "copy"))
log(dir_list())
log(file_write("f", "still works"))
"#;

const NO_ROOM_OUTPUT: &str = "full\ntrue\nfull\ntrue\nfull\nfull\nfull\n[\"f\"]\n11\n";

#[test]
fn a_full_disk_leaves_no_half_of_a_file() {
    if !can("a file system of one's own", &["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]) {
        return;
    }
    let folder = folder("full-disk");
    fs::write(folder.with_file_name("large"), vec![b'x'; 3_000_000]).expect("the folder is ours");
    let shell = r#"exec unshare -rm sh -c 'mount -t tmpfs -o size=1m none . && cd "$(pwd)" && exec "$@"' sh "$@""#;
    assert_output(&run(shell, NO_ROOM, &folder, &[]), NO_ROOM_OUTPUT);
}

#[test]
fn the_limit_for_files_is_an_error_and_no_signal() {
    let folder = folder("file-limit");
    fs::write(folder.with_file_name("large"), vec![b'x'; 3_000_000]).expect("the folder is ours");
    assert_output(&run(r#"ulimit -f 100; exec "$@""#, NO_ROOM, &folder, &[]), NO_ROOM_OUTPUT);
}

#[test]
fn a_file_moves_to_another_file_system() {
    if !can("a file system of one's own", &["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"]) {
        return;
    }
    let folder = folder("other-disk");
    fs::create_dir(folder.join("disk")).expect("the folder is ours");
    let source = r#"
        file_write("f", "contents")
        exec("chmod", ["600", "f"])
        exec("ln", ["-s", "nowhere", "l"])
        file_move("f", "disk/f")
        file_move("l", "disk/l")
        log(file_read("disk/f"), file_info("disk/f").mode == 0o600, file_info("disk/l").type, file_exists("f"), dir_list("disk"))
        dir_create("d")
        try { file_move("d", "disk/d") } catch e { log(e.kind, dir_exists("d")) }
        try { file_move("disk", "d2") } catch e { log(e.kind) }
    "#;
    let shell = r#"exec unshare -rm sh -c 'mount -t tmpfs -o size=1m none disk && exec "$@"' sh "$@""#;
    let outcome = run(shell, source, &folder, &[]);
    assert_output(&outcome, "contents true link false [\"f\", \"l\"]\nio true\nio\n");
}

/// As somebody who may not do everything.
#[test]
fn missing_permissions_are_clear_errors() {
    let folder = folder("permissions");
    let source = r#"
        fn attempt(f) { try { log(f()) } catch e { log(e.kind, e.message) } }
        attempt(fn() => file_read("secret"))
        attempt(fn() => file_write("read-only", "x"))
        attempt(fn() => file_append("read-only", "x"))
        attempt(fn() => file_write("closed/new", "x"))
        attempt(fn() => file_write("closed/open", "in place"))
        attempt(fn() => file_read("closed/open"))
        attempt(fn() => file_delete("closed/open"))
        attempt(fn() => file_move("closed/open", "here"))
        attempt(fn() => file_copy("secret", "copy"))
        attempt(fn() => file_copy("read-only", "closed/copy"))
        attempt(fn() => dir_list("hidden"))
        attempt(fn() => dir_create("closed/d"))
        attempt(fn() => dir_delete("closed", true))
        attempt(fn() => file_size("hidden/f"))
        attempt(fn() => file_info("hidden/f"))
        attempt(fn() => len(glob("hidden/*")))
        attempt(fn() => exec("./read-only"))
    "#;
    let at = |name: &str| folder.join(name);
    for name in ["secret", "read-only"] {
        fs::write(at(name), "data").expect("the folder is ours");
    }
    for name in ["closed", "hidden"] {
        fs::create_dir(at(name)).expect("the folder is ours");
    }
    fs::write(at("closed/open"), "before").expect("the folder is ours");
    fs::write(at("hidden/f"), "before").expect("the folder is ours");
    for (name, mode) in [
        ("secret", 0o000),
        ("read-only", 0o444),
        ("closed/open", 0o666),
        ("closed", 0o555),
        ("hidden", 0o000),
        ("", 0o777),
    ] {
        fs::set_permissions(at(name), fs::Permissions::from_mode(mode)).expect("the folder is ours");
    }
    // Nobody is bound by permissions who is root: then somebody else runs the script.
    let is_root = fs::read(at("secret")).is_ok();
    let vm = vm();
    let other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    if is_root && !can("to be another user", &[&other[..], &[vm.to_str().unwrap_or_default(), "--version"]].concat()) {
        return;
    }
    let shell = if is_root { format!("exec {} \"$@\"", other.join(" ")) } else { "exec \"$@\"".to_owned() };
    let outcome = run(&shell, source, &folder, &[]);
    for name in ["closed", "hidden"] {
        fs::set_permissions(at(name), fs::Permissions::from_mode(0o755)).expect("the folder is ours");
    }
    let lines: Vec<String> =
        outcome.output().lines().map(|line| line.split(" cannot").next().unwrap_or_default().to_owned()).collect();
    let denied = |count| std::iter::repeat_n("permission", count);
    let wanted: Vec<&str> = denied(4).chain(["8", "in place"]).chain(denied(9)).chain(["0"]).chain(denied(1)).collect();
    assert_eq!(lines, wanted, "{}{}", outcome.output(), outcome.errors());
    assert_eq!(fs::read_dir(at("closed")).expect("it is readable").count(), 1);
}

#[test]
fn who_reads_never_sees_half_of_a_file() {
    let folder = folder("half");
    let source = r#"
        let texts = ["a".repeat(300000), "b".repeat(500000)]
        for i in 0..200 { file_write("f", texts[i % 2]) }
    "#;
    fs::write(folder.join("f"), vec![b'a'; 300_000]).expect("the folder is ours");
    let script = folder.with_extension("sn");
    fs::write(&script, source).expect("the target directory can be written");
    let mut child = Command::new(vm()).arg("run").arg(script).current_dir(&folder).spawn().expect("it starts");
    let mut looks = 0;
    while child.try_wait().expect("it is our child").is_none() {
        let seen = fs::read(folder.join("f")).expect("it is always there");
        let wanted = if seen.first() == Some(&b'a') { 300_000 } else { 500_000 };
        assert!(seen.len() == wanted && seen.iter().all(|byte| *byte == seen[0]), "{} bytes", seen.len());
        looks += 1;
    }
    assert!(looks > 10, "{looks}");
}

#[test]
fn a_private_file_stays_private_while_it_is_copied() {
    let folder = folder("private");
    let secret = fs::File::create(folder.join("secret")).expect("it can be made");
    secret.set_len(512 << 20).expect("it takes no room");
    secret.set_permissions(fs::Permissions::from_mode(0o600)).expect("it is ours");
    let script = r#"dir_create("to"); file_copy("secret", "to/copy")"#;
    let mut child = Command::new(vm()).args(["eval", script]).current_dir(&folder).spawn().expect("it starts");
    let mut seen = 0;
    while child.try_wait().expect("it is ours").is_none() {
        for entry in fs::read_dir(folder.join("to")).into_iter().flatten().flatten() {
            let Ok(found) = entry.metadata() else { continue };
            assert_eq!(found.permissions().mode() & 0o777, 0o600, "{:?}", entry.path());
            seen += 1;
        }
    }
    assert!(seen > 0);
    fs::remove_dir_all(folder).expect("it is ours");
}

#[test]
fn a_name_that_somebody_else_has_taken_is_no_obstacle() {
    let folder = folder("taken");
    let shell = r#"ln -s victim .sentra-$$-0.tmp; exec "$@""#;
    assert_output(&run(shell, r#"log(file_write("f", "text"), file_exists("victim"))"#, &folder, &[]), "4 false\n");
}

#[test]
fn large_files_meet_the_limit_of_memory() {
    let folder = folder("too-large");
    let file = fs::File::create(folder.join("sparse")).expect("the folder is ours");
    file.set_len(4 << 30).expect("holes cost nothing");
    let source = r#"
        fn attempt(f) { try { log(f()) } catch e { log(e.kind) } }
        attempt(fn() => file_read("sparse"))
        attempt(fn() => file_read("/dev/zero"))
        attempt(fn() => file_lines("sparse"))
        attempt(fn() => len(file_read("sparse", 3000000000, 1000)))
        attempt(fn() => { for line in read_lines("/dev/zero") { } })
        attempt(fn() => { for value in json_lines("sparse") { } })
        attempt(fn() => exec("cat", ["/dev/zero"]))
    "#;
    let outcome = run(r#"exec "$@""#, source, &folder, &["--max-memory", "32M"]);
    assert_output(&outcome, "memory\nmemory\nmemory\n1000\nmemory\nmemory\nmemory\n");
    assert!(outcome.peak_memory < 150 << 10, "{} KiB", outcome.peak_memory);
}

#[test]
fn streams_need_little_memory() {
    let folder = folder("streams");
    let line =
        "{\"time\": 1700000000, \"host\": \"example\", \"ports\": [80, 443], \"note\": \"some text that is here\"}\n";
    fs::write(folder.join("log"), line.repeat(400_000)).expect("the folder is ours");
    let source = r#"
        let sum = 0
        for record in json_lines("log") { sum += record.ports[1] }
        let bytes = 0
        for line in read_lines("log") { bytes += len(line) + 1 }
        log(sum, bytes == file_size("log"))
    "#;
    let outcome = run(r#"exec "$@""#, source, &folder, &[]);
    assert_output(&outcome, "177200000 true\n");
    assert!(outcome.peak_memory < 60 << 10, "{} KiB", outcome.peak_memory);
}

#[test]
fn a_pipe_that_nobody_writes_to_holds_nobody_up() {
    let folder = folder("pipe");
    let source = r#"
        exec("mkfifo", ["pipe"])
        let reading = spawn { for line in read_lines("pipe") { } }
        let opening = spawn file_read("pipe")
        while !file_exists("pipe") { yield() }
        log(file_write("f", "x"))
        cancel(reading)
        cancel(opening)
    "#;
    assert_output(&run(r#"exec "$@""#, source, &folder, &[]), "1\n");
}
