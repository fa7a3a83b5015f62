//! Redis: the modules `redis`, `cache` and `queue` at a real server, at one that dies, and at one that lies.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use sentra::certificates::Authority;
use sentra::program::{self, Outcome};
use sentra::redis::Redis;
use sentra::running::Running;

const LIMIT: Duration = Duration::from_secs(120);

fn script(name: &str) -> PathBuf {
    program::root().join("tests/redis").join(name)
}

fn run(name: &str, arguments: &[&str]) -> Outcome {
    program::run(program::sentra_vm().arg("run").arg(script(name)).args(arguments), b"", LIMIT)
}

fn assert_done(name: &str, arguments: &[&str]) {
    let outcome = run(name, arguments);
    assert_eq!((outcome.status, &*outcome.output()), (Some(0), "done\n"), "{}", outcome.errors());
}

/// What a program of one line says of an error.
fn eval(source: &str) -> Outcome {
    program::run(program::sentra_vm().args(["eval", source]), b"", LIMIT)
}

fn tried(url: &str, call: &str) -> String {
    let outcome = eval(&format!(
        "try {{ log(cache::connect({url:?}, {{timeout: 20}}).{call}) }} catch e {{ log(e.kind, e.message) }}"
    ));
    assert_eq!((outcome.status, outcome.errors().as_str()), (Some(0), ""));
    outcome.output()
}

#[test]
fn cache() {
    assert_done("cache.sn", &[&Redis::start(&[]).url()]);
}

#[test]
fn protocol() {
    let options = ["--enable-debug-command", "yes"];
    assert_done("connection.sn", &[&Redis::start(&options).url(), "3"]);
}

/// A server that is older, as far as it can be told: it does not know the greeting of RESP3.
#[test]
fn older_protocol() {
    let redis = Redis::start(&["--rename-command", "HELLO", "", "--requirepass", "open sesame"]);
    let url = redis.url().replace("unix://", "unix://:open%20sesame@");
    assert_done("connection.sn", &[&url, "2"]);
    assert_done("queue.sn", &[&url]);
    assert!(tried(&redis.url().replace("unix://", "unix://:wrong@"), "get(1)").starts_with("auth "));
}

#[test]
fn queue() {
    assert_done("queue.sn", &[&Redis::start(&[]).url()]);
}

#[test]
fn users_and_databases() {
    let reader = ["--user", "reader", "on", ">please", "~public:*", "-@all", "+get"];
    let redis = Redis::start(&[&["--requirepass", "s:e/c@ret"][..], &reader].concat());
    let with = |user: &str| redis.url().replace("unix://", &format!("unix://{user}@"));
    assert_eq!(tried(&with(":s%3Ae%2Fc%40ret"), "set(1, 2).get(1)"), "2\n");
    assert_eq!(tried(&with("default:s%3Ae%2Fc%40ret"), "get(1)"), "2\n");
    assert_eq!(tried(&(with(":s%3Ae%2Fc%40ret") + "?db=3"), "get(1)"), "nil\n");
    assert!(tried(&(with(":s%3Ae%2Fc%40ret") + "?db=99"), "get(1)").starts_with("redis "));
    assert_eq!(tried(&with("reader:please"), "get(\"public:x\")"), "nil\n");
    for (user, call) in
        [("reader:please", "get(\"secret\")"), ("reader:please", "set(\"public:x\", 1)"), (":guess", "get(1)")]
    {
        assert!(tried(&with(user), call).starts_with("auth "), "{user} {call}");
    }
    let without = tried(&redis.url(), "get(1)");
    assert!(without.starts_with("auth ") && without.contains(&redis.url()), "{without}");
    let outcome = eval(&format!("let c = cache::connect({:?}); log(c); log(str(c.redis))", with(":s%3Ae%2Fc%40ret")));
    assert!(!outcome.output().contains("ret") && outcome.output().contains("cache"), "{}", outcome.output());
}

#[test]
fn tls() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("redis-tls");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target folder can be written");
    let authority = Authority::new(&folder.join("authority"), "authority");
    let issued = authority.named("server", "DNS:localhost,IP:127.0.0.1");
    // A port that was free a moment ago may be taken now.
    let (redis, port) = (0..20)
        .find_map(|_| {
            let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
            let words = [
                "--tls-port".into(),
                port.port().to_string(),
                "--tls-auth-clients".into(),
                "no".into(),
                "--tls-cert-file".into(),
                issued.cert.display().to_string(),
                "--tls-key-file".into(),
                issued.key.display().to_string(),
                "--tls-ca-cert-file".into(),
                authority.cert.display().to_string(),
            ];
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let redis = Redis::start(&words);
            TcpStream::connect(port).is_ok().then(|| (redis, port.port()))
        })
        .expect("a server in TLS");
    let url = format!("rediss://localhost:{port}/1");
    let trusting = format!("{{ca_file: {:?}}}", authority.cert.display().to_string());
    let asked = |url: &str, options: &str| {
        let call = format!("cache::connect({url:?}, {options}).set(\"a\", \"in TLS\").get(\"a\")");
        eval(&format!("try {{ log({call}) }} catch e {{ log(e.kind) }}")).output()
    };
    assert_eq!(asked(&url, &trusting), "in TLS\n");
    assert_eq!(asked(&url, "{verify: false}"), "in TLS\n");
    assert_eq!(asked(&url, "{}"), "certificate\n");
    assert_eq!(asked(&url, &trusting.replace('}', ", server_name: \"other\"}")), "certificate\n");
    // TLS to a server without, and none to one with.
    let plain = format!("redis://127.0.0.1:{port}");
    assert!(["closed\n", "connection_reset\n", "protocol\n"].contains(&&*asked(&plain, "{timeout: 20}")));
    drop(redis);
}

#[test]
fn a_server_that_goes_and_comes_back() {
    let mut redis = Redis::start(&[]);
    let mut program = Running::start(program::sentra_vm().arg("run").arg(script("restart.sn")).arg(redis.url()));
    assert_eq!(program.line(), "heard before");
    redis.stop();
    program.write(b"gone\n");
    let told = program.line();
    assert!(told.starts_with("without a server: "), "{told}");
    let kind = told.rsplit(' ').next().unwrap_or_default();
    assert!(["not_found", "connection_refused"].contains(&kind), "{told}");
    redis.begin();
    program.write(b"back\n");
    assert_eq!(program.line(), "set again after");
    assert_eq!(program.line(), "gap");
    assert_eq!(program.line(), "heard after");
    assert_eq!(program.line(), "done later");
    assert!(program.end().success());
}

/// A worker that is killed with a job in its hands: another gets the job.
#[test]
fn a_job_outlives_its_worker() {
    let redis = Redis::start(&[]);
    let start = |name: &str| {
        Running::start(program::sentra_vm().arg("run").arg(script("worker.sn")).args([&redis.url(), name]))
    };
    let first = start("first");
    redis.ask(&["PING"]);
    assert_eq!(first.line(), "first waits");
    let outcome = eval(&format!("queue::connect({:?}).push(\"jobs\", {{n: 1}})", redis.url()));
    assert_eq!(outcome.status, Some(0), "{}", outcome.errors());
    assert_eq!(first.line(), "first has 1, attempt 1");
    first.signal("KILL");
    let second = start("second");
    assert_eq!(second.line(), "second waits");
    assert_eq!(second.line(), "second has 1, attempt 2");
    // It has no end by itself, but the lease is prolonged while it works.
    thread::sleep(Duration::from_millis(1500));
    let size = eval(&format!("log(queue::connect({:?}).size(\"jobs\"))", redis.url()));
    assert_eq!(size.output(), "{\"waiting\": 0, \"taken\": 1, \"delayed\": 0, \"failed\": 0}\n");
}

/// A server that sends what it was told and closes.
fn liar(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        for client in listener.incoming().take(1) {
            let Ok(mut client) = client else { return };
            let mut head = [0; 1000];
            let _ = client.read(&mut head);
            // It may be given up before it is through.
            let _ =
                client.write_all(b"%0\r\n").and_then(|()| client.read(&mut head)).and_then(|_| client.write_all(bytes));
            let _ = client.shutdown(Shutdown::Write);
            let _ = client.read(&mut head);
        }
    });
    port
}

#[test]
fn hostile_replies_cost_little() {
    static DEEP: &[u8] = &[b'*'; 10];
    let endless: &'static [u8] = Box::leak(b"*1\r\n".repeat(1 << 20).into_boxed_slice());
    let wide: &'static [u8] =
        Box::leak([b"*99999999\r\n".as_slice(), &b"*0\r\n".repeat(4 << 20)].concat().into_boxed_slice());
    let long: &'static [u8] = Box::leak(vec![b'+'; 8 << 20].into_boxed_slice());
    for (bytes, kind) in [
        (endless, "protocol"),
        (wide, "too_large"),
        (long, "protocol"),
        (DEEP, "closed"),
        (b"$67108863\r\n", "too_large"),
        (b"$60000000\r\nshort", "closed"),
        (b"$99999999999999999999\r\n", "protocol"),
        (b"*2147483647\r\n", "too_large"),
    ] {
        let url = format!("redis://127.0.0.1:{}", liar(bytes));
        let source =
            format!("try {{ redis::connect({url:?}, {{timeout: 30}}).command(\"PING\") }} catch e {{ log(e.kind) }}");
        let outcome = program::run(program::sentra_vm().args(["eval", "--max-memory", "256M", &source]), b"", LIMIT);
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(20)]);
        let wanted = format!("{kind}\n");
        assert!(!outcome.timed_out && outcome.status == Some(0), "{shown}: {}", outcome.errors());
        assert!([wanted.as_str(), "timeout\n"].contains(&&*outcome.output()), "{shown}: {}", outcome.output());
    }
}

/// Replies that were damaged at random places, the same ones each time.
fn damaged(count: usize) -> Vec<Vec<u8>> {
    const WHOLE: [&[u8]; 6] = [
        b"*3\r\n$3\r\nabc\r\n:-17\r\n*2\r\n+x\r\n$-1\r\n",
        b"%2\r\n+first\r\n#t\r\n$1\r\nk\r\n,1.5e3\r\n",
        b"|1\r\n+ttl\r\n:60\r\n~2\r\n(123456789\r\n_\r\n",
        b">2\r\n+push\r\n:1\r\n=7\r\ntxt:abc\r\n",
        b"-ERR something went wrong\r\n",
        b"$12\r\nhello\r\nworld\r\n",
    ];
    const SIGNS: &[u8] = b"$*%~|>+-:_#,(=!0123456789\r\n";
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let damage = |number: usize| {
        let mut bytes = WHOLE[number % WHOLE.len()].to_vec();
        for _ in 0..=next(3) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes[at] = next(256) as u8,
                1 => bytes[at] = SIGNS[next(SIGNS.len())],
                2 => bytes.truncate(at + 1),
                _ => drop(bytes.splice(at..=at, b"9999".iter().copied().take(next(4)))),
            }
            if bytes.is_empty() {
                bytes.push(b'\n');
            }
        }
        bytes
    };
    (0..count).map(damage).collect()
}

#[test]
fn damaged_replies_are_values_or_errors() {
    const COUNT: usize = 600;
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    thread::spawn(move || {
        let mut head = [0; 1000];
        for (client, bytes) in listener.incoming().zip(damaged(COUNT)) {
            let Ok(mut client) = client else { return };
            let sent = client.read(&mut head).and_then(|_| client.write_all(b"%0\r\n"));
            let sent = sent.and_then(|()| client.read(&mut head)).and_then(|_| client.write_all(&bytes));
            // Whoever has gone already has seen enough.
            let _ = sent.and_then(|()| client.shutdown(Shutdown::Write)).and_then(|()| client.read(&mut head));
        }
    });
    let source = format!(
        "let kinds = {{}}
        for i in 0..{COUNT} {{
            let redis = redis::connect(\"redis://127.0.0.1:{port}\", {{timeout: 60}})
            let kind = \"value\"
            try {{ redis.command(\"PING\") }} catch e {{ kind = e.kind }}
            kinds[kind] = kinds.get(kind, 0) + 1
            redis.close()
        }}
        for kind, count in kinds {{ log(kind, count) }}"
    );
    let outcome = eval(&source);
    assert_eq!((outcome.status, outcome.timed_out), (Some(0), false), "{}", outcome.errors());
    let output = outcome.output();
    let counts: Vec<(&str, usize)> = output
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(kind, count)| (kind, count.parse().unwrap_or(0)))
        .collect();
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<usize>(), COUNT, "{output}");
    for (kind, _) in counts {
        assert!(["value", "closed", "protocol", "too_large", "redis", "auth"].contains(&kind), "{output}");
    }
}
