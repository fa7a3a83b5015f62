//! `packet_decode`: a frame layer by layer.

mod application;

use std::net::IpAddr;

use sentra_netlib::wire::packet::tcp::Choice;
use sentra_netlib::wire::packet::{Application, Arp, Icmp, Ipv4, Ipv6, Link, Network, Packet, Tcp, Transport, Udp};
use sentra_netlib::wire::packet::{arp, checksum, ethernet, ip, ipv4};

use super::Result;
use crate::builtin::{Arguments, Types};
use crate::builtins::settings::Settings;
use crate::fault::Fault;
use crate::heap::{Array, Heap, Map};
use crate::packets::decode::{Keys, packet};
use crate::packets::source::Frame;
use crate::value::Value;
use crate::vm::Vm;

const DECODE: &str = "packet_decode";

/// Kinds of links by their names.
const LINKS: [(&str, Link); 7] = [
    ("EN10MB", Link::ETHERNET),
    ("RAW", Link::RAW),
    ("LINUX_SLL", Link::COOKED),
    ("LINUX_SLL2", Link::COOKED_2),
    ("NULL", Link::NULL),
    ("LOOP", Link::LOOP),
    ("IPV4", Link::IPV4),
];

/// The option `link`.
pub(super) fn link_of(options: &Settings) -> Result<Option<Link>> {
    let value = options.get("link", Types::STRING.or(Types::INTEGER))?;
    value.map(|value| link_named(options.builtin(), value)).transpose()
}

/// A kind of link by its name or number.
pub(super) fn link_named(builtin: &str, value: Value) -> Result<Link> {
    if let Some(number) = value.as_integer() {
        let fits = u32::try_from(number).ok();
        return fits.map(Link).ok_or_else(|| Fault::range(format!("`{builtin}` knows no link {number}")));
    }
    let name = String::from_utf8_lossy(value.as_bytes().unwrap_or_default()).into_owned();
    let found = LINKS.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name));
    let known = LINKS.map(|(name, _)| name).join(", ");
    let unknown = || Fault::range(format!("`{builtin}` knows no link \"{}\" (known: {known})", name.escape_debug()));
    found.map(|(_, link)| *link).ok_or_else(unknown)
}

pub(super) fn decode(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let options = Settings::new(DECODE, args.optional(1), &["link"])?;
    let link = link_of(&options)?.unwrap_or(Link::ETHERNET);
    let bytes = args.bytes(0);
    let frame = Frame { nanoseconds: 0, length: bytes.len(), link, direction: None, bytes };
    let heap = &mut vm.heap;
    let keys = Keys::new(heap);
    let map = packet(heap, &keys, frame)?;
    map.set_text(heap, "timestamp", Value::NIL)?;
    map.set_text(heap, "timestamp_ns", Value::NIL)?;
    let layers = heap.array(&[]);
    match Packet::read(link, bytes) {
        Some(packet) => Layers { heap, layers }.all(&packet)?,
        None => Layers { heap, layers }.payload(bytes)?,
    }
    map.set_text(&mut vm.heap, "layers", layers.value())?;
    Ok(map.value())
}

/// The layers as they are being told.
struct Layers<'h> {
    heap: &'h mut Heap,
    layers: Array,
}

/// A layer as it is being told.
struct Layer<'l> {
    heap: &'l mut Heap,
    map: Map,
}

impl Layer<'_> {
    fn number(&mut self, key: &str, number: impl Into<f64>) -> Result<&mut Self> {
        self.map.set_text(self.heap, key, Value::number(number.into()))?;
        Ok(self)
    }

    fn text(&mut self, key: &str, text: impl AsRef<[u8]>) -> Result<&mut Self> {
        let text = self.heap.checked_text(text.as_ref())?;
        self.map.set_text(self.heap, key, text)?;
        Ok(self)
    }

    fn flag(&mut self, key: &str, flag: bool) -> Result<&mut Self> {
        self.map.set_text(self.heap, key, flag.into())?;
        Ok(self)
    }
}

impl Layers<'_> {
    fn layer(&mut self, name: &str) -> Result<Layer<'_>> {
        let map = self.heap.map(12);
        self.layers.push(self.heap, map.value())?;
        let mut layer = Layer { heap: self.heap, map };
        layer.text("layer", name)?;
        Ok(layer)
    }

    fn all(&mut self, packet: &Packet) -> Result<()> {
        self.link(packet)?;
        match &packet.network {
            Network::Arp(arp) => self.arp(arp)?,
            Network::V4(ip) => self.ipv4(ip)?,
            Network::V6(ip) => self.ipv6(ip)?,
            Network::Other => {}
        }
        let right = self.is_right(packet);
        match &packet.transport {
            Transport::Tcp(tcp) => self.tcp(tcp, right)?,
            Transport::Udp(udp) => self.udp(udp, right)?,
            Transport::Icmp(icmp) => self.icmp("icmp", icmp, right)?,
            Transport::Icmpv6(icmp) => self.icmp("icmpv6", icmp, right)?,
            Transport::Fragment | Transport::Other => {}
        }
        if let Some(application) = Application::of(packet) {
            self.application(application, packet)?;
        }
        if !packet.payload.is_empty() { self.payload(packet.payload) } else { Ok(()) }
    }

    fn payload(&mut self, bytes: &[u8]) -> Result<()> {
        self.layer("payload")?.text("data", bytes).map(drop)
    }

    fn link(&mut self, packet: &Packet) -> Result<()> {
        let Some(ethernet) = &packet.link.ethernet else { return Ok(()) };
        let mut layer = self.layer("ethernet")?;
        layer.text("destination", ethernet.destination.to_string())?;
        layer.text("source", ethernet.source.to_string())?;
        let first = ethernet.tags.as_slice().first().map_or(ethernet.kind, |tag| tag.kind);
        layer.number("ethertype", first)?;
        let mut kinds = ethernet.tags.as_slice().iter().skip(1).map(|tag| tag.kind).chain([ethernet.kind]);
        for tag in ethernet.tags.as_slice() {
            let mut layer = self.layer("vlan")?;
            layer.number("id", tag.id)?.number("priority", tag.priority)?;
            layer.flag("drop_eligible", tag.drop_eligible)?;
            layer.number("ethertype", kinds.next().unwrap_or(ethernet::kind::IPV4))?;
        }
        Ok(())
    }

    fn arp(&mut self, arp: &Arp) -> Result<()> {
        let mut layer = self.layer("arp")?;
        match arp.operation {
            arp::operation::REQUEST => layer.text("operation", "request")?,
            arp::operation::REPLY => layer.text("operation", "reply")?,
            other => layer.number("operation", other)?,
        };
        layer.text("sender_mac", arp.sender_mac.to_string())?.text("sender_ip", arp.sender_ip.to_string())?;
        layer.text("target_mac", arp.target_mac.to_string())?.text("target_ip", arp.target_ip.to_string())?;
        Ok(())
    }

    fn ipv4(&mut self, ip: &Ipv4) -> Result<()> {
        let mut again = Vec::new();
        ip.write(usize::from(ip.total_length).saturating_sub(ip.header_length()), &mut again);
        let right = u16::from_be_bytes([again[10], again[11]]) == ip.checksum && ipv4::is_intact(&again);
        let mut layer = self.layer("ipv4")?;
        layer.text("source", ip.source.to_string())?.text("destination", ip.destination.to_string())?;
        layer.number("ttl", ip.ttl)?.number("protocol", ip.protocol)?.number("id", ip.identification)?;
        layer.number("tos", ip.service)?.flag("dont_fragment", ip.dont_fragment)?;
        layer.flag("more_fragments", ip.more_fragments)?.number("fragment_offset", ip.fragment_offset)?;
        layer.text("options", ip.options)?.number("total_length", ip.total_length)?;
        layer.number("checksum", ip.checksum)?.flag("checksum_ok", right)?;
        Ok(())
    }

    fn ipv6(&mut self, ip: &Ipv6) -> Result<()> {
        let mut layer = self.layer("ipv6")?;
        layer.text("source", ip.source.to_string())?.text("destination", ip.destination.to_string())?;
        layer.number("hop_limit", ip.hop_limit)?.number("next_header", ip.next_header)?;
        layer.number("traffic_class", ip.traffic_class)?.number("flow_label", ip.flow_label)?;
        layer.number("payload_length", ip.payload_length)?.number("protocol", ip.protocol)?;
        layer.text("extensions", ip.extensions)?;
        if let Some(fragment) = ip.fragment {
            layer.number("fragment_offset", fragment.offset)?.flag("more_fragments", fragment.more)?;
            layer.number("fragment_id", fragment.identification)?;
        }
        Ok(())
    }

    /// Whether the checksum of the transport layer is right; nothing if not all that it covers
    /// is there, or if there is none.
    fn is_right(&self, packet: &Packet) -> Option<bool> {
        let (source, destination): (IpAddr, IpAddr) = packet.addresses()?;
        let announced = match &packet.network {
            Network::V4(ip) => usize::from(ip.total_length).checked_sub(ip.header_length())?,
            Network::V6(ip) => usize::from(ip.payload_length).checked_sub(ip.extensions.len())?,
            _ => return None,
        };
        let segment = packet.segment;
        if packet.is_fragment() || segment.len() < announced {
            return None;
        }
        Some(match &packet.transport {
            Transport::Udp(udp) if udp.checksum == 0 => return None,
            Transport::Udp(udp) => {
                let segment = segment.get(..usize::from(udp.length))?;
                checksum::between(source, destination, ip::UDP, segment) == 0
            }
            Transport::Tcp(_) => checksum::between(source, destination, ip::TCP, segment) == 0,
            Transport::Icmp(_) => checksum::of(segment) == 0,
            Transport::Icmpv6(_) => checksum::between(source, destination, ip::ICMPV6, segment) == 0,
            Transport::Fragment | Transport::Other => return None,
        })
    }

    fn tcp(&mut self, tcp: &Tcp, right: Option<bool>) -> Result<()> {
        let options = self.heap.map(4);
        let mut told = Layer { heap: self.heap, map: options };
        for option in tcp.options() {
            match option {
                Choice::MaximumSegment(most) => drop(told.number("mss", most)?),
                Choice::WindowScale(shift) => drop(told.number("window_scale", shift)?),
                Choice::SackPermitted => drop(told.flag("sack_permitted", true)?),
                Choice::Timestamps(own, echo) => {
                    told.number("timestamp", own)?.number("timestamp_echo", echo)?;
                }
                Choice::Sack(_) | Choice::Nop | Choice::Other(..) => {}
            }
        }
        let mut layer = self.layer("tcp")?;
        layer.number("source_port", tcp.source)?.number("destination_port", tcp.destination)?;
        layer.number("seq", tcp.sequence)?.number("ack", tcp.acknowledgment)?;
        layer.text("flags", tcp.flags.to_string())?.number("window", tcp.window)?.number("urgent", tcp.urgent)?;
        layer.map.set_text(layer.heap, "options", options.value())?;
        layer.text("raw_options", tcp.options)?.number("checksum", tcp.checksum)?;
        set_right(&mut layer, right)
    }

    fn udp(&mut self, udp: &Udp, right: Option<bool>) -> Result<()> {
        let mut layer = self.layer("udp")?;
        layer.number("source_port", udp.source)?.number("destination_port", udp.destination)?;
        layer.number("length", udp.length)?.number("checksum", udp.checksum)?;
        set_right(&mut layer, right)
    }

    fn icmp(&mut self, name: &str, icmp: &Icmp, right: Option<bool>) -> Result<()> {
        let mut layer = self.layer(name)?;
        layer.number("type", icmp.kind)?.number("code", icmp.code)?.number("checksum", icmp.checksum)?;
        layer.number("id", icmp.identifier())?.number("sequence", icmp.sequence())?;
        set_right(&mut layer, right)
    }
}

/// Notes whether a checksum is right, nil if that cannot be told.
fn set_right(layer: &mut Layer, right: Option<bool>) -> Result<()> {
    layer.map.set_text(layer.heap, "checksum_ok", right.map_or(Value::NIL, Value::from))
}
