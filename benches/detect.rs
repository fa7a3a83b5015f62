//! `cargo bench --bench detect`: `detect_intrusions` over a capture file of 1 GB, with rules and without, against
//! Suricata on one core and a plain read by tcpdump; and its memory.
//!
//! The file is that of the bench of packets; times are processor time of whole processes, user and system, in
//! alternated rounds. Who is not installed is left out, which is said.

mod options;
#[path = "packets/processor.rs"]
mod processor;
#[path = "packets/trace.rs"]
mod trace;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use processor::seconds;
use sentra::program;

const SIZE: usize = 1 << 30;
const RULES: &str = r#"alert tcp any any -> any 80 (msg:"asks for passwd"; flow:established,to_server; content:"/etc/passwd"; nocase; sid:1;)
alert tcp any any -> any any (msg:"a shell"; content:"/bin/sh"; content:"|90 90 90|"; distance:0; sid:2;)
alert udp any any -> any 53 (msg:"a large question"; dsize:>400; sid:3;)
"#;

fn main() {
    let options = options::from_command_line(3);
    let folder = program::directory().parent().expect("it is in the target folder").join("bench-packets");
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    let file = folder.join("large.pcap");
    trace::make(&file, SIZE);
    let rules = folder.join("some.rules");
    std::fs::write(&rules, RULES).expect("the target folder can be written");
    let source = |options: &str| format!("log(len(detect_intrusions(\"file:{}\", 0, {options})))", file.display());
    let with_rules = source(&format!("{{rules: \"{}\"}}", rules.display()));
    let mut best = [f64::INFINITY; 4];
    for _ in 0..options.rounds {
        let commands = [
            Some(sentra(&source("{}"))),
            Some(sentra(&with_rules)),
            suricata(&file, &rules, &folder),
            Some(tcpdump(&file)),
        ];
        for (best, command) in best.iter_mut().zip(commands) {
            if let Some(mut command) = command {
                *best = best.min(seconds(&mut command));
            }
        }
    }
    let [own, own_with_rules, suricata, tcpdump] = best;
    println!("detect_intrusions over 1 GB: {own:.2} s, with rules {own_with_rules:.2} s");
    for (name, time, own) in [("suricata", suricata, own_with_rules), ("tcpdump", tcpdump, own)] {
        match time.is_finite() {
            true => println!("{name}: {time:.2} s, ratio {:.3}", own / time),
            false => println!("{name}: not installed"),
        }
    }
    let outcome = program::run(&mut sentra(&source("{}")), b"", Duration::from_secs(170));
    println!("peak memory: {} MB", outcome.peak_memory / 1024);
}

fn sentra(source: &str) -> Command {
    let mut command = program::sentra_vm();
    command.arg("eval").arg(source);
    command
}

fn installed(name: &str) -> Option<Command> {
    let found = Command::new(name).arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    found.then(|| Command::new(name))
}

fn suricata(file: &Path, rules: &Path, folder: &Path) -> Option<Command> {
    let mut command = installed("suricata")?;
    command.args(["--runmode", "single", "-k", "none", "-r"]).arg(file).arg("-S").arg(rules).arg("-l").arg(folder);
    Some(command)
}

fn tcpdump(file: &Path) -> Command {
    let mut command = Command::new("tcpdump");
    command.args(["-n", "-w", "/dev/null", "-r"]).arg(file);
    command
}
