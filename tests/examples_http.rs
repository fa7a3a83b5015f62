//! The examples that serve HTTP, each run as its first lines say, against curl.

use std::fs;
use std::process::Command;

use sentra::program;
use sentra::running::Running;

/// What curl writes to standard output.
fn curl(arguments: &[&str]) -> String {
    let output = Command::new("curl").args(["-sS", "--max-time", "60"]).args(arguments).output().unwrap();
    assert!(output.status.success(), "curl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The status of a response, and its body.
fn ask(method: &str, url: &str, body: &str) -> (u16, String) {
    let mut arguments = vec!["-X", method, "-w", "\n%{http_code}", url];
    if !body.is_empty() {
        arguments.extend(["-d", body, "-H", "Content-Type: application/json"]);
    }
    let output = curl(&arguments);
    let (body, status) = output.rsplit_once('\n').unwrap();
    (status.parse().unwrap(), body.to_owned())
}

/// An example that prints its address.
fn example(name: &str, arguments: &[&str]) -> (Running, String) {
    let path = program::root().join("examples").join(name);
    let running =
        Running::start(program::sentra_vm().arg("run").arg(path).args(arguments).current_dir(program::root()));
    let line = running.line();
    let address = line.rsplit(' ').next().unwrap().trim_end_matches('/').to_owned();
    assert!(address.starts_with("http://"), "{line}");
    (running, address)
}

fn backend(name: &str) -> (Running, String) {
    let script = program::root().join("tests/peers/backend.py");
    let running = Running::start(Command::new("python3").arg(script).arg(name));
    let port = running.port();
    (running, format!("http://127.0.0.1:{port}"))
}

#[test]
fn rest_service() {
    let (_running, books) = example("rest_service.sn", &[]);
    let ulysses = r#"{"isbn":"978-3","title":"Ulysses","author":"Joyce","year":1922}"#;
    assert_eq!(ask("GET", &books, ""), (200, "[]".into()));
    assert_eq!(ask("POST", &books, ulysses), (201, ulysses.into()));
    assert_eq!(ask("POST", &books, ulysses), (409, r#"{"error":"there is a book 978-3 already"}"#.into()));
    assert_eq!(ask("GET", &format!("{books}/978-3"), ""), (200, ulysses.into()));
    assert_eq!(ask("GET", &format!("{books}?author=Joyce"), ""), (200, format!("[{ulysses}]")));
    assert_eq!(ask("GET", &format!("{books}?author=Woolf"), ""), (200, "[]".into()));
    let changed = ulysses.replace("1922", "1923");
    assert_eq!(ask("PUT", &format!("{books}/978-3"), &changed), (200, changed.clone()));
    assert_eq!(ask("PUT", &format!("{books}/978-4"), &changed).0, 404);
    for (wrong, status) in
        [("{", 400), ("[]", 422), ("{}", 422), (r#"{"isbn":"1","title":"x","author":"y","year":"z"}"#, 422)]
    {
        assert_eq!(ask("POST", &books, wrong).0, status, "{wrong}");
    }
    assert_eq!(ask("DELETE", &format!("{books}/978-3"), ""), (204, String::new()));
    assert_eq!(ask("DELETE", &format!("{books}/978-3"), "").0, 404);
    assert_eq!(ask("PATCH", &format!("{books}/978-3"), "{}").0, 405);
    assert_eq!(ask("GET", &books.replace("/books", "/films"), "").0, 404);
}

#[test]
fn static_site() {
    let (running, site) = example("static_site.sn", &[]);
    assert_eq!(
        curl(&[&format!("{site}/")]),
        fs::read_to_string(program::root().join("examples/site/index.html")).unwrap()
    );
    assert_eq!(
        curl(&["-o", "/dev/null", "-w", "%{content_type}", &format!("{site}/script.js")]),
        "text/javascript; charset=utf-8"
    );
    assert!(curl(&["-L", &format!("{site}/notes")]).contains("<a href=\"./first.txt\">first.txt</a>"));
    assert_eq!(ask("GET", &format!("{site}/../static_site.sn"), "").0, 404);
    assert!(running.error_line().contains("\"GET / HTTP/1.1\" 200"));
}

#[test]
fn event_stream() {
    let (_running, address) = example("event_stream.sn", &[]);
    assert!(curl(&[&address]).contains("new EventSource(\"/events\")"));
    let stream = curl(&["-N", &format!("{address}/events")]);
    let events: Vec<&str> = stream.trim_end().split("\n\n").collect();
    assert_eq!(events.len(), 6, "{stream}");
    assert!(events[1].contains("event: count\n") && events[1].contains("id: 2"), "{stream}");
    assert!(events[1].contains(r#"data: {"text":"more more"}"#), "{stream}");
}

/// The tutorial's gateway as written but for the two addresses.
#[test]
fn api_gateway() {
    let (_backend, url) = backend("one");
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let script = fs::read_to_string(program::root().join("examples/api_gateway.sn")).unwrap();
    let script =
        script.replace("http://backend:3000", &url).replace("\"0.0.0.0\", 8080", &format!("\"127.0.0.1\", {port}"));
    let _gateway = Running::start(program::sentra_vm().args(["eval", &script]));
    let gateway = format!("http://127.0.0.1:{port}");
    let retried = ["--retry", "50", "--retry-connrefused", "--retry-delay", "0"];
    let told = curl(
        &[&retried[..], &["-d", "some=data", "-H", "X-Forwarded-For: 10.1.2.3", &format!("{gateway}/api/a/b")]]
            .concat(),
    );
    for wanted in [r#""backend": "one""#, r#""method": "POST""#, r#""path": "/api/a/b""#, r#""body": "some=data""#] {
        assert!(told.contains(wanted), "{told}");
    }
    assert_eq!(ask("GET", &format!("{gateway}/api/status/418"), "").0, 418);
    assert_eq!(ask("GET", &format!("{gateway}/other"), "").0, 404);
    let from = |client: &str| {
        curl(&[
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            "-H",
            &format!("X-Forwarded-For: {client}"),
            &format!("{gateway}/api/x"),
        ])
    };
    let statuses: Vec<String> = (0..101).map(|_| from("10.9.9.9")).collect();
    assert!(statuses[..100].iter().all(|status| status == "200"));
    assert_eq!(statuses[100], "429");
    assert_eq!(from("10.8.8.8"), "200");
}

#[test]
fn reverse_proxy() {
    let ((heavy, first), (_light, second)) = (backend("heavy"), backend("light"));
    let (_running, proxy) = example("reverse_proxy.sn", &["0", &format!("{first}=3"), &format!("{second}=1")]);
    let served = |count: usize| {
        let answers: Vec<String> = (0..count).map(|at| curl(&[&format!("{proxy}/{at}")])).collect();
        let of =
            |name: &str| answers.iter().filter(|answer| answer.contains(&format!(r#""backend": "{name}""#))).count();
        (of("heavy"), of("light"))
    };
    assert_eq!(served(40), (30, 10));
    let told = curl(&["-X", "PUT", "-d", "x=1", "-H", "Host: example.org", &format!("{proxy}/path?q=%20")]);
    for wanted in
        [r#""method": "PUT""#, r#""path": "/path?q=%20""#, r#""body": "x=1""#, r#""x-forwarded-for": "127.0.0.1""#]
    {
        assert!(told.contains(wanted), "{told}");
    }
    assert_eq!(ask("GET", &format!("{proxy}/status/503"), "").0, 503);
    // One goes away: the other answers all, also what was to be sent to the first.
    drop(heavy);
    assert_eq!(served(20), (0, 20));
}

#[test]
fn load_balancer() {
    let ((heavy, first), (light, second)) = (backend("heavy"), backend("light"));
    let (running, address) = example("load_balancer.sn", &["--every=50", &format!("{first}*3"), &second]);
    let served = |count: usize| {
        let answers: Vec<String> = (0..count).map(|at| curl(&[&format!("{address}/{at}?q=1")])).collect();
        assert!(answers.iter().all(|answer| answer.contains("?q=1")), "{answers:?}");
        let of =
            |name: &str| answers.iter().filter(|answer| answer.contains(&format!(r#""backend": "{name}""#))).count();
        (of("heavy"), of("light"))
    };
    assert_eq!(served(40), (30, 10));
    // One dies: nobody notices.
    drop(heavy);
    assert_eq!(served(20), (0, 20));
    assert_eq!(running.line(), format!("{first} is down"));
    // It comes back.
    let port = first.rsplit(':').next().unwrap();
    let script = program::root().join("tests/peers/backend.py");
    let again = Running::start(Command::new("python3").arg(script).args(["heavy", port]));
    assert_eq!(again.port().to_string(), port);
    assert_eq!(running.line(), format!("{first} is up"));
    assert_eq!(served(40), (30, 10));
    drop((again, light));
    assert_eq!(ask("GET", &format!("{address}/x"), "").0, 503);
}
