//! Frames of many kinds for filters to tell apart, and files that hold them.

/// A frame and what it is wrapped in, inside out.
pub type Bytes = Vec<u8>;

fn join(parts: &[&[u8]]) -> Bytes {
    parts.concat()
}

fn mac(number: u8) -> [u8; 6] {
    [2, 0, 0, 0, 0, number]
}

fn ethernet(to: [u8; 6], from: [u8; 6], kind: u16, payload: &[u8]) -> Bytes {
    join(&[&to, &from, &kind.to_be_bytes(), payload])
}

fn tag(id: u16, kind: u16, payload: &[u8]) -> Bytes {
    join(&[&(id | 0x2000).to_be_bytes(), &kind.to_be_bytes(), payload])
}

/// An IPv4 packet; `fragment` is the field with flags and offset.
pub struct Ip4 {
    pub from: [u8; 4],
    pub to: [u8; 4],
    pub protocol: u8,
    pub ttl: u8,
    pub fragment: u16,
    pub options: Bytes,
}

impl Ip4 {
    pub fn new(from: u8, to: u8, protocol: u8) -> Self {
        let address = |last| [10, 0, 0, last];
        Self { from: address(from), to: address(to), protocol, ttl: 64, fragment: 0, options: vec![] }
    }

    pub fn with(&self, payload: &[u8]) -> Bytes {
        let words = 5 + self.options.len() / 4;
        let length = (words * 4 + payload.len()) as u16;
        join(&[
            &[0x40 | words as u8, 0xb8],
            &length.to_be_bytes(),
            &[0, 7],
            &self.fragment.to_be_bytes(),
            &[self.ttl, self.protocol, 0, 0],
            &self.from,
            &self.to,
            &self.options,
            payload,
        ])
    }
}

fn address6(prefix: u16, last: u16) -> Bytes {
    let mut address = vec![0; 16];
    address[..2].copy_from_slice(&prefix.to_be_bytes());
    if prefix == 0x2001 {
        address[2..4].copy_from_slice(&[0x0d, 0xb8]);
    }
    address[14..].copy_from_slice(&last.to_be_bytes());
    address
}

fn ip6(from: &[u8], to: &[u8], next: u8, payload: &[u8]) -> Bytes {
    join(&[&[0x60, 0, 0, 0], &(payload.len() as u16).to_be_bytes(), &[next, 255], from, to, payload])
}

/// An extension header of eight bytes.
fn extension(next: u8, payload: &[u8]) -> Bytes {
    join(&[&[next, 0, 1, 4, 0, 0, 0, 0], payload])
}

pub fn tcp(from: u16, to: u16, flags: u8, payload: &[u8]) -> Bytes {
    let ports = [from.to_be_bytes(), to.to_be_bytes()].concat();
    join(&[&ports, &[0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 0x20, 0, 0, 0, 0, 0], payload])
}

pub fn udp(from: u16, to: u16, payload: &[u8]) -> Bytes {
    let length = (8 + payload.len()) as u16;
    join(&[&from.to_be_bytes(), &to.to_be_bytes(), &length.to_be_bytes(), &[0, 0], payload])
}

fn sctp(from: u16, to: u16, chunk: u8) -> Bytes {
    join(&[&from.to_be_bytes(), &to.to_be_bytes(), &[0; 8], &[chunk, 0, 0, 4]])
}

fn arp(operation: u8, from: u8, to: u8) -> Bytes {
    let head = [0, 1, 8, 0, 6, 4, 0, operation];
    join(&[&head, &mac(from), &[10, 0, 0, from], &mac(to), &[10, 0, 0, to], &[0; 18]])
}

/// IP packets of all kinds, each with its Ethernet type.
pub fn packets() -> Vec<(u16, Bytes)> {
    let mut all = vec![];
    let get = b"GET / HTTP/1.1\r\nHost: example\r\n\r\n".as_slice();
    let pairs = [(1, 2), (2, 1), (1, 3), (3, 4), (4, 1), (1, 1), (5, 255)];
    let ports = [(40000, 80), (80, 40000), (1025, 443), (443, 1025), (22, 22), (21, 20), (53, 53), (6000, 6001)];
    for (at, (from, to)) in pairs.into_iter().enumerate() {
        for (turn, (source, destination)) in ports.into_iter().enumerate() {
            let flags = [2, 0x12, 0x10, 0x18, 0x11, 4, 0x14, 0x29][(at + turn) % 8];
            let payload = if turn % 2 == 0 { get } else { &[] };
            let segment = tcp(source, destination, flags, payload);
            let datagram = udp(source, destination, &vec![if turn % 3 == 0 { 0x80 } else { 1 }; 4 + 20 * turn]);
            let (a, b) = (address6(0x2001, from), address6(0x2001, to));
            all.push((0x800, Ip4::new(from as u8, to as u8, 6).with(&segment)));
            all.push((0x800, Ip4 { ttl: 20, ..Ip4::new(from as u8, to as u8, 17) }.with(&datagram)));
            all.push((0x86dd, ip6(&a, &b, 6, &segment)));
            all.push((0x86dd, ip6(&a, &b, 17, &datagram)));
        }
        let from_to = |protocol| Ip4::new(from as u8, to as u8, protocol);
        all.push((0x800, from_to(132).with(&sctp(36412, 80, at as u8 % 3))));
        all.push((0x800, from_to(1).with(&[[8, 0, 3, 5, 11, 13, 8][at], [0, 0, 3, 1, 0, 0, 1][at], 0, 0, 0, 1, 0, 1])));
        all.push((0x800, from_to([2, 9, 47, 50, 51, 89, 103][at]).with(&[0x16, 0, 0, 0, 0, 0, 0, 0])));
        all.push((0x806, arp(1 + at as u8 % 2, from as u8, to as u8)));
        all.push((0x8035, arp(3, from as u8, to as u8)));
        let (a, b) = (address6(0xfe80, from), address6(0xff02, to));
        let kind = [128, 129, 133, 134, 135, 136, 1][at];
        all.push((0x86dd, ip6(&a, &b, 58, &[kind, 0, 0, 0, 0, 0, 0, 0])));
    }
    for (source, destination) in ports {
        let options = Ip4 { options: vec![1; 8], ..Ip4::new(1, 2, 6) };
        all.push((0x800, options.with(&tcp(source, destination, 2, get))));
        for fragment in [0x2000, 0x2001, 0x0010, 0x4000] {
            let fragment = Ip4 { fragment, ..Ip4::new(1, 2, 17) };
            all.push((0x800, fragment.with(&udp(source, destination, b"part of a datagram"))));
        }
        let (a, b) = (address6(0x2001, 1), address6(0x2001, 2));
        let segment = tcp(source, destination, 0x12, b"");
        all.push((0x86dd, ip6(&a, &b, 44, &extension(6, &segment))));
        all.push((0x86dd, ip6(&a, &b, 0, &extension(6, &segment))));
        all.push((
            0x86dd,
            ip6(&a, &b, 0, &extension(60, &extension(43, &extension(17, &udp(source, destination, b""))))),
        ));
        all.push((0x86dd, ip6(&a, &b, 0, &extension(58, &[128, 0, 0, 0]))));
    }
    let far = Ip4 { from: [192, 168, 7, 9], to: [224, 0, 0, 251], ttl: 255, ..Ip4::new(0, 0, 17) };
    all.push((0x800, far.with(&udp(5353, 5353, &[0; 40]))));
    let all_hosts = Ip4 { from: [0; 4], to: [255; 4], ..Ip4::new(0, 0, 17) };
    all.push((0x800, all_hosts.with(&udp(68, 67, &[1; 300]))));
    all.push((0x800, Ip4 { to: [224, 0, 0, 18], ..Ip4::new(1, 0, 112) }.with(&[0x21, 1, 100, 1, 0, 1, 0, 0])));
    all
}

/// The frames of a file: everything, in every wrapping, and cut short.
pub fn frames() -> Vec<Bytes> {
    let mut all = vec![];
    for (at, (kind, packet)) in packets().into_iter().enumerate() {
        let (from, to) = (mac(1 + at as u8 % 4), if at % 9 == 0 { [255; 6] } else { mac(2 + at as u8 % 3) });
        let to = if at % 11 == 0 { [1, 0, 0x5e, 0, 0, 1] } else { to };
        let inner = |kind: u16, payload: &[u8]| ethernet(to, from, kind, payload);
        all.push(inner(kind, &packet));
        let id = [100, 200, 0][at % 3];
        all.push(inner(0x8100, &tag(id, kind, &packet)));
        all.push(inner(0x88a8, &tag(100, 0x8100, &tag(200, kind, &packet))));
        if kind == 0x800 || kind == 0x86dd {
            all.push(inner(0x8847, &join(&[&[0, 1, 1, 64], &packet])));
            all.push(inner(0x8847, &join(&[&[0, 1, 0, 64], &[0, 2, 1, 64], &packet])));
            let inside: [u8; 2] = if kind == 0x800 { [0, 0x21] } else { [0, 0x57] };
            all.push(inner(0x8864, &join(&[&[0x11, 0, 0, 5 + at as u8 % 2, 0, 50], &inside, &packet])));
        }
    }
    let llc: [&[u8]; 8] = [
        &[0x42, 0x42, 3, 0, 0, 0],
        &[0xe0, 0xe0, 3, 0xff, 0xff],
        &[0xff, 0xff, 0, 30],
        &[0xf0, 0xf0, 3, 0],
        &[0xfe, 0xfe, 3, 129, 0],
        &[0xfe, 0xfe, 3, 131, 0],
        &[0xaa, 0xaa, 3, 8, 0, 7, 0x80, 0x9b, 0],
        &[0xaa, 0xaa, 3, 0, 0, 0, 0x80, 0xf3, 0],
    ];
    for payload in llc {
        let padded = join(&[payload, &[0; 40]]);
        all.push(ethernet([1, 0x80, 0xc2, 0, 0, 0], mac(1), padded.len() as u16, &padded));
    }
    for kind in [0x809b, 0x80f3, 0x8137, 0x6001, 0x6002, 0x6003, 0x6004, 0x6007, 0x88cc, 0x9000, 0x8863] {
        all.push(ethernet(mac(2), mac(1), kind, &[0; 46]));
    }
    let damaged: Vec<Bytes> = all.iter().step_by(7).enumerate().map(|(at, frame)| damaged(frame, at as u32)).collect();
    all.extend(damaged);
    all
}

/// A frame with some bytes that are others, cut at some place.
fn damaged(frame: &[u8], seed: u32) -> Bytes {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize % below
    };
    let mut frame = frame.to_vec();
    for _ in 0..random(4) {
        let at = random(frame.len());
        frame[at] = random(256) as u8;
    }
    frame.truncate(14 + random(frame.len() - 13));
    frame
}

/// A file as tcpdump reads it. The seconds of a packet are its number.
pub fn pcap(link: u32, frames: &[Bytes]) -> Bytes {
    let mut file = vec![];
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 262_144, link] {
        file.extend(word.to_le_bytes());
    }
    for (at, frame) in frames.iter().enumerate() {
        for word in [at as u32, 0, frame.len() as u32, frame.len() as u32] {
            file.extend(word.to_le_bytes());
        }
        file.extend(frame);
    }
    file
}

/// The numbers of the packets in such a file.
pub fn numbers(file: &[u8]) -> Vec<usize> {
    let mut numbers = vec![];
    let mut rest = &file[24.min(file.len())..];
    while rest.len() >= 16 {
        let word = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap()) as usize;
        numbers.push(word(0));
        rest = &rest[16 + word(8)..];
    }
    numbers
}
