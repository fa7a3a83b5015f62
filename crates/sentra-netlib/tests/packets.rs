//! Packet sockets on interfaces of this machine. They need CAP_NET_RAW.

use std::net::UdpSocket;
use std::time::{Duration, Instant, SystemTime};

use sentra_netlib::endpoint::packet::{Direction, PacketSocket, interfaces};
use sentra_netlib::wire::bpf::Instruction;
use sentra_netlib::wire::packet::{Link, Packet, Transport};

/// Whether packet sockets can be had here. Where tests run for everyone, they must.
fn privileged() -> bool {
    let opened = PacketSocket::open("lo", &[]);
    let may = !matches!(&opened, Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied);
    assert!(may || std::env::var_os("CI").is_none(), "packet sockets need CAP_NET_RAW");
    if !may {
        eprintln!("not run: packet sockets need CAP_NET_RAW");
    }
    may
}

/// Waits for a frame of UDP to a port.
fn udp_to(socket: &mut PacketSocket, port: u16, buffer: &mut [u8]) -> (Direction, i64, Vec<u8>) {
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        if let Ok((received, frame)) = socket.receive(buffer) {
            let packet = Packet::read(Link::ETHERNET, frame).unwrap();
            if matches!(packet.transport, Transport::Udp(udp) if udp.destination == port) {
                assert_eq!(received.length, frame.len());
                return (received.direction, received.nanoseconds, packet.payload.to_vec());
            }
        }
    }
    panic!("the frame did not come");
}

#[test]
fn a_datagram_is_seen() {
    if !privileged() {
        return;
    }
    let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = receiver.local_addr().unwrap().port();
    let mut socket = PacketSocket::open("lo", &[]).unwrap();
    assert_eq!(socket.link(), Link::ETHERNET);
    assert!(socket.interface().is_loopback());
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"hello", ("127.0.0.1", port)).unwrap();
    let mut buffer = vec![0; 70_000];
    let (direction, time, payload) = udp_to(&mut socket, port, &mut buffer);
    assert!(matches!(direction, Direction::Outgoing | Direction::Host));
    assert_eq!(payload, b"hello");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as i64;
    assert!((now - time).abs() < 60_000_000_000);
    assert!(socket.statistics().unwrap().received >= 1);
}

#[test]
fn a_filter_is_there_before_the_first_frame() {
    if !privileged() {
        return;
    }
    // `ret #0`: nothing.
    let mut socket = PacketSocket::open("lo", &[Instruction { code: 6, jt: 0, jf: 0, k: 0 }]).unwrap();
    let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
    sender.send_to(b"hello", sender.local_addr().unwrap()).unwrap();
    sender.recv_from(&mut [0; 8]).unwrap();
    let error = socket.receive(&mut [0; 2048]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn interfaces_are_listed_and_missed_by_name() {
    let all = interfaces();
    let loopback = all.iter().find(|interface| interface.is_loopback()).expect("a loopback interface");
    assert!(loopback.addresses.contains(&("127.0.0.1".parse().unwrap(), 8)) && loopback.index > 0);
    if privileged() {
        let error = PacketSocket::open("nosuch0", &[]).unwrap_err();
        assert!(error.to_string().contains("there are: ") && error.to_string().contains("lo"), "{error}");
    }
}
