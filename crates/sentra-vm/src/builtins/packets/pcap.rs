//! `pcap_write`: packets to a file.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use sentra_netlib::wire::capture::write;
use sentra_netlib::wire::packet::Link;

use super::Result;
use super::layers::link_of;
use crate::builtin::Arguments;
use crate::builtins::files;
use crate::builtins::settings::Settings;
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

const WRITE: &str = "pcap_write";

pub(super) fn write(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let options = Settings::new(WRITE, args.optional(2), &["append", "link"])?;
    let append = options.flag("append")?.unwrap_or(false);
    let path = files::path_of(args.bytes(0));
    let path = vm.system.permissions.write(&path).map_err(|error| files::failure("write", &path, &error))?;
    let packets = args.array(1);
    let chosen = link_of(&options)?;
    let link = match packets.iter().next().and_then(Value::as_map).and_then(|map| map.get_text(b"link")) {
        Some(link) if chosen.is_none() && !link.is_nil() => super::layers::link_named(WRITE, link)?,
        _ => chosen.unwrap_or(Link::ETHERNET),
    };
    let mut bytes = Vec::new();
    for (index, packet) in packets.iter().enumerate() {
        let before = bytes.len();
        record(packet, index, &mut bytes)?;
        vm.heap.reserve(bytes.len() + (bytes.len() - before))?;
    }
    let count = packets.len();
    vm.offload(
        move || save(&path, link, append, &bytes).map_err(|error| (path, error)),
        move |_, saved| match saved {
            Ok(()) => Ok(Value::number(count as f64)),
            Err((path, error)) => Err(failure(&path, &error)),
        },
    )
}

fn failure(path: &Path, error: &io::Error) -> Box<Fault> {
    if error.kind() == ErrorKind::InvalidData {
        return Fault::range(format!("cannot append to {}: {error}", path.display()));
    }
    files::failure("write", path, error)
}

/// Appends a packet's record.
fn record(packet: Value, index: usize, out: &mut Vec<u8>) -> Result<()> {
    if let Some(frame) = packet.as_bytes() {
        write::record(0, frame.len(), frame, out);
        return Ok(());
    }
    let map = packet.as_map();
    let field = |name: &str| map.and_then(|map| map.get_text(name.as_bytes()));
    let raw = field("raw");
    let Some(frame) = raw.as_ref().and_then(|raw| raw.as_bytes()) else {
        let got = packet.type_name();
        return Err(Fault::range(format!("`{WRITE}` expects frames or packets with `raw`, got {got} at {index}")));
    };
    let exact = field("timestamp_ns").and_then(Value::as_integer);
    let milliseconds = || field("timestamp").and_then(Value::as_number);
    let nanoseconds = exact.or_else(|| milliseconds().map(|time| (time * 1e6) as i64)).unwrap_or(0);
    let length = field("length").and_then(Value::as_integer).and_then(|length| usize::try_from(length).ok());
    write::record(nanoseconds, length.unwrap_or(frame.len()), frame, out);
    Ok(())
}

fn save(path: &PathBuf, link: Link, append: bool, records: &[u8]) -> io::Result<()> {
    let mut header = Vec::new();
    write::header(link, &mut header);
    let mut file = if append {
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?
    } else {
        File::create(path)?
    };
    if append {
        let mut there = Vec::new();
        Read::by_ref(&mut file).take(header.len() as u64).read_to_end(&mut there)?;
        if !there.is_empty() && there != header {
            let text = "it is of another kind than what is written here (pcap with nanoseconds and the same link)";
            return Err(io::Error::new(ErrorKind::InvalidData, text));
        }
        file.seek(io::SeekFrom::End(0))?;
        if !there.is_empty() {
            return file.write_all(records);
        }
    }
    file.write_all(&header)?;
    file.write_all(records)
}
