//! `packet_build`: a frame from its layers, the innermost first.

mod field;

use std::net::IpAddr;

use sentra_netlib::wire::packet::ethernet::{self, Tag};
use sentra_netlib::wire::packet::tcp::{Choice, Flags};
use sentra_netlib::wire::packet::{Arp, Ethernet, Icmp, Ipv4, Ipv6, Mac, Tcp, Udp, arp, checksum, ip};

use super::Result;
use crate::builtin::Arguments;
use crate::fault::Fault;
use crate::heap::Map;
use crate::value::Value;
use crate::vm::Vm;
use field::Fields;

/// The longest frame.
const LONGEST: usize = 1 << 20;
/// The most layers.
const MOST_LAYERS: usize = 64;

/// A frame as it is being put together, from the inside.
#[derive(Default)]
struct Frame {
    bytes: Vec<u8>,
    /// The protocol over IP that `bytes` begin with.
    protocol: Option<u8>,
    /// Their EtherType.
    kind: Option<u16>,
}

pub(super) fn build(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let layers: Vec<Value> = args.array(0).iter().collect();
    if layers.len() > MOST_LAYERS {
        return Err(Fault::range(format!("`packet_build` takes at most {MOST_LAYERS} layers, got {}", layers.len())));
    }
    let maps: Vec<Map> =
        layers.iter().enumerate().map(|(index, layer)| map_of(index, *layer)).collect::<Result<_>>()?;
    let mut frame = Frame::default();
    for index in (0..maps.len()).rev() {
        let fields = Fields { map: maps[index], index };
        let within =
            maps[..index].iter().rev().enumerate().map(|(far, map)| Fields { map: *map, index: index - 1 - far });
        frame.wrap(&fields, within)?;
        if frame.bytes.len() > LONGEST {
            return Err(Fault::range(format!("`packet_build` makes frames of at most {LONGEST} bytes")));
        }
    }
    vm.heap.checked_text(&frame.bytes)
}

fn map_of(index: usize, layer: Value) -> Result<Map> {
    let got = layer.type_name();
    layer.as_map().ok_or_else(|| Fault::range(format!("`packet_build` expects maps as layers, got {got} at {index}")))
}

impl Frame {
    /// Puts a layer around what is there. `within` are the layers around that one.
    fn wrap(&mut self, fields: &Fields, within: impl Iterator<Item = Fields>) -> Result<()> {
        let name = fields.name()?;
        match name.as_str() {
            // What these say is in the payload.
            "dns" | "dhcp" | "tls" | "http" => Ok(()),
            "payload" => fields.bytes("data").map(|data| {
                let inner = std::mem::take(&mut self.bytes);
                self.bytes = [data.unwrap_or_default(), inner].concat();
            }),
            "tcp" | "udp" | "icmp" | "icmpv6" => self.transport(&name, fields, addresses(within)?),
            "ipv4" => self.ipv4(fields),
            "ipv6" => self.ipv6(fields),
            "arp" => self.arp(fields),
            "vlan" => self.vlan(fields),
            "ethernet" => self.ethernet(fields),
            other => Err(fields.fault(format!("knows no layer \"{}\"", other.escape_debug()))),
        }
    }

    fn transport(&mut self, name: &str, fields: &Fields, addresses: Option<(IpAddr, IpAddr)>) -> Result<()> {
        let payload = std::mem::take(&mut self.bytes);
        let needed = || fields.fault("needs a layer of IP around it for its checksum".into());
        let out = &mut self.bytes;
        let (at, protocol) = match name {
            "tcp" => {
                let (source, destination) = addresses.ok_or_else(needed)?;
                let options = tcp_options(fields)?;
                tcp(fields, &options)?.write(source, destination, &payload, out);
                (16, ip::TCP)
            }
            "udp" => {
                let (source, destination) = addresses.ok_or_else(needed)?;
                let udp = Udp {
                    source: fields.number("source_port")?.unwrap_or(0),
                    destination: fields.number("destination_port")?.unwrap_or(0),
                    ..Udp::default()
                };
                udp.write(source, destination, &payload, out);
                if let Some(length) = fields.number::<u16>("length")? {
                    out[4..6].copy_from_slice(&length.to_be_bytes());
                    write_udp_sum(source, destination, out);
                }
                (6, ip::UDP)
            }
            "icmp" => {
                icmp(fields, 8)?.write(&payload, out);
                (2, ip::ICMP)
            }
            _ => {
                let (source, destination) = addresses.ok_or_else(needed)?;
                icmp(fields, 128)?.write_between(source, destination, &payload, out);
                (2, ip::ICMPV6)
            }
        };
        if let Some(sum) = fields.number::<u16>("checksum")? {
            out[at..at + 2].copy_from_slice(&sum.to_be_bytes());
        }
        (self.protocol, self.kind) = (Some(protocol), None);
        Ok(())
    }

    fn ipv4(&mut self, fields: &Fields) -> Result<()> {
        let options = fields.bytes("options")?.unwrap_or_default();
        let offset = fields.number::<u16>("fragment_offset")?.unwrap_or(0);
        if offset % 8 != 0 || options.len() > 40 {
            let what = if offset % 8 != 0 { "`fragment_offset` in eights" } else { "`options` of at most 40 bytes" };
            return Err(fields.fault(format!("takes {what}")));
        }
        let header = Ipv4 {
            service: fields.number("tos")?.unwrap_or(0),
            identification: fields.number("id")?.unwrap_or(0),
            dont_fragment: fields.flag("dont_fragment")?.unwrap_or(false),
            more_fragments: fields.flag("more_fragments")?.unwrap_or(false),
            fragment_offset: offset,
            ttl: fields.number("ttl")?.unwrap_or(64),
            protocol: fields.number("protocol")?.or(self.protocol).unwrap_or(255),
            source: fields.parsed("source")?.unwrap_or([0, 0, 0, 0].into()),
            destination: fields.parsed("destination")?.unwrap_or([0, 0, 0, 0].into()),
            options: &options,
            ..Ipv4::default()
        };
        let mut out = Vec::new();
        header.write(self.bytes.len(), &mut out);
        let length = out.len();
        if let Some(total) = fields.number::<u16>("total_length")? {
            out[2..4].copy_from_slice(&total.to_be_bytes());
            out[10..12].fill(0);
            let sum = checksum::of(&out[..length]);
            out[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        if let Some(sum) = fields.number::<u16>("checksum")? {
            out[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        self.put_before(out, ip::IPV4, ethernet::kind::IPV4);
        Ok(())
    }

    fn ipv6(&mut self, fields: &Fields) -> Result<()> {
        let extensions = fields.bytes("extensions")?.unwrap_or_default();
        let protocol = fields.number("protocol")?.or(self.protocol).unwrap_or(ip::NOTHING);
        let unspecified = std::net::Ipv6Addr::UNSPECIFIED;
        let header = Ipv6 {
            traffic_class: fields.number("traffic_class")?.unwrap_or(0),
            flow_label: fields.number("flow_label")?.unwrap_or(0),
            next_header: fields.number("next_header")?.unwrap_or(protocol),
            hop_limit: fields.number("hop_limit")?.unwrap_or(64),
            source: fields.parsed("source")?.unwrap_or(unspecified),
            destination: fields.parsed("destination")?.unwrap_or(unspecified),
            extensions: &extensions,
            protocol,
            ..Ipv6::default()
        };
        let mut out = Vec::new();
        header.write(self.bytes.len(), &mut out);
        if let Some(length) = fields.number::<u16>("payload_length")? {
            out[4..6].copy_from_slice(&length.to_be_bytes());
        }
        self.put_before(out, ip::IPV6, ethernet::kind::IPV6);
        Ok(())
    }

    fn arp(&mut self, fields: &Fields) -> Result<()> {
        let operation = match fields.text("operation") {
            Some(name) if name == "request" => arp::operation::REQUEST,
            Some(name) if name == "reply" => arp::operation::REPLY,
            Some(name) => return Err(fields.fault(format!("knows no operation \"{}\"", name.escape_debug()))),
            None => fields.number("operation")?.unwrap_or(arp::operation::REQUEST),
        };
        let message = Arp {
            operation,
            sender_mac: fields.parsed("sender_mac")?.unwrap_or(Mac::ZERO),
            sender_ip: fields.parsed("sender_ip")?.unwrap_or([0, 0, 0, 0].into()),
            target_mac: fields.parsed("target_mac")?.unwrap_or(Mac::ZERO),
            target_ip: fields.parsed("target_ip")?.unwrap_or([0, 0, 0, 0].into()),
        };
        let mut out = Vec::new();
        message.write(&mut out);
        self.put_before(out, 0, ethernet::kind::ARP);
        self.protocol = None;
        Ok(())
    }

    fn vlan(&mut self, fields: &Fields) -> Result<()> {
        let tag = Tag {
            kind: ethernet::kind::VLAN,
            id: fields.number("id")?.unwrap_or(0),
            priority: fields.number("priority")?.unwrap_or(0),
            drop_eligible: fields.flag("drop_eligible")?.unwrap_or(false),
        };
        if tag.id > 0xfff || tag.priority > 7 {
            return Err(fields.fault("takes an `id` of 0 to 4095 and a `priority` of 0 to 7".into()));
        }
        let kind = fields.number("ethertype")?.or(self.kind).unwrap_or(0xffff);
        let mut out = tag.control().to_be_bytes().to_vec();
        out.extend(kind.to_be_bytes());
        self.put_before(out, 0, ethernet::kind::VLAN);
        Ok(())
    }

    fn ethernet(&mut self, fields: &Fields) -> Result<()> {
        let header = Ethernet {
            destination: fields.parsed("destination")?.unwrap_or(Mac::BROADCAST),
            source: fields.parsed("source")?.unwrap_or(Mac::ZERO),
            kind: fields.number("ethertype")?.or(self.kind).unwrap_or(0xffff),
            ..Ethernet::default()
        };
        let mut out = Vec::new();
        header.write(&mut out);
        self.put_before(out, 0, 0x6558);
        Ok(())
    }

    fn put_before(&mut self, mut header: Vec<u8>, protocol: u8, kind: u16) {
        header.append(&mut self.bytes);
        *self = Self { bytes: header, protocol: Some(protocol), kind: Some(kind) };
    }
}

/// The addresses of the layer of IP that is next around another.
fn addresses(within: impl Iterator<Item = Fields>) -> Result<Option<(IpAddr, IpAddr)>> {
    for fields in within {
        let unspecified: IpAddr = match fields.name()?.as_str() {
            "ipv4" => [0, 0, 0, 0].into(),
            "ipv6" => [0_u16; 8].into(),
            _ => continue,
        };
        let address = |key: &str| Ok::<_, Box<Fault>>(fields.parsed::<IpAddr>(key)?.unwrap_or(unspecified));
        return Ok(Some((address("source")?, address("destination")?)));
    }
    Ok(None)
}

fn tcp<'a>(fields: &Fields, options: &'a [u8]) -> Result<Tcp<'a>> {
    if options.len() > 40 {
        return Err(fields.fault("takes options of at most 40 bytes".into()));
    }
    Ok(Tcp {
        source: fields.number("source_port")?.unwrap_or(0),
        destination: fields.number("destination_port")?.unwrap_or(0),
        sequence: fields.number("seq")?.unwrap_or(0),
        acknowledgment: fields.number("ack")?.unwrap_or(0),
        flags: flags(fields)?,
        window: fields.number("window")?.unwrap_or(u16::MAX),
        urgent: fields.number("urgent")?.unwrap_or(0),
        options,
        ..Tcp::default()
    })
}

/// Flags by name: `SYN,ACK` or `SYN|ACK`.
fn flags(fields: &Fields) -> Result<Flags> {
    let Some(text) = fields.text("flags") else { return Ok(Flags(fields.number("flags")?.unwrap_or(0x002))) };
    let names = text.split([',', '|', ' ']).filter(|name| !name.is_empty());
    names.map(|name| flag(fields, name)).try_fold(Flags(0), |all, one| Ok(all.with(one?)))
}

fn flag(fields: &Fields, name: &str) -> Result<Flags> {
    let known = sentra_netlib::wire::packet::tcp::FLAG_NAMES;
    let bit = known.iter().position(|known| known.eq_ignore_ascii_case(name));
    let unknown = || fields.fault(format!("knows no flag \"{}\" (known: {})", name.escape_debug(), known.join(", ")));
    bit.map(|bit| Flags(1 << bit)).ok_or_else(unknown)
}

/// The options as bytes: as they are given, or from a map.
fn tcp_options(fields: &Fields) -> Result<Vec<u8>> {
    if let Some(raw) = fields.bytes("raw_options")? {
        return Ok(raw);
    }
    let mut out = Vec::new();
    let Some(map) = fields.map.get_text(b"options").and_then(Value::as_map) else { return Ok(out) };
    let options = Fields { map, index: fields.index };
    if let Some(most) = options.number("mss")? {
        Choice::MaximumSegment(most).write(&mut out);
    }
    if options.flag("sack_permitted")?.unwrap_or(false) {
        Choice::SackPermitted.write(&mut out);
    }
    if let Some(own) = options.number("timestamp")? {
        Choice::Timestamps(own, options.number("timestamp_echo")?.unwrap_or(0)).write(&mut out);
    }
    if let Some(shift) = options.number("window_scale")? {
        Choice::Nop.write(&mut out);
        Choice::WindowScale(shift).write(&mut out);
    }
    Ok(out)
}

fn icmp(fields: &Fields, usual: u8) -> Result<Icmp> {
    let kind = fields.number("type")?.unwrap_or(usual);
    let (id, sequence) = (fields.number("id")?.unwrap_or(0), fields.number("sequence")?.unwrap_or(0));
    Ok(Icmp { code: fields.number("code")?.unwrap_or(0), ..Icmp::echo(kind, id, sequence) })
}

/// Computes the checksum of a datagram anew.
fn write_udp_sum(source: IpAddr, destination: IpAddr, datagram: &mut [u8]) {
    datagram[6..8].fill(0);
    let sum = checksum::between(source, destination, ip::UDP, datagram);
    datagram[6..8].copy_from_slice(&(if sum == 0 { 0xffff } else { sum }).to_be_bytes());
}
