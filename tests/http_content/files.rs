//! Folders: what is served of them, and that nothing else is.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{FileExt, symlink};
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Answer, Server, wait_until};

/// Bytes in which every position is another.
fn numbered(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + at / 251) as u8).collect()
}

#[test]
fn files_come_with_what_is_known_of_them() {
    let server = Server::with(&[
        ("index.html", b"<h1>start</h1>"),
        ("a b/page.html", b"page"),
        ("style.css", b"p {}"),
        ("app.js", b"let x = 1"),
        ("data.json", b"{}"),
        ("no-ending", b"\0\x01"),
        ("empty.txt", b""),
        ("sub/index.html", b"sub"),
        ("plain/x.txt", b"x"),
    ]);
    for (path, status, media_type, body) in [
        ("/", 200, "text/html; charset=utf-8", "<h1>start</h1>"),
        ("/index.html", 200, "text/html; charset=utf-8", "<h1>start</h1>"),
        ("/a%20b/page.html", 200, "text/html; charset=utf-8", "page"),
        ("/style.css?v=1", 200, "text/css; charset=utf-8", "p {}"),
        ("/app.js", 200, "text/javascript; charset=utf-8", "let x = 1"),
        ("/data.json", 200, "application/json", "{}"),
        ("/no-ending", 200, "application/octet-stream", "\0\x01"),
        ("/empty.txt", 200, "text/plain; charset=utf-8", ""),
        ("/sub/", 200, "text/html; charset=utf-8", "sub"),
        ("/nosuch", 404, "text/plain; charset=utf-8", "404 Not Found\n"),
        ("/plain/", 404, "text/plain; charset=utf-8", "404 Not Found\n"),
        ("/style.css/", 404, "text/plain; charset=utf-8", "404 Not Found\n"),
        ("/%zz", 400, "text/plain; charset=utf-8", "400 Bad Request: the path is malformed\n"),
    ] {
        let answer = server.get(path, "");
        assert_eq!((answer.status, answer.field("Content-Type")), (status, media_type), "{path}");
        assert_eq!(String::from_utf8_lossy(&answer.body), body, "{path}");
        assert_eq!(answer.field("Content-Length"), body.len().to_string(), "{path}");
    }
    for (path, location) in
        [("/sub", "/sub/"), ("/sub?a=b", "/sub/?a=b"), ("/a%20b", "/a%20b/"), ("//sub", "/sub/"), ("/list", "/list/")]
    {
        let answer = server.get(path, "");
        assert_eq!((answer.status, answer.field("Location")), (301, location), "{path}");
    }
    let refused = Answer::of(&server.raw(b"DELETE /index.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    assert_eq!((refused.status, refused.field("Allow")), (405, "GET, HEAD, OPTIONS"));
    let head = Answer::of(&server.raw(b"HEAD /index.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    assert_eq!((head.status, head.field("Content-Length"), head.body.len()), (200, "14", 0));
}

#[test]
fn folders_are_listed_on_request() {
    let server =
        Server::with(&[("x/<b>&\"'.txt", b"odd"), ("x/a#b?c%20.txt", b"odder"), ("x/.hidden", b""), ("x/sub/y", b"")]);
    let page = String::from_utf8(server.get("/list/x/", "").body).unwrap();
    let links: Vec<&str> = page.split("href=\"").skip(1).filter_map(|link| link.split('"').next()).collect();
    assert_eq!(links, ["./sub/", "./.hidden", "./%3Cb%3E%26%22%27.txt", "./a%23b%3Fc%2520.txt"]);
    assert!(!page.contains("<b>"), "{page}");
    assert_eq!(server.get(&format!("/list/x/{}", links[2]).replace("./", ""), "").body, b"odd");
    assert_eq!(server.get(&format!("/list/x/{}", links[3]).replace("./", ""), "").body, b"odder");
    assert_eq!(server.get("/list/x/.hidden", "").field("Cache-Control"), "max-age=60");
    assert_eq!(server.get("/x/.hidden", "").status, 404);
}

#[test]
fn what_a_client_has_is_not_sent_again() {
    let server = Server::with(&[("a.txt", b"some text")]);
    let file = File::options().write(true).open(server.site().join("a.txt")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(784_111_777)).unwrap();
    let first = server.get("/a.txt", "");
    let tag = first.field("ETag").to_owned();
    assert_eq!(first.field("Last-Modified"), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert!(tag.starts_with('"'), "{tag} is strong: the file is old");
    for (lines, status) in [
        (format!("If-None-Match: {tag}\r\n"), 304),
        (format!("If-None-Match: \"x\", W/{tag}\r\n"), 304),
        ("If-None-Match: \"x\"\r\n".into(), 200),
        ("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n".into(), 304),
        ("If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n".into(), 200),
        ("If-Unmodified-Since: Sun, 06 Nov 1994 08:49:36 GMT\r\n".into(), 412),
        ("If-Match: \"x\"\r\n".into(), 412),
        (format!("If-Match: {tag}\r\n"), 200),
        (format!("Range: bytes=0-3\r\nIf-Range: {tag}\r\n"), 206),
        ("Range: bytes=0-3\r\nIf-Range: \"x\"\r\n".into(), 200),
    ] {
        let answer = server.get("/a.txt", &lines);
        assert_eq!(answer.status, status, "{lines}");
        assert!(status != 304 || answer.body.is_empty() && answer.field("ETag") == tag);
    }
    fs::write(server.site().join("a.txt"), "other text").unwrap();
    assert_eq!(server.get("/a.txt", &format!("If-None-Match: {tag}\r\n")).body, b"other text");
}

#[test]
fn curl_gets_parts() {
    let content = numbered(300_000);
    let server = Server::with(&[("data", &content)]);
    assert_eq!(server.curl("/data", &[]), content);
    assert_eq!(server.curl("/data", &["-r", "0-99"]), content[..100]);
    assert_eq!(server.curl("/data", &["-r", "299990-"]), content[299_990..]);
    assert_eq!(server.curl("/data", &["-r", "-5"]), content[299_995..]);
    assert_eq!(server.curl("/data", &["-r", "100000-250000"]), content[100_000..=250_000]);
    let several = server.curl("/data", &["-i", "-r", "0-9,150000-249999,-10"]);
    let answer = Answer::of(&several);
    assert_eq!(answer.status, 206);
    assert_eq!(answer.field("Content-Length"), answer.body.len().to_string());
    let boundary = answer.field("Content-Type").strip_prefix("multipart/byteranges; boundary=").unwrap();
    let mut wanted = Vec::new();
    for (first, last) in [(0, 9), (150_000, 249_999), (299_990, 299_999)] {
        let head = format!(
            "\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes {first}-{last}/300000\r\n\r\n"
        );
        wanted.extend([head.as_bytes(), &content[first..=last]].concat());
    }
    wanted.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
    assert_eq!(answer.body, wanted);
    let nothing = server.get("/data", "Range: bytes=300000-\r\n");
    assert_eq!((nothing.status, nothing.field("Content-Range")), (416, "bytes */300000"));
    // A download that was interrupted goes on.
    let half = server.folder.join("half");
    fs::write(&half, &content[..120_000]).unwrap();
    server.curl("/data", &["-C", "-", "-o", half.to_str().unwrap()]);
    assert_eq!(fs::read(&half).unwrap(), content);
}

#[test]
fn nothing_outside_is_served() {
    let server = Server::with(&[("sub/a.txt", b"public"), (".git/config", b"the secret"), (".env", b"the secret")]);
    let (site, secret) = (server.site(), server.folder.join("secret.txt"));
    symlink("../secret.txt", site.join("link")).unwrap();
    symlink(&secret, site.join("absolute")).unwrap();
    symlink("..", site.join("up")).unwrap();
    symlink("/", site.join("everything")).unwrap();
    symlink("sub/a.txt", site.join("inside")).unwrap();
    fs::hard_link(&secret, site.join("sub/hard")).unwrap();
    fs::remove_file(site.join("sub/hard")).unwrap();
    let absolute = secret.to_str().unwrap();
    let paths = [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/..%2Fsecret.txt",
        "/%2e%2e/secret.txt",
        "/%2E%2E%2Fsecret.txt",
        "/.%2e/secret.txt",
        "/%2e./secret.txt",
        "/%252e%252e/secret.txt",
        "/%252e%252e%252fsecret.txt",
        "/..%252fsecret.txt",
        "/%25252e%25252e/secret.txt",
        "/..\\secret.txt",
        "/..%5csecret.txt",
        "/%5c..%5csecret.txt",
        "/sub/../../secret.txt",
        "/sub/%2e%2e/%2e%2e/secret.txt",
        "/sub/..%2f..%2fsecret.txt",
        "/./../secret.txt",
        "/sub/./../../secret.txt",
        "//../secret.txt",
        "///..//secret.txt",
        "/..;/secret.txt",
        "/..%00/secret.txt",
        "/sub/a.txt%00.html",
        "/..%c0%afsecret.txt",
        "/%c0%ae%c0%ae/secret.txt",
        "/..%ef%bc%8fsecret.txt",
        "/..%u2215secret.txt",
        "/%uff0e%uff0e/secret.txt",
        "/....//secret.txt",
        "/..../secret.txt",
        "/.../secret.txt",
        "/link",
        "/absolute",
        "/up/secret.txt",
        "/up/",
        "/everything/etc/passwd",
        "/sub/../link",
        "/.git/config",
        "/.env",
        "/%2egit/config",
        "/.%67it/config",
        "/~root/.profile",
        "/list/../secret.txt",
        "/list/%2e%2e/secret.txt",
        "/list/link",
        "/list/up/",
        "/list/everything/",
        "/list/..",
        "/list/%2e%2e",
        "/list/%2e%2e/",
        "/deployed/../secret.txt",
        "/deployed/link",
        "/file:///etc/passwd",
        "/C:/windows/win.ini",
        "/proc/self/environ",
        "/dev/null",
        "/sub/a.txt/../../../secret.txt",
    ];
    for path in paths.iter().map(|path| (*path).to_owned()).chain([
        absolute.to_owned(),
        format!("/{absolute}"),
        format!("//{absolute}"),
    ]) {
        for lines in ["", "Range: bytes=0-3\r\n", "Accept-Encoding: gzip\r\n"] {
            let answer = server.get(&path, lines);
            assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.head);
            let body = String::from_utf8_lossy(&answer.body);
            assert!(
                !body.contains("the secret") && !body.contains("root:") && !body.contains("href"),
                "{path}: {body}"
            );
        }
    }
    // An absolute target is a path all the same.
    for target in ["http://x/../secret.txt", "http://x/%2e%2e/secret.txt"] {
        assert_eq!(server.get(target, "").status, 404, "{target}");
    }
    assert_eq!(server.get("/inside", "").body, b"public");
}

/// While somebody swaps a folder with links out of the site as fast as possible.
#[test]
fn no_swapped_link_leads_out() {
    let server = Server::with(&[("sub/a.txt", b"public")]);
    let outside = server.folder.join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("a.txt"), "the secret").unwrap();
    let (sub, kept, stop) = (server.site().join("sub"), server.site().join("kept"), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                for target in [outside.to_str().unwrap(), "../outside"] {
                    fs::rename(&sub, &kept).unwrap();
                    symlink(target, &sub).unwrap();
                    fs::remove_file(&sub).unwrap();
                    fs::rename(&kept, &sub).unwrap();
                }
            }
        });
        let mut stream = server.connect();
        let (mut served, mut buffer) = (0, [0; 4096]);
        for _ in 0..5000 {
            stream.write_all(b"GET /sub/a.txt HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            // Head and short body come at once or one behind the other; what is never in them is what counts.
            let mut answer = Vec::new();
            while !answer.ends_with(b"public") && !answer.ends_with(b"Found\n") {
                let len = stream.read(&mut buffer).unwrap();
                assert!(len > 0, "the server closed the connection");
                answer.extend_from_slice(&buffer[..len]);
                assert!(!String::from_utf8_lossy(&answer).contains("the secret"));
            }
            served += usize::from(answer.ends_with(b"public"));
        }
        stop.store(true, Ordering::Relaxed);
        assert!(served > 0);
    });
}

/// Clients that go away in the middle of a large file, and one that reads slowly meanwhile.
#[test]
fn large_files_take_no_memory_and_clients_may_leave() {
    let server = Server::with(&[("small", b"small")]);
    File::create(server.site().join("large")).unwrap().set_len(4 << 30).unwrap();
    let before = server.running.memory();
    for _ in 0..50 {
        let mut stream = server.connect();
        stream.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        // What is left unread makes the system reset the connection.
        stream.read_exact(&mut [0; 100_000]).unwrap();
    }
    let mut stream = server.connect();
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut buffer = vec![0; 1 << 20];
    for _ in 0..200 {
        stream.read_exact(&mut buffer).unwrap();
        assert_eq!(server.get("/small", "").body, b"small");
    }
    let grown = server.running.memory().saturating_sub(before);
    assert!(grown < 20_000, "{grown} KiB more");
}

/// A file that becomes shorter while it is sent: the client learns that it has not got all.
#[test]
fn a_file_that_shrinks_ends_the_connection() {
    let server = Server::with(&[]);
    let file = File::create(server.site().join("large")).unwrap();
    file.set_len(1 << 30).unwrap();
    file.write_all_at(b"begin", 0).unwrap();
    let mut stream = server.connect();
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    stream.read_exact(&mut [0; 1000]).unwrap();
    file.set_len(100).unwrap();
    let mut rest = Vec::new();
    // It may be a reset or an end, but it comes, and too early.
    let _ = stream.read_to_end(&mut rest);
    assert!(rest.len() < 1 << 30);
}

/// A new release takes the folder's name by a link; pipes and devices in a folder are no files.
#[test]
fn the_folder_may_be_another_and_files_may_be_none() {
    let server = Server::with(&[("a.txt", b"old")]);
    assert_eq!(server.get("/deployed/a.txt", "").body, b"old");
    let (release, link) = (server.folder.join("release"), server.folder.join("next"));
    fs::create_dir(&release).unwrap();
    fs::write(release.join("a.txt"), "new").unwrap();
    symlink("release", &link).unwrap();
    fs::rename(&link, server.folder.join("current")).unwrap();
    wait_until("the new release", || server.get("/deployed/a.txt", "").body == b"new");
    let pipe = server.site().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(server.get("/pipe", "").status, 404);
}
