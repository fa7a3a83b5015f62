//! Server-sent events: the stream as the HTML standard interprets it ("9.2.6 Interpreting an
//! event stream"). Bytes that are no UTF-8 are left as they are.

use super::field::is_value;

/// The longest event that is taken in.
const MOST_EVENT: usize = 16 << 20;

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerEvent {
    /// `message` unless the stream says otherwise.
    pub name: Vec<u8>,
    /// Its lines, joined by line feeds.
    pub data: Vec<u8>,
    /// The last id that the stream has given.
    pub id: Vec<u8>,
}

/// An event that is longer than is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Takes events out of the bytes of a stream.
#[derive(Clone, Debug, Default)]
pub struct EventReader {
    /// The line that has not ended.
    line: Vec<u8>,
    /// A carriage return ended the last line: a line feed behind it belongs to it.
    after_return: bool,
    /// Bytes of a mark at the very beginning that were passed over.
    begun: bool,
    name: Vec<u8>,
    data: Vec<u8>,
    id: Vec<u8>,
    last_id: Vec<u8>,
    retry: Option<u64>,
}

impl EventReader {
    /// A reader of a stream that goes on behind an event with that id, and keeps to that pause.
    pub fn after(id: Vec<u8>, retry: Option<u64>) -> Self {
        Self { last_id: id.clone(), id, retry, ..Self::default() }
    }

    /// The id to ask for when the stream is opened again.
    pub fn last_id(&self) -> &[u8] {
        &self.last_id
    }

    /// Milliseconds to wait before that, if the stream has said so.
    pub fn retry(&self) -> Option<u64> {
        self.retry
    }

    /// Takes bytes up to the end of the next event: how many were used, and the event if it
    /// has ended. An event that does not end is dropped.
    pub fn read(&mut self, input: &[u8]) -> Result<(usize, Option<ServerEvent>), TooLong> {
        let mut at = 0;
        while at < input.len() {
            if std::mem::take(&mut self.after_return) && input[at] == b'\n' {
                at += 1;
                continue;
            }
            let Some(end) = memchr::memchr2(b'\r', b'\n', &input[at..]).map(|end| at + end) else {
                self.line.extend_from_slice(&input[at..]);
                return if self.held() > MOST_EVENT { Err(TooLong) } else { Ok((input.len(), None)) };
            };
            self.line.extend_from_slice(&input[at..end]);
            self.after_return = input[end] == b'\r';
            at = end + 1;
            if let Some(event) = self.end_line() {
                return Ok((at, Some(event)));
            }
            if self.held() > MOST_EVENT {
                return Err(TooLong);
            }
        }
        Ok((at, None))
    }

    fn held(&self) -> usize {
        self.line.len() + self.data.len()
    }

    fn end_line(&mut self) -> Option<ServerEvent> {
        let line = std::mem::take(&mut self.line);
        // A mark of the byte order may stand before the first line.
        let is_first = !std::mem::replace(&mut self.begun, true);
        let line = if is_first { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line) } else { &line };
        if line.is_empty() {
            return self.dispatch();
        }
        let colon = line.iter().position(|&byte| byte == b':');
        let (field, value) = match colon {
            Some(at) => (&line[..at], line[at + 1..].strip_prefix(b" ").unwrap_or(&line[at + 1..])),
            None => (line, &line[line.len()..]),
        };
        match field {
            b"event" => self.name = value.to_vec(),
            b"data" => {
                self.data.extend_from_slice(value);
                self.data.push(b'\n');
            }
            // The standard leaves out ids with a NUL; with other control characters they could not
            // be asked for in a header either.
            b"id" if is_value(value) => self.id = value.to_vec(),
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                self.retry = std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok());
            }
            // Comments begin with the colon; other fields mean nothing.
            _ => {}
        }
        None
    }

    fn dispatch(&mut self) -> Option<ServerEvent> {
        self.last_id.clone_from(&self.id);
        let name = std::mem::take(&mut self.name);
        let mut data = std::mem::take(&mut self.data);
        data.pop()?;
        let name = if name.is_empty() { b"message".to_vec() } else { name };
        Some(ServerEvent { name, data, id: self.last_id.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Shown = (String, String, String);

    fn events(stream: &[u8], piece: usize) -> Vec<Shown> {
        let (mut reader, mut found) = (EventReader::default(), Vec::new());
        for mut part in stream.chunks(piece) {
            while !part.is_empty() {
                let (used, event) = reader.read(part).unwrap();
                part = &part[used..];
                let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
                found.extend(event.map(|event| (text(event.name), text(event.data), text(event.id))));
            }
        }
        found
    }

    fn read(stream: &str) -> Vec<Shown> {
        let whole = events(stream.as_bytes(), usize::MAX >> 1);
        for piece in 1..6 {
            assert_eq!(events(stream.as_bytes(), piece), whole, "{stream:?} by {piece}");
        }
        whole
    }

    fn message(data: &str, id: &str) -> Shown {
        ("message".into(), data.into(), id.into())
    }

    #[test]
    fn the_examples_of_the_standard() {
        assert_eq!(read("data: YHOO\ndata: +2\ndata: 10\n\n"), [message("YHOO\n+2\n10", "")]);
        let stream = ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n";
        assert_eq!(
            read(stream),
            [message("first event", "1"), message("second event", ""), message(" third event", "")]
        );
        assert_eq!(read("data\n\ndata\ndata\n\ndata:"), [message("", ""), message("\n", "")]);
        assert_eq!(read("data:test\n\ndata: test\n\n"), [message("test", ""), message("test", "")]);
    }

    #[test]
    fn line_ends_and_names() {
        let expected = [("a".to_string(), "1\n2".to_string(), String::new()), message("3", "")];
        for end in ["\n", "\r\n", "\r"] {
            let stream = "\u{feff}event: a\ndata: 1\ndata: 2\n\nretry: 10\nother: x\ndata: 3\n\n".replace('\n', end);
            assert_eq!(read(&stream), expected, "{end:?}");
        }
        assert_eq!(read("event: lost\n\ndata: x\n\n"), [message("x", "")]);
        for id in ["a\0b", "a\x01", "\x7f"] {
            assert_eq!(read(&format!("id: {id}\ndata: x\n\n")), [message("x", "")], "{id:?}");
        }
    }

    #[test]
    fn what_a_new_stream_asks_for() {
        let mut reader = EventReader::after(b"7".to_vec(), None);
        reader.read(b"retry: 2500\nretry: x\nid: 8\ndata: x\n\nid: 9\n").unwrap();
        let (_, none) = reader.read(b"data: never ended").unwrap();
        assert_eq!((none, reader.retry()), (None, Some(2500)));
    }

    #[test]
    fn endless_events() {
        let mut reader = EventReader::default();
        let line = [b"data: ".to_vec(), vec![b'x'; 1 << 20], b"\n".to_vec()].concat();
        assert!((0..20).any(|_| reader.read(&line).is_err()));
        assert!((0..20).any(|_| EventReader::default().read(&vec![b'x'; MOST_EVENT + 1]).is_err()));
    }
}
