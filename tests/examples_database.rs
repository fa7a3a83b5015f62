//! The examples that keep what they know in SQLite, driven by curl, before and after they are started anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sentra::program;
use sentra::running::Running;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("examples_database").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder can be written to");
    folder
}

/// An example that prints its address.
fn example(name: &str, folder: &Path) -> (Running, String) {
    let path = program::root().join("examples").join(name);
    let running = Running::start(program::sentra_vm().arg("run").arg(path).args(["0", "data.db"]).current_dir(folder));
    let line = running.line();
    let address = line.rsplit(' ').next().unwrap_or_default().to_owned();
    assert!(address.starts_with("http://"), "{line}");
    (running, address)
}

/// A response: its status, the place it leads to, and its body.
fn curl(arguments: &[&str]) -> (u16, String, String) {
    let format = "\n%{http_code} %{redirect_url}";
    let output = Command::new("curl").args(["-sS", "--max-time", "60", "-w", format]).args(arguments).output();
    let output = output.expect("curl runs");
    assert!(output.status.success(), "curl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let (body, end) = text.rsplit_once('\n').expect("the status comes last");
    let (status, place) = end.split_once(' ').expect("so it was asked for");
    (status.parse().expect("a status"), place.to_owned(), body.to_owned())
}

#[test]
fn url_shortener() {
    let folder = folder("url_shortener");
    let (running, site) = example("url_shortener.sn", &folder);
    let links = format!("{site}/links");
    let shorten = |body: &str| curl(&["-d", body, &links]);
    assert_eq!(
        shorten(r#"{"url": "https://example.com/?q=it's&x=1", "name": "here"}"#),
        (201, String::new(), r#"{"short":"/here","url":"https://example.com/?q=it's&x=1"}"#.into())
    );
    assert_eq!(shorten(r#"{"url": "https://example.com/", "name": "here"}"#).0, 409);
    for wrong in [
        r#"{"url": "javascript:alert(1)"}"#,
        r#"{"url": "https://example.com/\r\nSet-Cookie: a=b"}"#,
        r#"{"url": "https://example.com/", "name": "a/b"}"#,
        r#"{"url": "https://example.com/", "name": "links"}"#,
        r#"{"name": "x"}"#,
        "[]",
    ] {
        assert_eq!(shorten(wrong).0, 422, "{wrong}");
    }
    let (status, _, body) = shorten(r#"{"url": "http://example.com/other"}"#);
    assert_eq!(status, 201, "{body}");
    let short = body.split('"').nth(3).expect("the short link").to_owned();
    assert_eq!(short.len(), 9, "{short}");
    assert_eq!(curl(&[&format!("{site}{short}")]).1, "http://example.com/other");
    for _ in 0..3 {
        let (status, place, _) = curl(&[&format!("{site}/here")]);
        assert_eq!((status, &*place), (302, "https://example.com/?q=it's&x=1"));
    }
    assert_eq!(curl(&[&format!("{site}/nosuch")]).0, 404);
    assert_eq!(curl(&[&format!("{site}/'%20OR%20''='")]).0, 404);
    drop(running);
    let (_running, site) = example("url_shortener.sn", &folder);
    let (status, _, body) = curl(&[&format!("{site}/links/here")]);
    assert!(status == 200 && body.contains("\"visits\":3"), "{body}");
}

/// The word that a page's forms carry.
fn word(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"word\" value=\"").expect("the page has a form");
    rest.split('"').next().unwrap_or_default().to_owned()
}

#[test]
fn blog() {
    let folder = folder("blog");
    let jar = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let (alice, bob) = (jar("alice"), jar("bob"));
    let (running, site) = example("blog.sn", &folder);
    let at = |path: &str| format!("{site}{path}");
    let register = |jar: &str, name: &str, password: &str| {
        let (name, password) = (format!("name={name}"), format!("password={password}"));
        curl(&["-c", jar, "--data-urlencode", &name, "--data-urlencode", &password, &at("/register")]).0
    };
    assert_eq!(register(&alice, "alice <b>", "correct horse"), 303);
    assert_eq!(register(&bob, "alice <b>", "correct horse"), 409);
    assert_eq!(register(&bob, "bob", "short"), 422);
    assert_eq!(register(&bob, "bob", "battery staple"), 303);
    let (_, _, home) = curl(&["-b", &alice, &at("/")]);
    assert!(home.contains("You are alice &lt;b&gt;."), "{home}");
    let alices = format!("word={}", word(&home));
    let bobs = format!("word={}", word(&curl(&["-b", &bob, &at("/")]).2));
    let title = "title=<script>alert(1)</script>'; DROP TABLE posts; --";
    let post = |jar: &str, word: &str| {
        curl(&["-b", jar, "-d", word, "--data-urlencode", title, "-d", "body=first%0Asecond", &at("/posts")])
    };
    assert_eq!(post("/dev/null", &alices).1, at("/login"));
    assert_eq!(post(&alice, "word=guessed").0, 403);
    assert_eq!(post(&alice, &bobs).0, 403);
    let (status, place, _) = post(&alice, &alices);
    assert_eq!((status, &*place), (303, &*at("/posts/1")));
    let (_, _, page) = curl(&[&place]);
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>"), "{page}");
    assert!(page.contains("first<br>second"), "{page}");
    assert_eq!(curl(&["-b", &bob, "-d", &bobs, &at("/posts/1/delete")]).0, 403);
    assert_eq!(curl(&[&at("/posts/2")]).0, 404);
    assert_eq!(curl(&["-d", "name=nobody&password=x", &at("/login")]).0, 401);
    assert_eq!(curl(&["-d", "name=' OR ''='&password=x", &at("/login")]).0, 401);
    drop(running);
    // Posts and sessions outlive the process.
    let (_running, site) = example("blog.sn", &folder);
    let at = |path: &str| format!("{site}{path}");
    let (_, _, home) = curl(&["-b", &alice, &at("/")]);
    assert!(home.contains("You are alice") && home.contains("1 posts"), "{home}");
    assert_eq!(curl(&["-b", &alice, "-d", &alices, &at("/posts/1/delete")]).0, 303);
    assert_eq!(curl(&[&at("/posts/1")]).0, 404);
    assert_eq!(curl(&["-b", &bob, "-d", &bobs, &at("/logout")]).0, 303);
    assert!(!curl(&["-b", &bob, &at("/")]).2.contains("You are"));
    let login = ["-c", &bob, "-d", "name=bob&password=battery%20staple"];
    assert_eq!(curl(&[&login[..], &[&at("/login")]].concat()).0, 303);
    assert!(curl(&["-b", &bob, &at("/")]).2.contains("You are bob"));
}
