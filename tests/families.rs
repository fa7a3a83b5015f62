//! Connections to names that have addresses of both families (RFC 8305), on a host of the test's
//! own with a name server of its own.

use std::fs;
use std::path::Path;
use std::time::Duration;

use sentra::namespace::{self, Namespace};
use sentra::program;
use sentra::running::Running;

const LIMIT: Duration = Duration::from_secs(60);

/// Connects in every way that scripts have, and says with whom.
const CLIENT: &str = "fn with(name) {\n let s = socket_create(\"TCP\", name, 8080, {timeout: 4})\n if s == nil { return last_error().message }\n \
    let peer = socket_info(s).remote_address\n socket_close(s)\n return peer + \" \" + http_get(f\"http://{name}:8080/\", {timeout: 5}).body\n}\n";

struct Host {
    namespace: Namespace,
    _names: Running,
}

impl Host {
    fn new() -> Self {
        let namespace = Namespace::new();
        namespace.run("ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up; ip address add 10.9.9.9/24 dev d0; ip address add fd00::9/64 dev d0 nodad");
        let settings = Path::new(env!("CARGO_TARGET_TMPDIR")).join("families-resolv.conf");
        fs::write(&settings, "nameserver 127.0.0.2\n").unwrap();
        namespace.cover("/etc/resolv.conf", &settings);
        let names =
            vm(&namespace, "run", &program::root().join("tests/programs/two_families.sn").display().to_string());
        Self { namespace, _names: names }
    }

    /// Serves HTTP at an address: what comes back is the address.
    fn serve(&self, address: &str) -> Running {
        let source = format!(
            "let s = http_server_create(\"{address}\", 8080)\nhttp_server_route(s[\"id\"], \"GET\", \"/\", fn(req) => \"at {address}\")\n\
             http_server_start(s[\"id\"])\nlog(\"ready\")\n"
        );
        vm(&self.namespace, "eval", &source)
    }

    fn connect(&self, name: &str) -> String {
        let path = program::directory().join("sentra-vm");
        let source = format!("{CLIENT}log(with(\"{name}\"))");
        let outcome = program::run(self.namespace.command(path).arg("eval").arg(source), b"", LIMIT);
        assert_eq!(outcome.errors(), "");
        outcome.output().trim().to_owned()
    }
}

/// Runs the VM on a host until it is ready.
fn vm(host: &Namespace, command: &str, argument: &str) -> Running {
    let path = program::directory().join("sentra-vm");
    let running = Running::start(host.command(path).args([command, argument]));
    assert_eq!(running.line(), "ready");
    running
}

#[test]
fn the_family_that_works_is_used() {
    if !namespace::can_be_made() {
        return;
    }
    let host = Host::new();
    let (four, six) = (host.serve("10.9.9.9"), host.serve("fd00::9"));
    assert_eq!(host.connect("dual.lan"), "fd00::9 at fd00::9");
    assert_eq!(host.connect("six.lan"), "fd00::9 at fd00::9");
    assert_eq!(host.connect("four.lan"), "10.9.9.9 at 10.9.9.9", "an answer that never comes is not waited for");
    drop(six);
    assert_eq!(host.connect("dual.lan"), "10.9.9.9 at 10.9.9.9", "one that refuses is left");
    host.namespace.run("nft add table ip6 t; nft 'add chain ip6 t in { type filter hook input priority 0; }'; nft add rule ip6 t in tcp dport 8080 drop");
    assert_eq!(host.connect("dual.lan"), "10.9.9.9 at 10.9.9.9", "one that is silent is left after a while");
    drop(four);
    let _six = host.serve("fd00::9");
    host.namespace.run("nft flush table ip6 t");
    host.namespace.run("nft add table ip t; nft 'add chain ip t in { type filter hook input priority 0; }'; nft add rule ip t in tcp dport 8080 drop");
    assert_eq!(host.connect("dual.lan"), "fd00::9 at fd00::9");
}
