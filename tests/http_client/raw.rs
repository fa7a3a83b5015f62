//! A server that answers with whatever bytes a test has for a path, in whatever pieces.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What to do for a request.
pub struct Answer {
    /// What to send.
    pub bytes: Vec<u8>,
    /// In pieces of so many bytes.
    pub piece: usize,
    /// Whether the connection stays open for another request.
    pub stays: bool,
}

impl Answer {
    /// Bytes at once, and then the end.
    pub fn of(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), piece: usize::MAX, stays: false }
    }
}

/// The server, which lives as long as the test.
pub struct Raw {
    pub port: u16,
    pub connections: Arc<AtomicUsize>,
}

impl Raw {
    /// Answers requests by a function of the request's head and body.
    pub fn start(answer: impl Fn(&str) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let (count, answer) = (Arc::clone(&connections), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                count.fetch_add(1, Ordering::SeqCst);
                let answer = Arc::clone(&answer);
                thread::spawn(move || serve(stream, &*answer));
            }
        });
        Self { port, connections }
    }
}

/// A whole request: its head, and the body that `Content-Length` announces.
fn read_request(stream: &mut TcpStream) -> Option<String> {
    let (mut request, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
            if request.len() >= end + 4 + length.unwrap_or(0) {
                return Some(String::from_utf8_lossy(&request).into_owned());
            }
        }
        match stream.read(&mut buffer) {
            Ok(len @ 1..) => request.extend_from_slice(&buffer[..len]),
            _ => return None,
        }
    }
}

fn serve(mut stream: TcpStream, answer: &dyn Fn(&str) -> Answer) {
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    while let Some(request) = read_request(&mut stream) {
        let Answer { bytes, piece, stays } = answer(&request);
        for part in bytes.chunks(piece.min(bytes.len().max(1))) {
            // The client may have seen enough.
            if stream.write_all(part).is_err() {
                return;
            }
        }
        if !stays {
            return;
        }
    }
}
