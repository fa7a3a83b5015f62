//! Where a program's text goes: what `log` writes, and what goes to the error stream.
//!
//! Output is buffered; the scheduler flushes before it waits, and the program's end does. An
//! `Output` knows nothing of values. It never fails towards the script: a broken pipe ends the
//! command quietly, as it ends other tools, and any other failure is told at the end.

#[cfg_attr(not(feature = "system"), path = "bare/streams.rs")]
mod process;

use std::io::{self, ErrorKind, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// So many bytes are written at once.
const BUFFER: usize = 64 << 10;

/// The two streams of a program.
pub struct Output {
    buffer: Vec<u8>,
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    /// Each line at once, because someone is watching.
    by_line: bool,
    colour: bool,
    /// What becomes of the process when nobody reads its output any more.
    quit: Option<fn() -> !>,
    /// The error stream is the process's own.
    is_process: bool,
    failure: Option<io::Error>,
}

impl Output {
    /// Any two writers.
    pub fn to(out: Box<dyn Write>, err: Box<dyn Write>) -> Self {
        Self {
            buffer: Vec::new(),
            out,
            err,
            by_line: false,
            colour: false,
            quit: None,
            is_process: false,
            failure: None,
        }
    }

    /// Both streams into memory, for tests and embedding programs.
    pub fn capture() -> (Self, Captured) {
        let captured = Captured::default();
        (Self::to(Box::new(captured.clone()), Box::new(captured.clone())), captured)
    }

    /// The same, but each line is written at once.
    pub fn by_line(mut self, colour: bool) -> Self {
        self.by_line = true;
        self.colour = colour;
        self
    }

    /// Writes bytes to the output stream, sooner or later.
    #[inline]
    pub fn write(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= BUFFER || self.by_line && bytes.contains(&b'\n') {
            self.flush();
        }
    }

    /// Writes bytes to the error stream, after all output before them.
    pub fn write_error(&mut self, bytes: &[u8]) {
        self.flush();
        // There is no one left to tell if even this fails.
        let _ = self.err.write_all(bytes).and_then(|()| self.err.flush());
    }

    /// Whether errors go to the process's own error stream, which may hold up who writes.
    pub(crate) fn is_process(&self) -> bool {
        self.is_process
    }

    /// Writes what is buffered.
    pub fn flush(&mut self) {
        if self.buffer.is_empty() {
            return;
        }
        let written = if self.failure.is_none() { write_fully(&mut *self.out, &self.buffer) } else { Ok(()) };
        self.buffer.clear();
        match written {
            Ok(()) => {}
            Err(error) => match self.quit {
                Some(quit) if error.kind() == ErrorKind::BrokenPipe => quit(),
                _ => self.failure = Some(error),
            },
        }
    }

    /// Why output was lost, if it was.
    pub fn failure(&self) -> Option<&io::Error> {
        self.failure.as_ref()
    }

    /// Whether error reports are coloured.
    pub fn colours_errors(&self) -> bool {
        self.colour
    }
}

/// Colour is for terminals, and not for those who set `NO_COLOR`.
pub(crate) fn colour_wanted(terminal: bool) -> bool {
    terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Writes everything, also to a pipe that another process has made non-blocking.
fn write_fully(out: &mut dyn Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(Duration::from_millis(1)),
            Err(error) => return Err(error),
        }
    }
    out.flush()
}

/// What a capturing [`Output`] has been given.
#[derive(Clone, Debug, Default)]
pub struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    /// Takes the bytes so far.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_arrives_before_the_error_that_follows_it() {
        let (mut output, captured) = Output::capture();
        output.write(b"one\n");
        output.write_error(b"two\n");
        assert_eq!(captured.take(), b"one\ntwo\n");
    }

    #[test]
    fn nothing_is_written_before_a_flush() {
        let (mut output, captured) = Output::capture();
        output.write(b"text");
        assert_eq!(captured.take(), b"");
        output.flush();
        assert_eq!(captured.take(), b"text");
    }

    #[test]
    fn a_failure_is_kept_and_later_output_dropped() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
                Err(ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut output = Output::to(Box::new(Full), Box::new(io::sink()));
        output.write(b"text");
        output.flush();
        output.write(b"more");
        output.flush();
        assert_eq!(output.failure().map(io::Error::kind), Some(ErrorKind::StorageFull));
    }
}
