//! A frame as a map.

use sentra_netlib::wire::packet::{Application, Network, Packet, Transport, ip};

use super::info;
use super::source::Frame;
use crate::fault::Fault;
use crate::heap::{Heap, Map};
use crate::value::Value;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// The fields of the map of a frame, in its order.
const FIELDS: [&str; 21] = [
    "timestamp",
    "timestamp_ns",
    "length",
    "captured_length",
    "link",
    "direction",
    "src_mac",
    "dst_mac",
    "protocol",
    "src_ip",
    "dst_ip",
    "src_port",
    "dst_port",
    "ttl",
    "flags",
    "seq",
    "ack",
    "window",
    "payload",
    "info",
    "raw",
];

/// The names of the fields as keys, found once for many frames. They hold until the builtin returns.
pub(crate) struct Keys([Value; FIELDS.len()]);

impl Keys {
    /// The keys.
    pub fn new(heap: &mut Heap) -> Self {
        Self(FIELDS.map(|name| heap.intern(name.as_bytes())))
    }
}

/// The map of a frame: absent fields are nil.
pub(crate) fn packet(heap: &mut Heap, keys: &Keys, frame: Frame) -> Result<Map> {
    let link = frame.link.name();
    let link = link.map_or_else(|| Value::number(f64::from(frame.link.0)), |name| heap.text(name.as_bytes()));
    let direction = frame.direction.map_or(Value::NIL, |direction| heap.text(direction.name().as_bytes()));
    let raw = heap.checked_text(frame.bytes)?;
    let known = match Packet::read(frame.link, frame.bytes) {
        Some(packet) => headers(heap, &packet, frame, raw)?,
        None => unknown(heap, raw),
    };
    let nanoseconds = heap.integer(frame.nanoseconds);
    let mut values = [Value::NIL; FIELDS.len()];
    values[..6].copy_from_slice(&[
        Value::number(frame.nanoseconds as f64 / 1e6),
        nanoseconds,
        Value::number(frame.length as f64),
        Value::number(frame.bytes.len() as f64),
        link,
        direction,
    ]);
    values[6..20].copy_from_slice(&known);
    values[20] = raw;
    heap.map_of(keys.0.into_iter().zip(values))
}

/// The values of the fields from `src_mac` to `info`.
type Known = [Value; 14];

/// Those of a frame that is not understood.
fn unknown(heap: &mut Heap, raw: Value) -> Known {
    let mut known = [Value::NIL; 14];
    known[12] = raw;
    known[13] = heap.text(b"a frame that is cut short or of a link that is not understood");
    known
}

fn headers(heap: &mut Heap, packet: &Packet, frame: Frame, raw: Value) -> Result<Known> {
    let text = |heap: &mut Heap, shown: Option<String>| shown.map_or(Value::NIL, |shown| heap.text(shown.as_bytes()));
    let number = |number: Option<u32>| number.map_or(Value::NIL, |number| Value::number(f64::from(number)));
    let application = Application::of(packet);
    let addresses = match &packet.network {
        Network::Arp(arp) => Some((arp.sender_ip.into(), arp.target_ip.into())),
        _ => packet.addresses(),
    };
    let (ports, tcp) = match &packet.transport {
        Transport::Tcp(tcp) => (packet.ports(), Some(tcp)),
        _ => (packet.ports(), None),
    };
    let info = info::line(packet, application);
    Ok([
        text(heap, packet.link.source.map(|mac| mac.to_string())),
        text(heap, packet.link.ethernet.map(|ethernet| ethernet.destination.to_string())),
        text(heap, Some(protocol(packet, application))),
        text(heap, addresses.map(|(source, _)| source.to_string())),
        text(heap, addresses.map(|(_, destination)| destination.to_string())),
        number(ports.map(|ports| ports.0.into())),
        number(ports.map(|ports| ports.1.into())),
        number(packet.ttl().map(u32::from)),
        text(heap, tcp.map(|tcp| tcp.flags.to_string())),
        number(tcp.map(|tcp| tcp.sequence)),
        number(tcp.map(|tcp| tcp.acknowledgment)),
        number(tcp.map(|tcp| tcp.window.into())),
        payload(heap, packet, frame, raw)?,
        // It hardly ever comes again.
        heap.fresh_text(info.as_bytes()),
    ])
}

/// The payload, which shares the frame's bytes.
fn payload(heap: &mut Heap, packet: &Packet, frame: Frame, raw: Value) -> Result<Value> {
    let begin = packet.payload.as_ptr() as usize - frame.bytes.as_ptr() as usize;
    let end = begin + packet.payload.len();
    match raw.as_text() {
        Some(text) if end <= frame.bytes.len() => Ok(heap.slice_text(text, begin, end)),
        _ => heap.checked_text(packet.payload),
    }
}

/// The highest protocol that is understood.
pub(crate) fn protocol(packet: &Packet, application: Option<Application>) -> String {
    if let Some(application) = application {
        return application.name().into();
    }
    match (&packet.network, packet.protocol()) {
        (Network::Arp(_), _) => "ARP".into(),
        (_, Some(protocol)) => ip::name(protocol).map_or_else(|| format!("IP protocol {protocol}"), str::to_string),
        _ => match packet.link.kind {
            Some(kind) => ethertype(kind),
            None => "LLC".into(),
        },
    }
}

fn ethertype(kind: u16) -> String {
    let name = match kind {
        0x0800 => "IPv4",
        0x0806 => "ARP",
        0x86dd => "IPv6",
        0x8863 | 0x8864 => "PPPoE",
        0x8847 | 0x8848 => "MPLS",
        0x888e => "EAPOL",
        0x88cc => "LLDP",
        _ => return format!("EtherType 0x{kind:04x}"),
    };
    name.into()
}
