//! Endpoints against each other on this machine.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use sentra_netlib::endpoint::{self, ConnectOptions, Endpoint, ListenOptions, Setting};
use sentra_netlib::error::kind_of;

/// Tries until the socket is ready.
fn until_ready<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let latest = Instant::now() + Duration::from_secs(10);
    loop {
        match attempt() {
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => {
                assert!(Instant::now() < latest, "nothing comes");
                std::thread::sleep(Duration::from_millis(1));
            }
            other => return other,
        }
    }
}

fn loopback() -> SocketAddr {
    ([127, 0, 0, 1], 0).into()
}

fn receive(endpoint: &mut Endpoint) -> Vec<u8> {
    let mut buffer = [0; 1024];
    let (len, _) = until_ready(|| endpoint.receive(&mut buffer)).expect("it receives");
    buffer[..len].to_vec()
}

fn pair() -> (Endpoint, Endpoint, Endpoint) {
    let mut listener = endpoint::listen(loopback(), &ListenOptions::default()).expect("a port is free");
    let address = listener.local_address().expect("it is bound");
    let client = endpoint::connect(address, &ConnectOptions::default()).expect("it begins");
    let (server, peer) = until_ready(|| listener.accept()).expect("it accepts");
    until_ready(|| client.finish_connecting()).expect("it connects");
    assert_eq!(peer, client.local_address().expect("it is bound").to_string());
    (listener, client, server)
}

#[test]
fn streams_carry_bytes_and_ends() {
    let (mut listener, mut client, mut server) = pair();
    assert_eq!(listener.accept().expect_err("nobody else connects").kind(), ErrorKind::WouldBlock);
    let mut buffer = [0; 8];
    assert_eq!(server.receive(&mut buffer).expect_err("nothing was sent").kind(), ErrorKind::WouldBlock);
    assert_eq!(client.send(b"hello").expect("there is room"), 5);
    assert_eq!(receive(&mut server), b"hello");
    client.shut_down().expect("it is connected");
    assert_eq!(receive(&mut server), b"");
    assert_eq!(server.send(b"still there").expect("the other side is open"), 11);
    assert_eq!(receive(&mut client), b"still there");
}

#[test]
fn a_port_without_listener_refuses() {
    let listener = endpoint::listen(loopback(), &ListenOptions::default()).expect("a port is free");
    let address = listener.local_address().expect("it is bound");
    drop(listener);
    let client = endpoint::connect(address, &ConnectOptions::default()).expect("it begins");
    let error = until_ready(|| client.finish_connecting()).expect_err("nobody listens");
    assert_eq!(kind_of(&error), "connection_refused");
}

#[test]
fn a_port_in_use_is_refused() {
    let listener = endpoint::listen(loopback(), &ListenOptions::default()).expect("a port is free");
    let address = listener.local_address().expect("it is bound");
    let error = endpoint::listen(address, &ListenOptions::default()).expect_err("it is taken");
    assert_eq!(kind_of(&error), "address_in_use");
}

#[test]
fn datagrams_know_their_sender() {
    let mut server = endpoint::listen_datagram(loopback(), &ListenOptions::default()).expect("a port is free");
    let address = server.local_address().expect("it is bound");
    let mut client = endpoint::connect_datagram(address, &ConnectOptions::default()).expect("it connects");
    client.send(b"ping").expect("there is room");
    let mut buffer = [0; 16];
    let (len, sender) = until_ready(|| server.receive(&mut buffer)).expect("it receives");
    assert_eq!((&buffer[..len], sender), (&b"ping"[..], client.local_address()));
    server.send_to(b"pong", sender.expect("a datagram has a sender")).expect("there is room");
    assert_eq!(receive(&mut client), b"pong");
}

#[test]
fn options_are_set_and_read() {
    let (_listener, client, _server) = pair();
    for (name, setting) in
        [("nodelay", Setting::Flag(false)), ("keepalive", Setting::Flag(true)), ("ttl", Setting::Number(9))]
    {
        client.set_option(name, setting).expect(name);
        assert_eq!(client.option(name).expect(name), setting, "{name}");
    }
    assert!(client.set_option("ttl", Setting::Flag(true)).is_err());
    assert!(client.option("nosuch").is_err());
}

#[test]
fn only_those_with_something_to_read_are_readable() {
    let (listener, mut client, server) = pair();
    client.send(b"x").expect("there is room");
    let latest = Instant::now() + Duration::from_secs(10);
    loop {
        let found = endpoint::readable([&listener, &client, &server].into_iter()).expect("poll works");
        assert!(!found[0] && !found[1]);
        if found[2] {
            return;
        }
        assert!(Instant::now() < latest, "it arrives");
    }
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

#[test]
fn a_socket_file_goes_with_its_listener_and_an_abandoned_one_is_replaced() {
    let path = path("replaced.sock");
    // An earlier run may have left it.
    let _ = std::fs::remove_file(&path);
    drop(std::os::unix::net::UnixListener::bind(&path).expect("the folder can be written"));
    let mut listener = endpoint::listen_local(&path).expect("nobody listens there");
    let error = endpoint::listen_local(&path).expect_err("now someone does");
    assert_eq!(kind_of(&error), "address_in_use");
    // The attempt looked whether anyone listens; that connection comes first.
    let mut client = endpoint::connect_local(&path).expect("there is room");
    client.send(b"hello").expect("there is room");
    let texts: Vec<Vec<u8>> = (0..2)
        .map(|_| {
            let (mut server, _) = until_ready(|| listener.accept()).expect("it accepts");
            receive(&mut server)
        })
        .collect();
    assert_eq!(texts, [&b""[..], b"hello"]);
    drop(listener);
    assert!(!path.exists());
}

#[test]
fn a_file_that_is_no_socket_is_not_replaced() {
    let path = path("precious.txt");
    std::fs::write(&path, "precious").expect("the folder can be written");
    assert!(endpoint::listen_local(&path).is_err());
    assert_eq!(std::fs::read(&path).expect("it is still there"), b"precious");
}
