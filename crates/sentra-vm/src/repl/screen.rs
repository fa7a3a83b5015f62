//! The terminal as two threads share it: while the prompt waits, output goes above the line being
//! typed; otherwise it is written as it comes.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use nix::sys::termios::{SetArg, Termios, tcgetattr, tcsetattr};
use rustyline::ExternalPrinter;

/// Ends the mode in which a terminal marks pasted text.
const NO_PASTE_MARKS: &[u8] = b"\x1b[?2004l\n";

/// The terminal's mode before the first prompt.
pub(super) struct Mode(Option<Termios>);

impl Mode {
    pub fn remember() -> Self {
        Self(tcgetattr(io::stdin()).ok())
    }

    /// Puts the terminal back in order if the session ends while the prompt still waits.
    pub fn restore(&self, screen: &Screen) {
        if let Some(mode) = self.0.as_ref().filter(|_| screen.0.prompting.load(Ordering::SeqCst)) {
            // Nothing is left to try if the terminal refuses.
            let _ = tcsetattr(io::stdin(), SetArg::TCSADRAIN, mode);
            let _ = io::stdout().write_all(NO_PASTE_MARKS).and_then(|()| io::stdout().flush());
        }
    }
}

/// Standard output beside a prompt.
#[derive(Clone, Default)]
pub(super) struct Screen(Arc<Shared>);

#[derive(Default)]
struct Shared {
    prompting: AtomicBool,
    /// The last thing written was no newline.
    within_line: AtomicBool,
    /// The way to the thread that prints above the prompt.
    above: Mutex<Option<Sender<String>>>,
}

impl Screen {
    /// From now on what is written while the prompt waits goes through `printer`: on a thread of
    /// its own, for printing waits until the prompt is ready for it.
    pub fn print_through(&self, mut printer: impl ExternalPrinter + Send + 'static) {
        let (sender, texts) = channel();
        *self.0.above.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        super::input::spawn(move || texts.iter().for_each(|text| drop(printer.print(text))));
    }

    /// The prompt begins to wait, on a line of its own.
    pub fn begin_prompt(&self) {
        if self.0.within_line.swap(false, Ordering::SeqCst) {
            // A prompt in the wrong column is no reason to fail.
            let _ = io::stdout().write_all(b"\n").and_then(|()| io::stdout().flush());
        }
        self.0.prompting.store(true, Ordering::SeqCst);
    }

    /// The prompt has what it waited for.
    pub fn end_prompt(&self) {
        self.0.prompting.store(false, Ordering::SeqCst);
    }

    /// Whether the text has been handed to the prompt.
    fn print_above(&self, text: &[u8]) -> bool {
        if !self.0.prompting.load(Ordering::SeqCst) {
            return false;
        }
        let above = self.0.above.lock().unwrap_or_else(PoisonError::into_inner);
        above.as_ref().is_some_and(|above| above.send(String::from_utf8_lossy(text).into_owned()).is_ok())
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(last) = bytes.last()
            && !self.print_above(bytes)
        {
            io::stdout().write_all(bytes)?;
            self.0.within_line.store(*last != b'\n', Ordering::SeqCst);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}
