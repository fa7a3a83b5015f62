//! Databases in files: a process that is killed, several processes, what a program may reach.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use sentra::program;

const LIMIT: Duration = Duration::from_secs(120);

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("database").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    folder.canonicalize().expect("it is there")
}

fn script(folder: &Path, text: &str, flags: &[&str]) -> Command {
    let path = folder.join("program.sn");
    fs::write(&path, text).expect("the folder is ours");
    let mut command = program::sentra_vm();
    command.arg("run").args(flags).arg(path).current_dir(folder);
    command
}

#[track_caller]
fn output(command: &mut Command) -> String {
    let outcome = program::run(command, b"", LIMIT);
    assert_eq!(outcome.status, Some(0), "{}{}", outcome.output(), outcome.errors());
    outcome.output()
}

/// Writes by many fibers, each change told once it is committed, until the process is killed.
const WRITER: &str = r#"
let database = db::connect("sqlite:data.db")
database.execute("CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, fiber INTEGER, n INTEGER)")
database.execute("CREATE TABLE IF NOT EXISTS pairs (id INTEGER PRIMARY KEY, half TEXT)")
for fiber in 1..=8 {
    spawn {
        let n = 0
        loop {
            database.insert("entries", {fiber: fiber, n: n})
            log(fiber, n)
            n += 1
        }
    }
}
spawn {
    loop {
        database.transaction(|tx| {
            tx.insert("pairs", {half: "left"})
            tx.insert("pairs", {half: "right"})
        })
    }
}
"#;

#[test]
fn a_process_that_is_killed_leaves_all_that_it_had_committed() {
    let folder = folder("killed");
    let mut known = Vec::new();
    for round in 0..3 {
        let mut child = script(&folder, WRITER, &[]).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        // After some work in each round, in the middle of more.
        let enough = 50 + round * 60;
        known.clear();
        known.extend(lines.by_ref().take(enough).map_while(Result::ok));
        assert_eq!(known.len(), enough, "the writer ended");
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        // What it told before its end counts too; a line that is cut does not.
        known.extend(lines.map_while(Result::ok).filter(|line| line.split(' ').count() == 2));
        let told = known.iter().filter(|line| line.contains(' ')).count();
        let check = "import sqlite3, sys\nbase = sqlite3.connect('data.db')\n\
                     print(base.execute('PRAGMA integrity_check').fetchone()[0])\n\
                     print(base.execute('SELECT COUNT(*) FROM entries').fetchone()[0])\n\
                     print(base.execute(\"SELECT SUM(half = 'left') = SUM(half = 'right') FROM pairs\").fetchone()[0])\n";
        let found = output(Command::new("python3").args(["-c", check]).current_dir(&folder));
        let found: Vec<&str> = found.lines().collect();
        assert_eq!(found[0], "ok");
        assert!(found[1].parse::<usize>().expect("a number") >= told, "{found:?} but {told} were told");
        assert_ne!(found[2], "0", "a half of a transaction is there");
        // It opens here as well, and goes on.
        let reopened = "let database = db::connect(\"sqlite:data.db\")\nlog(database.count(\"entries\") > 0, database.insert(\"entries\", {n: -1}) > 0)\nlog(database.query(\"PRAGMA integrity_check\"))";
        assert_eq!(output(&mut script(&folder, reopened, &[])), "true true\n[{\"integrity_check\": \"ok\"}]\n");
    }
}

#[test]
fn processes_share_a_file() {
    let folder = folder("shared");
    let text = r#"
let database = db::connect("sqlite:data.db", {timeout: 60})
database.execute("CREATE TABLE IF NOT EXISTS counter (id INTEGER PRIMARY KEY, n INTEGER)")
database.execute("INSERT OR IGNORE INTO counter VALUES (1, 0)")
for n in 1..=25 {
    database.transaction(|tx| { tx.update("counter", 1, {n: tx.find("counter", 1).n + 1}) })
    database.execute("UPDATE counter SET n = n + 1")
}
database.close()
"#;
    // Written once: a file that is being written is no program.
    let mut command = script(&folder, text, &[]);
    let mut children: Vec<_> = (0..4).map(|_| command.spawn().expect("it starts")).collect();
    assert!(children.iter_mut().all(|child| child.wait().is_ok_and(|status| status.success())));
    let read = "log(db::connect(\"sqlite:data.db\", {read_only: true}).find(\"counter\", 1).n)";
    assert_eq!(output(&mut script(&folder, read, &[])), "200\n");
    // Whoever closes last writes everything into the file itself.
    let text = "let database = db::connect(\"sqlite:data.db\")\ndatabase.count(\"counter\")\ndatabase.close()\nlog(file_exists(\"data.db-wal\"))";
    assert_eq!(output(&mut script(&folder, text, &[])), "false\n");
}

#[test]
fn a_database_is_a_file_that_a_program_may_reach_or_not() {
    let folder = folder("permissions");
    fs::create_dir(folder.join("open")).expect("the folder is ours");
    output(&mut script(&folder, "db::connect(\"sqlite:closed.db\").execute(\"CREATE TABLE t (x)\")", &[]));
    std::os::unix::fs::symlink(folder.join("closed.db"), folder.join("open/link.db")).expect("the folder is ours");
    let attempt = |expression: &str, flags: &[&str]| {
        let text = format!("try {{ log({expression}) }} catch e {{ log(e.kind) }}");
        output(&mut script(&folder, &text, flags)).trim().to_string()
    };
    let open = format!("--allow-read={0},--allow-write={0}", folder.join("open").display());
    let flags: Vec<&str> = open.split(",--").map(|flag| flag.trim_start_matches("--")).collect();
    let flags: Vec<String> = flags.iter().map(|flag| format!("--{flag}")).collect();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    assert_eq!(attempt("db::connect('sqlite:open/data.db').execute('CREATE TABLE t (x)')", &flags), "0");
    for refused in [
        "db::connect('sqlite:closed.db')",
        "db::connect('sqlite:open/../closed.db')",
        "db::connect('sqlite:open/link.db')",
        "db::connect('sqlite:closed.db', {read_only: true})",
        "db::connect('sqlite:file:closed.db')",
        "db::connect('sqlite:open/data.db').execute('ATTACH \"closed.db\" AS c')",
        "db::connect('sqlite:open/data.db').execute(\"ATTACH 'closed.db' AS c\")",
        "db::connect('sqlite:open/data.db').query(\"VACUUM INTO 'copy.db'\")",
        "db::connect('sqlite::memory:').query(\"ATTACH 'file:closed.db?mode=ro' AS c\")",
    ] {
        let said = attempt(refused, &flags);
        assert!(said == "permission" || said == "schema", "{refused}: {said}");
    }
    assert_eq!(attempt("db::connect('sqlite:open/data.db')", &flags[..1]), "permission");
    assert_eq!(attempt("db::connect('sqlite:open/data.db', {read_only: true}).count('t')", &flags[..1]), "0");
    let read_only = "db::connect('sqlite:open/data.db', {read_only: true}).execute('INSERT INTO t VALUES (1)')";
    assert_eq!(attempt(read_only, &flags), "readonly");
    assert_eq!(attempt("db::connect('sqlite::memory:').query('SELECT 1 AS x')", &flags), "[{\"x\": 1}]");
    assert!(!folder.join("copy.db").exists());
}

/// Another program's database, and one that Sentra made, in another program.
#[test]
fn python_reads_and_writes_the_same_file() {
    let folder = folder("python");
    let write = "import sqlite3\nbase = sqlite3.connect('data.db')\n\
                 base.execute('CREATE TABLE kinds (id INTEGER PRIMARY KEY, i, r, t, b)')\n\
                 base.execute('INSERT INTO kinds VALUES (1, ?, ?, ?, ?)', (2**62, 0.1, 'ü', b'\\xff\\0'))\nbase.commit()\n";
    output(Command::new("python3").args(["-c", write]).current_dir(&folder));
    let text = r#"
let database = db::connect("sqlite:data.db")
let row = database.find("kinds", 1)
log(row.i == 4611686018427387904, row.r, row.t, row.b == "\xff\0")
delete(row, "id")
database.insert("kinds", row)
database.close()
"#;
    assert_eq!(output(&mut script(&folder, text, &[])), "true 0.1 ü true\n");
    let read = "import sqlite3\nrows = sqlite3.connect('data.db').execute('SELECT i, r, t, b FROM kinds').fetchall()\n\
                print(rows[0][:3] == rows[1][:3], rows[1][3] == b'\\xff\\0', len(rows))\n";
    assert_eq!(output(Command::new("python3").args(["-c", read]).current_dir(&folder)), "True True 2\n");
}
