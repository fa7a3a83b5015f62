//! PostgreSQL: a real server with its logins, types, transactions and channels, and servers that say anything.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use sentra::certificates::Authority;
use sentra::postgres::Cluster;
use sentra::program;

const LIMIT: Duration = Duration::from_secs(120);

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    folder
}

fn script(folder: &Path, text: &str) -> Command {
    let path = folder.join("program.sn");
    fs::write(&path, text).expect("the folder is ours");
    let mut command = program::sentra_vm();
    command.arg("run").arg(path).current_dir(folder);
    command
}

/// Runs a script, whose arguments are URLs, and compares its lines with those that it says it prints.
#[track_caller]
fn check(folder: &Path, name: &str, urls: &[String]) {
    let path = program::root().join("tests/programs/postgres").join(name);
    let text = fs::read_to_string(&path).expect("the script is there");
    let wanted: Vec<&str> = text.lines().filter_map(|line| Some(line.split_once("// expect: ")?.1)).collect();
    let mut command = program::sentra_vm();
    command
        .arg("run")
        .arg(&path)
        .args(urls)
        .current_dir(folder)
        .env("SSL_CERT_FILE", folder.join("authority/authority.pem"));
    let outcome = program::run(&mut command, b"", LIMIT);
    let output = outcome.output();
    let lines: Vec<&str> = output.lines().collect();
    assert_eq!(lines, wanted, "{name}: {}", outcome.errors());
    assert_eq!(outcome.status, Some(0), "{name}: {}", outcome.errors());
}

#[test]
fn a_real_server() {
    let folder = folder("real");
    let authority = Authority::new(&folder.join("authority"), "authority");
    let site = authority.named("site", "DNS:localhost,IP:127.0.0.1");
    let cluster = Cluster::start("postgres", &site.cert, &site.key, "max_connections = 40");
    let url = cluster.url("tester", "");
    let users = format!(
        "let database = db::connect(args()[0])\n\
         for user in [\"md5_user\", \"clear_user\", \"tls_user\"] {{\n\
             database.execute(f\"SET password_encryption = '{{user == \"md5_user\" ? \"md5\" : \"scram-sha-256\"}}'\")\n\
             database.execute(f\"CREATE ROLE {{user}} LOGIN PASSWORD '{}'\")\n\
         }}",
        sentra::postgres::PASSWORD.replace('\'', "''")
    );
    let made = program::run(script(&folder, &users).args([&url]), b"", LIMIT);
    // One connection, or the setting would be that of another.
    assert_eq!(made.status, Some(0), "{}", made.errors());
    let urls = |query: &str| ["tester", "md5_user", "clear_user", "tls_user"].map(|user| cluster.url(user, query));
    let ca = authority.cert.to_string_lossy().into_owned();
    let mut logins = urls("").to_vec();
    logins.extend(urls("?sslmode=verify-full"));
    logins.push(ca);
    logins.push(format!("postgres://tester:wrong@127.0.0.1:{}/postgres", cluster.port));
    logins.push(format!("postgres://tester@127.0.0.1:{}/postgres", cluster.port));
    check(&folder, "logins.sn", &logins);
    for name in ["values.sn", "tables.sn", "errors.sn", "transactions.sn", "channels.sn", "slow.sn", "injection.sn"] {
        check(&folder, name, std::slice::from_ref(&url));
    }
    assert!(!cluster.log().contains("PANIC"));
}

/// A server that has been told what to say to each connection; it hears what the client says.
fn liar(says: Vec<u8>, stays: bool) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut heard = [0; 4096];
            let _ = stream.read(&mut heard);
            let _ = stream.write_all(&says);
            // What it says whole is followed by silence, or by the end.
            if stays {
                thread::spawn(move || while stream.read(&mut heard).is_ok_and(|len| len > 0) {});
            }
        }
    });
    port
}

fn said(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn servers_that_say_anything() {
    let folder = folder("liars");
    let ok = b"R\0\0\0\x08\0\0\0\0";
    let ready = b"Z\0\0\0\x05I";
    let cases: Vec<(Vec<u8>, bool, &str)> = vec![
        (Vec::new(), false, "connection"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), true, "memory protocol"),
        (b"R\0\0\0\x03".to_vec(), true, "protocol"),
        (b"R\x7f\xff\xff\xff".to_vec(), true, "memory"),
        (b"R\0\0\0\x08\0\0\0\x03".to_vec(), true, "login"),
        (b"R\0\0\0\x08\0\0\0\x07".to_vec(), true, "login"),
        (b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-999\0\0".to_vec(), true, "login"),
        // It lets the user in without having proved anything.
        (said(&[b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0", ok, ready]), true, "login"),
        (
            said(&[b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0", b"R\0\0\0\x1f\0\0\0\x0br=x,s=AAAA,i=2147483647"]),
            true,
            "login",
        ),
        (said(&[ok, b"Z\0\0\0\x05"]), false, "connection"),
        (said(&[ok, ready, b"D\0\0\0\x0a\0\x01\x7f\xff\xff\xff"]), true, "protocol timeout"),
        (said(&[ok, ready, b"R\0\0\0\x08\0\0\0\0"]), true, "protocol"),
        (said(&[ok, ready, b"E\0\0\0\x1cSFATAL\0VFATAL\0C57P01\0M\0\0"]), true, "connection"),
        (said(&[ok]), true, "timeout"),
        (Vec::new(), true, "timeout"),
    ];
    for (says, stays, kinds) in cases {
        let port = liar(says.clone(), stays);
        let text = format!(
            "let url = \"postgres://me:secret@127.0.0.1:{port}/\"\n\
             try {{ async::timeout(4000, || db::connect(url, {{timeout: 1}}).query(\"SELECT 1\")) }} catch e {{ log(e.kind) }}"
        );
        let outcome = program::run(&mut script(&folder, &text), b"", LIMIT);
        let kind = outcome.output().trim().to_string();
        let shown = String::from_utf8_lossy(&says).escape_debug().to_string();
        assert!(!kind.is_empty() && kinds.contains(&*kind), "{shown}: {kind:?}, wanted {kinds} {}", outcome.errors());
    }
}
