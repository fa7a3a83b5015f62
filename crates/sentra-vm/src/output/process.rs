//! The process's own streams.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;

use super::{Output, colour_wanted};

/// The status of a command whose reader has gone: 128 + SIGPIPE, as a shell shows it.
const BROKEN_PIPE_STATUS: i32 = 141;

impl Output {
    /// The process's standard output and error.
    pub fn stdout() -> Self {
        let out: Box<dyn Write> = match io::stdout().as_fd().try_clone_to_owned() {
            Ok(descriptor) => Box::new(File::from(descriptor)),
            Err(_) => Box::new(io::stdout()),
        };
        Self {
            by_line: io::stdout().is_terminal(),
            colour: colour_wanted(io::stderr().is_terminal()),
            is_process: true,
            ..Self::to(out, Box::new(io::stderr()))
        }
    }

    /// The same, but a broken pipe ends the process, as commands do.
    pub fn quitting(mut self) -> Self {
        self.quit = Some(|| crate::children::exit(BROKEN_PIPE_STATUS));
        self
    }
}
