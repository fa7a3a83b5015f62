//! HTTP spoken byte by byte: requests that no library would send, and the answers as they come.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection to a port of this machine.
pub fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server listens");
    stream.set_nodelay(true).expect("an open socket");
    stream.set_read_timeout(Some(PATIENCE)).expect("an open socket");
    stream
}

/// Sends bytes in pieces of a length and gives all that comes until the server closes. A reset after the answer is
/// an end too.
pub fn exchange(port: u16, bytes: &[u8], piece: usize) -> Vec<u8> {
    let mut stream = connect(port);
    let mut sender = stream.try_clone().expect("an open socket");
    let bytes = bytes.to_vec();
    let sending = thread::spawn(move || {
        for (index, piece) in bytes.chunks(piece.max(1)).enumerate() {
            if index > 0 {
                // The server shall see the pieces one by one; that they stay apart is not needed.
                thread::sleep(Duration::from_micros(300));
            }
            // The server may have answered and closed already.
            if sender.write_all(piece).is_err() {
                return;
            }
        }
    });
    let answer = read_to_end(&mut stream);
    sending.join().expect("the sender does not panic");
    answer
}

/// All that comes until the server closes.
pub fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let (mut answer, mut buffer) = (Vec::new(), [0; 16 << 10]);
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return answer,
            Ok(len) => answer.extend_from_slice(&buffer[..len]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return answer,
            Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&answer)),
        }
    }
}

/// Sends bytes, says that no more will come, and gives all that comes.
pub fn last_words(port: u16, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(port);
    // The server may have ended the connection already; what comes tells.
    let _ = stream.write_all(bytes).and_then(|()| stream.shutdown(Shutdown::Write));
    read_to_end(&mut stream)
}

/// The status codes of the responses in an answer, with spaces between. Bodies are passed over by their lengths or
/// chunks.
pub fn statuses(answer: &[u8]) -> String {
    responses(answer).iter().map(|response| response.status.to_string()).collect::<Vec<_>>().join(" ")
}

/// A response as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Its status code.
    pub status: u16,
    /// The lines of its header.
    pub fields: Vec<String>,
    /// Its body without chunks around it.
    pub body: Vec<u8>,
}

impl Response {
    /// The value of a field.
    pub fn field(&self, name: &str) -> Option<&str> {
        let is_it = |line: &&String| line.split(':').next().is_some_and(|found| found.eq_ignore_ascii_case(name));
        self.fields.iter().find(is_it).and_then(|line| line.split_once(':')).map(|(_, value)| value.trim())
    }
}

/// The responses that an answer consists of.
pub fn responses(answer: &[u8]) -> Vec<Response> {
    let (mut rest, mut found) = (answer, Vec::new());
    while let Some(end) = rest.windows(4).position(|window| window == b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&rest[..end]).into_owned();
        let mut lines = head.split("\r\n").map(str::to_owned);
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).unwrap_or(0);
        let mut response = Response { status, fields: lines.collect(), body: Vec::new() };
        rest = take_body(&mut response, &rest[end + 4..]);
        found.push(response);
    }
    found
}

fn take_body<'a>(response: &mut Response, rest: &'a [u8]) -> &'a [u8] {
    if matches!(response.status, 100 | 204 | 304) {
        return rest;
    }
    if response.field("transfer-encoding").is_some() {
        return take_chunks(&mut response.body, rest);
    }
    let length = response.field("content-length").and_then(|length| length.parse().ok()).unwrap_or(rest.len());
    let (body, rest) = rest.split_at(length.min(rest.len()));
    response.body = body.to_vec();
    rest
}

fn take_chunks<'a>(body: &mut Vec<u8>, mut rest: &'a [u8]) -> &'a [u8] {
    loop {
        let Some(end) = rest.windows(2).position(|window| window == b"\r\n") else { return &[] };
        let size = std::str::from_utf8(&rest[..end]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(chunk) = size.and_then(|size| rest.get(end + 2..end + 2 + size)) else { return &[] };
        body.extend_from_slice(chunk);
        rest = rest.get(end + 2 + chunk.len() + 2..).unwrap_or_default();
        if chunk.is_empty() {
            return rest;
        }
    }
}
