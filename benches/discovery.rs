//! Finding the hosts of a /24 with eight that are there, against arp-scan, on a network of the
//! bench's own: the time from start to end, alternated.

mod options;

use std::process::{Command, Stdio};
use std::time::Instant;

use sentra::namespace::{self, Namespace};
use sentra::program;

const HOSTS: usize = 8;

fn main() {
    let options = options::from_command_line(5);
    if !namespace::can_be_made() {
        return;
    }
    let (bridge, scanner) = (Namespace::new(), Namespace::new());
    bridge.run("ip link add br0 type bridge; ip link set br0 up");
    let hosts: Vec<Namespace> = (0..HOSTS).map(|_| Namespace::new()).collect();
    join(&bridge, &scanner, "s0", 1);
    hosts.iter().enumerate().for_each(|(index, host)| join(&bridge, host, &format!("h{index}"), 11 + index));
    let script = "log(len(network_scan(\"192.168.1.0/24\", {names: false})) - 1)";
    let commands: [(&str, Command); 2] = [
        ("sentra", {
            let mut command = scanner.command(program::sentra_vm().get_program());
            command.args(["eval", script]);
            command
        }),
        ("arp-scan", {
            let mut command = scanner.command("arp-scan");
            command.args(["--interface=eth0", "--localnet", "--quiet", "--plain", "--ignoredups"]);
            command
        }),
    ];
    let mut best = [f64::INFINITY; 2];
    let mut commands = commands;
    for _ in 0..options.rounds {
        for ((name, command), best) in commands.iter_mut().zip(&mut best) {
            let begun = Instant::now();
            let output = command.stderr(Stdio::inherit()).output().unwrap_or_else(|error| panic!("{name}: {error}"));
            *best = best.min(begun.elapsed().as_secs_f64());
            let shown = String::from_utf8_lossy(&output.stdout);
            let found = shown.trim().parse().unwrap_or(shown.lines().count());
            assert_eq!(found, HOSTS, "{name} finds all hosts: {shown}");
        }
    }
    println!("{:10} {:>8.3} s", "sentra", best[0]);
    println!("{:10} {:>8.3} s {:>8.2}", "arp-scan", best[1], best[0] / best[1]);
}

/// Puts a host on the bridge.
fn join(bridge: &Namespace, host: &Namespace, port: &str, number: usize) {
    bridge.connect(port, host, "eth0");
    bridge.run(&format!("ip link set {port} master br0"));
    host.run(&format!("ip address add 192.168.1.{number}/24 dev eth0"));
}
