//! Makes a capture file of ordinary-looking traffic, the same each time.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use sentra_netlib::wire::capture::write;
use sentra_netlib::wire::packet::tcp::Flags;
use sentra_netlib::wire::packet::{Ethernet, Ipv4, Link, Mac, Tcp, Udp, ethernet, ip};

/// Flows that take turns.
const FLOWS: u32 = 20_000;

/// Writes a file of about so many bytes, unless it is there.
pub fn make(path: &Path, size: usize) {
    if path.metadata().is_ok_and(|there| there.len() as usize >= size) {
        return;
    }
    let mut file = BufWriter::new(File::create(path).expect("the target folder can be written"));
    let mut bytes = Vec::new();
    write::header(Link::ETHERNET, &mut bytes);
    let (mut written, mut number) = (0, 0u32);
    while written < size {
        let frame = frame(number);
        write::record(1_700_000_000_000_000_000 + i64::from(number) * 20_000, frame.len(), &frame, &mut bytes);
        written += bytes.len();
        file.write_all(&bytes).expect("there is room");
        bytes.clear();
        number += 1;
    }
    file.flush().expect("there is room");
}

fn frame(number: u32) -> Vec<u8> {
    let mixed = number.wrapping_mul(0x9e37_79b9);
    let flow = mixed % FLOWS;
    let client = Ipv4Addr::from(0x0a00_0000 | (flow % 500));
    let server = Ipv4Addr::from(0xc0a8_0000 | (flow % 97));
    let up = mixed >> 16 & 1 == 0;
    let (source, destination) = if up { (client, server) } else { (server, client) };
    let port = 32_768 + (flow % 20_000) as u16;
    let service = [443, 80, 22, 9999, 5432][(flow % 5) as usize];
    let (from, to) = if up { (port, service) } else { (service, port) };
    let (own, peer): (IpAddr, IpAddr) = (source.into(), destination.into());
    let payload = vec![mixed as u8; [0, 120, 1400, 1400][(mixed >> 20 & 3) as usize]];
    let mut segment = Vec::new();
    let protocol = if flow.is_multiple_of(8) { ip::UDP } else { ip::TCP };
    if protocol == ip::UDP {
        Udp { source: from, destination: to, ..Udp::default() }.write(own, peer, &payload, &mut segment);
    } else {
        let flags = if number < FLOWS { Flags::SYN } else { Flags::ACK };
        Tcp { source: from, destination: to, flags, sequence: number, window: 500, ..Tcp::default() }.write(
            own,
            peer,
            &payload,
            &mut segment,
        );
    }
    let mut out = Vec::new();
    Ethernet {
        source: Mac([2, 0, 0, 0, 0, 1]),
        destination: Mac([2, 0, 0, 0, 0, 2]),
        kind: ethernet::kind::IPV4,
        ..Ethernet::default()
    }
    .write(&mut out);
    Ipv4 { protocol, source, destination, ..Ipv4::default() }.write(segment.len(), &mut out);
    out.extend(segment);
    out
}
