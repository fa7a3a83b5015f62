//! Forms: what handlers get of them, and where large files are meanwhile.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;

use super::{Answer, Server, wait_until};

fn post(server: &Server, path: &str, content_type: &str, body: &[u8]) -> Answer {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
    );
    Answer::of(&server.raw(&[head.as_bytes(), body].concat()))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn curl_sends_fields_and_files() {
    let server = Server::with(&[("note.txt", b"some text in a file")]);
    let file = format!("file=@{}", server.site().join("note.txt").display());
    let renamed = format!("{file};filename=../../x.html;type=text/html");
    assert_eq!(
        text(&server.curl("/form", &["-d", "name=Ada+L.&tag=a&tag=b%26c"])),
        r#"{"name":"Ada L.","tag":["a","b&c"]}"#
    );
    assert_eq!(
        text(&server.curl("/form", &["-F", "name=Ada", "-F", &file])),
        r#"{"name":"Ada","file":{"filename":"note.txt","content_type":"text/plain","size":19,"on_disk":false,"start":"some text "}}"#
    );
    assert_eq!(
        text(&server.curl("/form", &["-F", &renamed, "-F", &file])),
        r#"{"file":[{"filename":"x.html","content_type":"text/html","size":19,"on_disk":false,"start":"some text "},{"filename":"note.txt","content_type":"text/plain","size":19,"on_disk":false,"start":"some text "}]}"#
    );
    assert_eq!(text(&server.curl("/form", &["-F", "a=", "-H", "Transfer-Encoding: chunked"])), r#"{"a":""}"#);
}

#[test]
fn what_is_no_form_is_the_clients_mistake() {
    let server = Server::with(&[]);
    for (content_type, body, reason) in [
        ("application/json", "{}", "its Content-Type is `application/json`"),
        ("multipart/form-data", "x", "boundary"),
        ("multipart/form-data; boundary=B", "x", "does not begin"),
        (
            "multipart/form-data; boundary=B",
            "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nx",
            "before its last boundary",
        ),
        ("multipart/form-data; boundary=B", "--B\r\nA: b\r\n\r\nx\r\n--B--", "malformed"),
    ] {
        let answer = post(&server, "/form", content_type, body.as_bytes());
        assert_eq!(answer.status, 400, "{body}");
        assert!(text(&answer.body).contains(reason), "{}", text(&answer.body));
    }
    // Likewise in the middle of what is too large for memory.
    let long =
        format!("--B\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\n{}\r\n--BX\r\n", "x".repeat(2 << 20));
    assert_eq!(post(&server, "/form", "multipart/form-data; boundary=B", long.as_bytes()).status, 400);
    let cut = &long.as_bytes()[..long.len() - 10];
    assert_eq!(post(&server, "/form", "multipart/form-data; boundary=B", cut).status, 400);
    let field = format!("--B\r\nContent-Disposition: form-data; name=a\r\n\r\n{}\r\n--B--", "x".repeat(3 << 20));
    assert_eq!(post(&server, "/form", "multipart/form-data; boundary=B", field.as_bytes()).status, 413);
    let many = "--B\r\nContent-Disposition: form-data; name=a; filename=b\r\n\r\nx\r\n".repeat(30_000) + "--B--";
    assert_eq!(post(&server, "/form", "multipart/form-data; boundary=B", many.as_bytes()).status, 413);
    let name = "n".repeat(15_000);
    let named = format!("--B\r\nContent-Disposition: form-data; name={name}\r\n\r\n\r\n").repeat(200) + "--B--";
    let answer = post(&server, "/form", "multipart/form-data; boundary=B", named.as_bytes());
    assert_eq!((answer.status, text(&answer.body).contains("names")), (413, true), "{}", text(&answer.body));
    wait_until("the removal of files", || server.temporary_files() == 0);
}

/// 400 MiB go to disk, beside a field and a small file, and are gone when the answer is there.
#[test]
fn large_files_go_to_disk() {
    let server = Server::with(&[("small.txt", b"small")]);
    let path = server.folder.join("large");
    let file = File::create(&path).unwrap();
    file.set_len(400 << 20).unwrap();
    file.write_all_at(b"0123456789", 0).unwrap();
    let before = server.running.memory();
    let (large, small) =
        (format!("large=@{}", path.display()), format!("small=@{}", server.site().join("small.txt").display()));
    let answer = server.curl("/form", &["-F", "name=Ada", "-F", &large, "-F", &small]);
    assert_eq!(
        text(&answer),
        r#"{"name":"Ada","large":{"filename":"large","content_type":"application/octet-stream","size":419430400,"on_disk":true,"start":"0123456789"},"small":{"filename":"small.txt","content_type":"text/plain","size":5,"on_disk":false,"start":"small"}}"#
    );
    let grown = server.running.memory().saturating_sub(before);
    assert!(grown < 20_000, "{grown} KiB more");
    wait_until("the removal of files", || server.temporary_files() == 0);
}

/// Clients that leave in the middle of a form, and one that leaves while its handler runs.
#[test]
fn files_of_clients_that_left_are_removed() {
    let server = Server::with(&[]);
    let head = "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\n";
    let part = "--B\r\nContent-Disposition: form-data; name=file; filename=b\r\n\r\n";
    for _ in 0..5 {
        let mut stream = server.connect();
        stream.write_all(format!("{head}Content-Length: 100000000\r\n\r\n{part}").as_bytes()).unwrap();
        stream.write_all(&vec![b'x'; 3 << 20]).unwrap();
        wait_until("a file on disk", || server.temporary_files() > 0);
    }
    wait_until("the removal of files", || server.temporary_files() == 0);
    let body = [part.as_bytes(), &vec![b'x'; 3 << 20], b"\r\n--B--"].concat();
    let request = [format!("{head}Content-Length: {}\r\n\r\n", body.len()).as_bytes(), &body].concat();
    let mut left = server.connect();
    left.write_all(&request).unwrap();
    wait_until("a file on disk", || server.temporary_files() > 0);
    drop(left);
    let mut stays = server.connect();
    stays.write_all(&request).unwrap();
    let mut answer = [0; 4096];
    let len = stays.read(&mut answer).unwrap();
    assert!(text(&answer[..len]).ends_with(&(3 << 20).to_string()), "{}", text(&answer[..len]));
    wait_until("the removal of files", || server.temporary_files() == 0);
}

/// Each byte on its own, across heads, boundaries and contents.
#[test]
fn a_form_in_single_bytes() {
    let server = Server::with(&[]);
    let body = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--\r\n--B \r\nContent-Disposition: form-data; name=f; filename=g\r\nContent-Type: x/y\r\n\r\n\r\n--B--";
    let head = format!(
        "POST /form HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = server.connect();
    stream.set_nodelay(true).unwrap();
    for byte in [head.as_bytes(), body.as_bytes()].concat() {
        stream.write_all(&[byte]).unwrap();
    }
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(
        text(&Answer::of(&answer).body),
        r#"{"a":"\r\n--","f":{"filename":"g","content_type":"x/y","size":0,"on_disk":false,"start":""}}"#
    );
}

#[test]
fn compressed_bodies_say_so() {
    let server = Server::with(&[("page.html", b"plain page"), ("page.html.gz", b"not really gzip")]);
    for count in ["100", "1000", "200000"] {
        let plain = server.curl(&format!("/text/{count}"), &[]);
        assert_eq!(server.curl(&format!("/text/{count}"), &["--compressed"]), plain);
        let raw = server.get(&format!("/text/{count}"), "Accept-Encoding: gzip;q=0.5, br\r\n");
        assert_eq!((raw.field("Content-Encoding"), raw.field("Vary")), ("gzip", "Accept-Encoding"), "{count}");
        assert!(raw.body.len() < plain.len() / 10);
    }
    let says = |path: &str, lines: &str| server.get(path, lines).field("Content-Encoding").to_owned();
    assert_eq!(says("/text/10", "Accept-Encoding: gzip\r\n"), "", "short");
    assert_eq!(says("/text/1000", "Accept-Encoding: gzip;q=0\r\n"), "");
    assert_eq!(says("/text/1000", ""), "");
    assert_eq!(says("/picture", "Accept-Encoding: gzip\r\n"), "");
    assert_eq!(says("/encoded", "Accept-Encoding: gzip\r\n"), "br");
    assert_eq!(server.get("/text/1000", "").field("Vary"), "Accept-Encoding");
    assert_eq!(server.get("/tagged", "Accept-Encoding: gzip\r\n").field("ETag"), "W/\"v1\"");
    assert_eq!(server.get("/tagged", "").field("ETag"), "\"v1\"");
    assert_eq!(text(&server.curl("/pieces", &["--compressed", "-N"])), "piece 0\npiece 1\npiece 2\n");
    let head = server.curl("/text/1000", &["-I", "--compressed"]);
    assert_eq!(Answer::of(&head).field("Content-Encoding"), "gzip");
    // A file that was compressed before, with a tag of its own.
    let (plain, gzip) = (server.get("/page.html", ""), server.get("/page.html", "Accept-Encoding: gzip\r\n"));
    assert_eq!((plain.body.as_slice(), gzip.body.as_slice()), (&b"plain page"[..], &b"not really gzip"[..]));
    assert_eq!((gzip.field("Content-Encoding"), gzip.field("Content-Type")), ("gzip", "text/html; charset=utf-8"));
    assert_ne!(plain.field("ETag"), gzip.field("ETag"));
    fs::remove_file(server.site().join("page.html.gz")).unwrap();
    assert_eq!(says("/page.html", "Accept-Encoding: gzip\r\n"), "");
}
