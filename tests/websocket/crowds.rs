//! Many clients at once.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use sentra::running::Running;

use super::{handshake, raw, rest};

/// Lets this process have as many connections as it may; programs that it starts do so by themselves.
fn allow_connections() {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("the limit is known");
    setrlimit(Resource::RLIMIT_NOFILE, most, most).expect("up to there it may be raised");
}

/// Those that never read are dropped, and nobody else misses a message. After each message the server waits until all
/// the others have it, so that only they can be too slow.
#[test]
fn a_broadcast_waits_for_nobody() {
    allow_connections();
    // For each of the silent the system itself holds about 4 MiB.
    let (all, idle, messages) = (1000, 50, 96);
    let mut server =
        Running::script("tests/programs/websocket_broadcast.sn", &[&all.to_string(), &messages.to_string()]);
    let port = server.port();
    let mut readers: Vec<TcpStream> = (0..all).map(|_| raw(port)).collect();
    assert_eq!(server.line(), "all here");
    let before = server.memory();
    let mut never_read: Vec<TcpStream> = readers.drain(..idle).collect();
    for number in 0..messages {
        server.write(b"go on\n");
        thread::scope(|scope| {
            for part in readers.chunks_mut((all - idle).div_ceil(4)) {
                scope.spawn(move || read_message(part, number));
            }
        });
        let grown = server.memory().saturating_sub(before);
        // What waits for 50 clients, 256 KiB each, and what goes to the others.
        assert!(grown < 64 << 10, "{grown} KiB more");
    }
    server.write(b"done\n");
    assert_eq!(server.line(), format!("left {}", all - idle));
    // What they find when they read at last ends early.
    let most = messages * (10 + 65_536);
    assert!(never_read.iter_mut().all(|stream| !reads(stream, most)), "they were dropped");
}

fn read_message(streams: &mut [TcpStream], number: usize) {
    let mut frame = vec![0; 10 + 65_536];
    for stream in streams {
        stream.read_exact(&mut frame).expect("every message comes");
        assert_eq!(frame[..10], [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!(frame[10..12], format!("{number:02}").as_bytes()[..], "in order");
    }
}

/// Whether so many bytes come.
fn reads(stream: &mut TcpStream, count: usize) -> bool {
    stream.read_exact(&mut vec![0; count]).is_ok()
}

#[test]
fn ten_thousand_idle_clients_take_little_memory() {
    allow_connections();
    let server = Running::script("tests/programs/websocket_idle.sn", &[]);
    let port = server.port();
    let _warm: Vec<TcpStream> = (0..100).map(|_| raw(port)).collect();
    let before = server.memory();
    let mut idle: Vec<TcpStream> = (0..9_900).map(|_| raw(port)).collect();
    let each = server.memory().saturating_sub(before) as f64 / idle.len() as f64;
    assert!(each <= 8.0, "{each} KiB for an idle client");
    // "all" in a frame with a mask of zeros.
    idle[0].write_all(&[0x81, 0x83, 0, 0, 0, 0, b'a', b'l', b'l']).expect("the server reads");
    let mut frame = [0; 5];
    for stream in &mut idle {
        stream.read_exact(&mut frame).expect("all get it");
        assert_eq!(frame, *b"\x81\x03all");
    }
}

/// Who is refused and stays does not keep others out.
#[test]
fn the_refused_are_not_waited_for() {
    allow_connections();
    let server = Running::script("tests/programs/websocket_idle.sn", &[]);
    let port = server.port();
    let mut refused: Vec<TcpStream> = (0..600)
        .map(|_| {
            let (stream, answer) = handshake(port, "/elsewhere");
            assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
            stream
        })
        .collect();
    let mut client = raw(port);
    client.write_all(&[0x81, 0x81, 0, 0, 0, 0, b'x']).expect("the server reads");
    let mut frame = [0; 3];
    client.read_exact(&mut frame).expect("it is served");
    refused.iter_mut().for_each(|stream| drop(rest(stream)));
}
