//! The resolver as everything in the VM uses it, by what the system says: its name server, its
//! search domains, what is remembered, and connections to hosts with several addresses.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use sentra::namespace::{self, Namespace};
use sentra::program;
use sentra::python;
use sentra::running::Running;

const LIMIT: Duration = Duration::from_secs(60);

/// A host with a name server that says what it is asked.
struct Host {
    host: Namespace,
    server: Running,
}

impl Host {
    fn new(name: &str, settings: &str) -> Self {
        let host = Namespace::new();
        let server = Running::start(host.command("python3").arg(python::peer("counting_name_server.py")));
        assert_eq!(server.line(), "ready");
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-resolv.conf"));
        std::fs::write(&path, format!("nameserver 127.0.0.1\n{settings}")).unwrap();
        host.cover("/etc/resolv.conf", &path);
        Self { host, server }
    }

    fn eval(&self, source: &str) -> String {
        let mut command: Command = self.host.command(program::directory().join("sentra-vm"));
        let outcome = program::run(command.arg("eval").arg(source), b"", LIMIT);
        assert_eq!(outcome.errors(), "");
        outcome.output()
    }

    /// What it was asked until it is asked for `last`.
    fn questions(&self, last: &str) -> Vec<String> {
        self.eval(&format!("dns_lookup(\"{last}.\", \"A\")"));
        let end = format!("{last} A");
        std::iter::from_fn(|| Some(self.server.line()).filter(|line| *line != end)).collect()
    }
}

#[test]
fn answers_are_remembered_as_long_as_they_say() {
    if !namespace::can_be_made() {
        return;
    }
    let host = Host::new("remembered", "");
    let shown = host.eval(
        "for i in 0..3 { log(dns_lookup(\"long.example\", \"A\")) }\n\
         for i in 0..2 { log(dns_lookup(\"none.example\", \"A\"), last_error().kind) }\n\
         log(dns_lookup(\"short.example\", \"A\"))\nsleep(1500)\nlog(dns_lookup(\"short.example\", \"A\"))\n\
         log(dns_lookup(\"long.example\", \"A\", {cache: false}))",
    );
    let here = "[\"127.0.0.1\"]\n";
    assert_eq!(shown, format!("{}{}{}", here.repeat(3), "[] nxdomain\n".repeat(2), here.repeat(3)));
    let wanted = ["long.example A", "none.example A", "short.example A", "short.example A", "long.example A"];
    assert_eq!(host.questions("end.example"), wanted);
}

#[test]
fn short_names_are_looked_for_in_the_search_domains() {
    if !namespace::can_be_made() {
        return;
    }
    let host = Host::new("search", "search wrong.example right.example\noptions ndots:2\n");
    let connect = "let port = socket_info(socket_listen(\"TCP\", \"127.0.0.1\", 0)).local_port\n";
    // Whoever connects looks names up in the same way.
    let shown = host.eval(&format!("{connect}log(socket_create(\"TCP\", \"only\", port) != nil)"));
    assert_eq!(shown, "true\n");
    let mut asked = host.questions("end.example");
    asked.retain(|line| line.ends_with(" A"));
    assert_eq!(asked, ["only.wrong.example A", "only.right.example A"]);
    // With as many dots as it has to have a name is tried as it is first.
    host.eval("dns_lookup(\"www.some.example\", \"A\")");
    assert_eq!(host.questions("end.example"), ["www.some.example A"]);
}

#[test]
fn the_address_that_answers_is_connected_to() {
    if !namespace::can_be_made() {
        return;
    }
    let host = Host::new("eyeballs", "");
    let silent = Namespace::new();
    host.host.connect("eth0", &silent, "eth0");
    host.host.run("ip -6 address add fd00:5::1/64 dev eth0 nodad");
    silent.run(
        "ip -6 address add fd00:5::2/64 dev eth0 nodad; nft add table inet t; \
         nft 'add chain inet t in { type filter hook input priority 0; }'; nft add rule inet t in meta l4proto tcp drop",
    );
    let shown = host.eval(
        "let server = http_server_create(\"127.0.0.1\", 0)\nhttp_server_route(server.id, \"GET\", \"/\", fn(r) => \"here\")\n\
         http_server_start(server.id)\nlog(http_get(f\"http://both.example:{server.port}/\").body)\n\
         log(socket_info(socket_create(\"TCP\", \"both.example\", server.port)).remote_address)\nhttp_server_stop(server.id)",
    );
    assert!(shown.starts_with("here\n127.0.0.1"), "{shown}");
}
