//! A packet in one line, for people.

use std::fmt::Write;

use sentra_netlib::wire::packet::application::HttpHead;
use sentra_netlib::wire::packet::dhcp::Dhcp;
use sentra_netlib::wire::packet::dns::{self, Message};
use sentra_netlib::wire::packet::hello::{Hello, version_name};
use sentra_netlib::wire::packet::icmp::{kind, kind6};
use sentra_netlib::wire::packet::{Application, Arp, Icmp, Network, Packet, Tcp, Transport, arp};

/// The longest line.
const LONGEST: usize = 400;

/// The line of a packet.
pub(crate) fn line(packet: &Packet, application: Option<Application>) -> String {
    let mut line = of_application(packet, application).unwrap_or_else(|| of_headers(packet));
    // What peers have chosen does not reach a terminal as it is.
    if line.contains(char::is_control) {
        line = line.chars().map(|shown| if shown.is_control() { '.' } else { shown }).collect();
    }
    if line.len() > LONGEST {
        line.truncate(line.floor_char_boundary(LONGEST));
        line.push('…');
    }
    line
}

fn of_headers(packet: &Packet) -> String {
    match (&packet.network, &packet.transport) {
        (Network::Arp(arp), _) => of_arp(arp),
        (_, Transport::Tcp(tcp)) => of_tcp(tcp, packet.payload.len()),
        (_, Transport::Udp(udp)) => format!("{} → {}, {} bytes", udp.source, udp.destination, packet.payload.len()),
        (_, Transport::Icmp(icmp)) => of_icmp(icmp),
        (_, Transport::Icmpv6(icmp)) => of_icmpv6(icmp, packet.payload),
        (Network::V4(ip), Transport::Fragment) => {
            format!("fragment at {} of packet 0x{:04x}", ip.fragment_offset, ip.identification)
        }
        (Network::V6(ip), Transport::Fragment) => {
            let fragment = ip.fragment.map_or((0, 0), |fragment| (fragment.offset, fragment.identification));
            format!("fragment at {} of packet 0x{:08x}", fragment.0, fragment.1)
        }
        _ => format!("{} bytes", packet.payload.len()),
    }
}

fn of_arp(arp: &Arp) -> String {
    match arp.operation {
        arp::operation::REQUEST if arp.sender_ip == arp.target_ip => format!("{} is announced", arp.sender_ip),
        arp::operation::REQUEST => format!("who has {}? tell {}", arp.target_ip, arp.sender_ip),
        arp::operation::REPLY => format!("{} is at {}", arp.sender_ip, arp.sender_mac),
        other => format!("operation {other}"),
    }
}

fn of_tcp(tcp: &Tcp, payload: usize) -> String {
    let mut line = format!("{} → {} [{}] seq {}", tcp.source, tcp.destination, tcp.flags, tcp.sequence);
    if tcp.flags.has(sentra_netlib::wire::packet::tcp::Flags::ACK) {
        // Writing to a string does not fail, here and below.
        let _ = write!(line, " ack {}", tcp.acknowledgment);
    }
    let _ = write!(line, " win {} len {payload}", tcp.window);
    line
}

fn of_icmp(icmp: &Icmp) -> String {
    let (id, sequence) = (icmp.identifier(), icmp.sequence());
    match icmp.kind {
        kind::ECHO_REQUEST => format!("echo request id {id} seq {sequence}"),
        kind::ECHO_REPLY => format!("echo reply id {id} seq {sequence}"),
        kind::UNREACHABLE => {
            let what = ["network", "host", "protocol", "port"].get(usize::from(icmp.code)).copied();
            what.map_or_else(|| format!("unreachable, code {}", icmp.code), |what| format!("{what} unreachable"))
        }
        kind::TIME_EXCEEDED => "time exceeded".into(),
        other => format!("type {other} code {}", icmp.code),
    }
}

fn of_icmpv6(icmp: &Icmp, payload: &[u8]) -> String {
    let target =
        || payload.first_chunk::<16>().map_or_else(String::new, |octets| std::net::Ipv6Addr::from(*octets).to_string());
    let (id, sequence) = (icmp.identifier(), icmp.sequence());
    match icmp.kind {
        kind6::ECHO_REQUEST => format!("echo request id {id} seq {sequence}"),
        kind6::ECHO_REPLY => format!("echo reply id {id} seq {sequence}"),
        kind6::NEIGHBOR_SOLICITATION => format!("who has {}?", target()),
        kind6::NEIGHBOR_ADVERTISEMENT => format!("{} is here", target()),
        kind6::UNREACHABLE => format!("unreachable, code {}", icmp.code),
        kind6::TIME_EXCEEDED => "time exceeded".into(),
        133 => "router solicitation".into(),
        134 => "router advertisement".into(),
        other => format!("type {other} code {}", icmp.code),
    }
}

fn of_application(packet: &Packet, application: Option<Application>) -> Option<String> {
    let payload = packet.payload;
    match application? {
        Application::Dns | Application::MulticastDns | Application::Llmnr => {
            let stream = matches!(packet.transport, Transport::Tcp(_));
            let message = if stream { Message::read_stream(payload) } else { Message::read(payload) }?;
            let bytes = if stream { &payload[2..] } else { payload };
            Some(of_dns(&message, bytes))
        }
        Application::Dhcp => {
            let dhcp = Dhcp::read(payload)?;
            let kind = dhcp.kind().unwrap_or(if dhcp.reply { "reply" } else { "request" });
            let given = (!dhcp.your_ip.is_unspecified()).then(|| format!(" {}", dhcp.your_ip));
            Some(format!("{kind} from {}{}", dhcp.client_mac, given.unwrap_or_default()))
        }
        Application::Tls => Some(match Hello::read(payload) {
            Some(hello) => {
                let name = hello.server_name.map(|name| format!(" for {name}"));
                format!("Client Hello{}", name.unwrap_or_default())
            }
            None => {
                let what = ["Change Cipher Spec", "Alert", "Handshake", "Application Data"];
                let what = what.get(usize::from(payload[0]).saturating_sub(20)).copied().unwrap_or("record");
                let version = version_name(u16::from_be_bytes([payload[1], payload[2]]));
                format!("{what} ({})", version.unwrap_or("TLS"))
            }
        }),
        Application::Http => HttpHead::read(payload).map(|head| head.line.to_string()),
        Application::Ssh => Some(String::from_utf8_lossy(payload).lines().next().unwrap_or_default().to_string()),
        Application::Ntp => Some(format!("mode {} version {}", payload[0] & 7, payload[0] >> 3 & 7)),
    }
}

fn of_dns(message: &Message, bytes: &[u8]) -> String {
    let (kind, name) = (dns::kind_name(message.kind), &message.name);
    if !message.response {
        return format!("0x{:04x} {kind}? {name}", message.id);
    }
    let code = ["", " FORMERR", " SERVFAIL", " NXDOMAIN", " NOTIMP", " REFUSED"];
    let code = code.get(usize::from(message.code)).copied().unwrap_or(" error");
    let addresses: Vec<String> = dns::addresses(bytes).iter().take(4).map(ToString::to_string).collect();
    let addresses = if addresses.is_empty() { String::new() } else { format!(": {}", addresses.join(", ")) };
    format!("0x{:04x} {kind} {name}{code}, {} answers{addresses}", message.id, message.counts[1])
}
