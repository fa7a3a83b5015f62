//! Messages of the protocol as bytes: a header with the length, and JSON.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::{Value as Json, json};

/// The longest message that is taken.
const LONGEST: u64 = 16 << 20;
/// The longest line of a header, and the most of them.
const LONGEST_LINE: u64 = 1024;
const MOST_LINES: usize = 32;

/// What comes from the client.
pub(super) enum Incoming {
    Request(Request),
    /// What it sent is no request; this is why.
    Wrong(String),
    /// It sends nothing more.
    End,
}

/// Something that the client wants.
pub(super) struct Request {
    pub sequence: i64,
    pub command: String,
    pub arguments: Json,
}

/// Makes the program look at what came.
pub(super) type Caller = Box<dyn Fn() + Send + Sync>;

/// Reads messages on a thread of its own.
pub(super) fn read_on_thread(input: File, sender: Sender<Incoming>, caller: Arc<OnceLock<Caller>>) {
    let work = move || {
        let mut input = BufReader::new(input);
        loop {
            let incoming = read(&mut input);
            let ended = matches!(incoming, Incoming::End);
            let sent = sender.send(incoming).is_ok();
            caller.get().into_iter().for_each(|call| call());
            if ended || !sent {
                return;
            }
        }
    };
    let thread = std::thread::Builder::new().name("sentra-input".into());
    thread.spawn(work).expect("a debugger needs one thread more");
}

/// The next message. A header that makes no sense ends the conversation: nobody knows where the next one begins.
fn read(input: &mut impl BufRead) -> Incoming {
    let Some(length) = read_header(input) else { return Incoming::End };
    let mut body = vec![0; length];
    if input.read_exact(&mut body).is_err() {
        return Incoming::End;
    }
    let message: Json = match serde_json::from_slice(&body) {
        Ok(message) => message,
        Err(error) => return Incoming::Wrong(format!("a message is no JSON: {error}")),
    };
    match (message["type"].as_str(), message["seq"].as_i64(), message["command"].as_str()) {
        (Some("request"), Some(sequence), Some(command)) => Incoming::Request(Request {
            sequence,
            command: command.to_owned(),
            arguments: message["arguments"].clone(),
        }),
        _ => Incoming::Wrong("a message is no request: `type`, `seq` or `command` is missing".into()),
    }
}

/// The length that a header announces.
fn read_header(input: &mut impl BufRead) -> Option<usize> {
    let mut length = None;
    for _ in 0..MOST_LINES {
        let mut line = Vec::new();
        input.take(LONGEST_LINE).read_until(b'\n', &mut line).ok()?;
        let line = String::from_utf8(line).ok()?;
        match line.strip_suffix('\n')?.trim_end() {
            "" => return length.filter(|&length: &u64| length <= LONGEST).map(|length| length as usize),
            field => {
                let (name, value) = field.split_once(':')?;
                if name.eq_ignore_ascii_case("content-length") {
                    length = Some(value.trim().parse().ok()?);
                }
            }
        }
    }
    None
}

/// What goes to the client, in order.
#[derive(Clone)]
pub(super) struct Writer(Arc<Mutex<Stream>>);

struct Stream {
    output: File,
    sequence: u64,
}

impl Writer {
    pub fn new(output: File) -> Self {
        Self(Arc::new(Mutex::new(Stream { output, sequence: 0 })))
    }

    /// Answers a request.
    pub fn respond(&self, request: &Request, answer: Result<Json, String>) {
        let mut message = json!({
            "type": "response",
            "request_seq": request.sequence,
            "command": request.command,
            "success": answer.is_ok(),
        });
        match answer {
            Ok(Json::Null) => {}
            Ok(body) => message["body"] = body,
            Err(text) => {
                message["body"] = json!({ "error": { "id": 1, "format": "{text}", "variables": { "text": text }, "showUser": true } });
                message["message"] = json!(text);
            }
        }
        self.send(message);
    }

    /// Tells of something.
    pub fn event(&self, name: &str, body: Json) {
        self.send(json!({ "type": "event", "event": name, "body": body }));
    }

    /// A stream whose text becomes events.
    pub fn output(&self, category: &'static str) -> OutputEvents {
        OutputEvents { writer: self.clone(), category, rest: Vec::new() }
    }

    fn send(&self, mut message: Json) {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stream.sequence += 1;
        message["seq"] = json!(stream.sequence);
        let body = message.to_string();
        // That a client has gone is seen where its requests are read.
        let _ = stream.output.write_all(format!("Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes());
    }
}

/// A stream of the program.
pub(super) struct OutputEvents {
    writer: Writer,
    category: &'static str,
    /// The beginning of a character whose end has not come.
    rest: Vec<u8>,
}

impl Write for OutputEvents {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.rest) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.rest.len(),
        };
        let text: Vec<u8> = self.rest.drain(..whole).collect();
        if !text.is_empty() {
            let output = String::from_utf8_lossy(&text);
            self.writer.event("output", json!({ "category": self.category, "output": output }));
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> Vec<String> {
        let mut input = text.as_bytes();
        let mut found = Vec::new();
        loop {
            match read(&mut input) {
                Incoming::Request(request) => found.push(request.command),
                Incoming::Wrong(what) => found.push(what),
                Incoming::End => return found,
            }
        }
    }

    #[test]
    fn messages_have_a_length_and_a_body() {
        let body = r#"{"type":"request","seq":1,"command":"threads"}"#;
        let one = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        assert_eq!(read_all(&format!("{one}{one}")), ["threads", "threads"]);
        assert_eq!(read_all(&one[..one.len() - 1]), [""; 0]);
    }

    #[test]
    fn what_is_no_message_is_told_or_ends_the_conversation() {
        assert!(read_all("Content-Length: 2\r\n\r\n{}")[0].contains("no request"));
        assert!(read_all("Content-Length: 1\r\n\r\n{")[0].contains("no JSON"));
        for text in
            ["", "\r\n\r\n", "Content-Length: x\r\n\r\n", "Content-Length: 99999999999\r\n\r\n", "nonsense\r\n\r\n"]
        {
            assert!(read_all(text).is_empty(), "{text}");
        }
        assert!(read_all(&"x".repeat(100_000)).is_empty());
    }
}
