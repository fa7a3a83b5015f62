//! What holds for any bytes that the readers of packets and capture files are given. The fuzz
//! targets run the same.

use sentra_netlib::exchange::traffic::{Frame, Limits, Traffic};
use sentra_netlib::wire::capture::{Reader, write};
use sentra_netlib::wire::packet::application::HttpHead;
use sentra_netlib::wire::packet::dhcp::Dhcp;
use sentra_netlib::wire::packet::dns::{self, Message};
use sentra_netlib::wire::packet::hello::Hello;
use sentra_netlib::wire::packet::{Application, Link, Network, Packet, Transport};

/// Kinds of links that are read.
const LINKS: [Link; 8] =
    [Link::ETHERNET, Link::RAW, Link::NULL, Link::LOOP, Link::COOKED, Link::COOKED_2, Link::IPV4, Link(147)];

/// Bytes as a frame of any link: what is read lies within them, and headers are written as they
/// were read.
#[allow(dead_code)] // Each target uses one of them.
pub fn frame(bytes: &[u8]) {
    for link in LINKS {
        let Some(packet) = Packet::read(link, bytes) else { continue };
        let within = bytes.as_ptr_range();
        let payload = packet.payload.as_ptr_range();
        assert!(payload.start >= within.start && payload.end <= within.end);
        assert!(packet.segment.len() >= packet.payload.len());
        let _ = (packet.addresses(), packet.ports(), packet.ttl(), packet.protocol(), packet.is_fragment());
        if let Some(application) = Application::of(&packet) {
            assert!(!application.name().is_empty());
        }
        again(&packet);
    }
    payloads(bytes);
}

/// Writes headers anew and reads them.
fn again(packet: &Packet) {
    let mut out = Vec::new();
    match &packet.network {
        Network::V4(ip) => {
            ip.write(packet.segment.len(), &mut out);
            let (read, _) = sentra_netlib::wire::packet::Ipv4::read(&out).unwrap();
            assert_eq!((read.source, read.destination, read.options), (ip.source, ip.destination, ip.options));
        }
        Network::V6(ip) => {
            ip.write(packet.segment.len(), &mut out);
            let (read, _) = sentra_netlib::wire::packet::Ipv6::read(&out).unwrap();
            assert_eq!((read.source, read.extensions, read.protocol), (ip.source, ip.extensions, ip.protocol));
        }
        Network::Arp(arp) => {
            arp.write(&mut out);
            assert_eq!(sentra_netlib::wire::packet::Arp::read(&out), Some(*arp));
        }
        Network::Other => {}
    }
    if let (Transport::Tcp(tcp), Some((source, destination))) = (&packet.transport, packet.addresses()) {
        let mut out = Vec::new();
        tcp.write(source, destination, packet.payload, &mut out);
        let (read, payload) = sentra_netlib::wire::packet::Tcp::read(&out).unwrap();
        assert_eq!((read.options, read.flags, payload), (tcp.options, tcp.flags, packet.payload));
        assert!(tcp.options().count() <= tcp.options.len());
    }
}

fn payloads(bytes: &[u8]) {
    if let Some(message) = Message::read(bytes) {
        assert!(message.name.len() <= 255 * 4 && message.name.is_ascii());
        assert!(dns::addresses(bytes).len() <= 64);
    }
    let _ = Message::read_stream(bytes);
    if let Some(hello) = Hello::read(bytes) {
        assert!(hello.protocols.len() <= bytes.len());
    }
    if let Some(dhcp) = Dhcp::read(bytes) {
        assert!(dhcp.options().count() <= bytes.len());
        let _ = (dhcp.kind(), dhcp.host_name());
    }
    if let Some(head) = HttpHead::read(bytes) {
        assert!(head.fields.len() <= 100);
    }
}

/// Bytes as a capture file: the frames are the same however it is cut into pieces, and whatever
/// they are, counting them is bounded.
#[allow(dead_code)] // Likewise.
pub fn capture(bytes: &[u8]) {
    let whole = frames(bytes, usize::MAX);
    assert_eq!(whole, frames(bytes, 1));
    assert_eq!(whole, frames(bytes, 7));
    let mut traffic = Traffic::new(Limits { flows: 16, addresses: 16, names: 16 });
    for (nanoseconds, length, link, frame) in &whole.0 {
        traffic.take(Frame { nanoseconds: *nanoseconds, length: *length, link: *link, bytes: frame });
    }
    let report = traffic.report(10, 10);
    assert_eq!(report.total.packets, whole.0.len() as u64);
    assert!(report.connections.len() <= 10 && report.sources.len() <= 10);
    let mut out = Vec::new();
    write::header(Link::ETHERNET, &mut out);
    let plain = whole.0.iter().filter(|(time, ..)| (0..u32::MAX as i64 * 1_000_000_000).contains(time));
    let plain: Vec<_> = plain.collect();
    plain.iter().for_each(|(time, length, _, frame)| write::record(*time, *length, frame, &mut out));
    let (read, ended) = frames(&out, usize::MAX);
    assert_eq!(read.len(), plain.len());
    assert!(ended);
    assert!(read.iter().zip(&plain).all(|(read, written)| (read.0, &read.3) == (written.0, &written.3)));
}

type Frames = Vec<(i64, usize, Link, Vec<u8>)>;

/// The frames of a file that is fed in pieces, and whether it ended well.
fn frames(bytes: &[u8], piece: usize) -> (Frames, bool) {
    let mut reader = Reader::default();
    let mut found = Vec::new();
    let mut rest = bytes;
    loop {
        match reader.next() {
            Ok(Some(record)) => {
                found.push((record.nanoseconds, record.length, record.link, record.frame.to_vec()));
                continue;
            }
            Ok(None) => {}
            Err(_) => return (found, false),
        }
        if rest.is_empty() {
            return (found, reader.finish().is_ok());
        }
        let room = reader.room();
        assert!(!room.is_empty());
        let count = rest.len().min(piece).min(room.len());
        room[..count].copy_from_slice(&rest[..count]);
        rest = &rest[count..];
        reader.filled(count);
    }
}
