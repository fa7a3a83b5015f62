//! What workers write, passed on line by line, so that no line of one stands in another's.

use std::io::{self, Read, Write};
use std::sync::mpsc::Sender;
use std::thread;

/// A line may be so long before it is passed on in pieces.
const LONGEST: usize = 1 << 20;

/// Which of the two streams.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stream {
    Output,
    Error,
}

impl Stream {
    /// Writes whole lines. If nobody reads them, the worker need not know.
    fn write(self, lines: &[u8]) {
        let _ = match self {
            Self::Output => {
                let mut out = io::stdout().lock();
                out.write_all(lines).and_then(|()| out.flush())
            }
            Self::Error => io::stderr().lock().write_all(lines),
        };
    }
}

/// Passes on what comes, until its end: then `end` is dropped.
pub(super) fn pass_on(from: Option<impl Read + Send + 'static>, to: Stream, end: Sender<()>) {
    let Some(mut from) = from else { return };
    let work = move || {
        let mut kept: Vec<u8> = Vec::new();
        let mut buffer = vec![0; 64 << 10];
        while let Ok(len @ 1..) = from.read(&mut buffer) {
            kept.extend_from_slice(&buffer[..len]);
            let whole = match kept.iter().rposition(|&byte| byte == b'\n') {
                Some(end) => end + 1,
                None if kept.len() > LONGEST => kept.len(),
                None => continue,
            };
            to.write(&kept[..whole]);
            kept.drain(..whole);
        }
        to.write(&kept);
        drop(end);
    };
    // Without a thread the pipe is closed, as if nobody read what the worker writes.
    let _ = thread::Builder::new().name("sentra-lines".into()).spawn(work);
}

/// Says something of our own.
pub(super) fn warn(text: &str) {
    Stream::Error.write(format!("warning: {text}\n").as_bytes());
}
