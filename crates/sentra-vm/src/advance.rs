//! A VM that somebody else drives: it runs for a while, and says when it wants to run again.

use std::time::Duration;

use sentra_compiler::compile::CompileOptions;

use crate::clock::Instant;
use crate::error::Error;
use crate::program::{Program, text_of};
use crate::report;
use crate::scheduler::Ended;
pub use crate::session::Held;
use crate::vm::Vm;

/// What became of a piece of a run.
#[derive(Debug)]
pub enum Advance {
    /// The program has ended, with the status that the command would have; an error that nothing caught is on the
    /// error stream.
    Ended(i32),
    /// It wants to run again after this time: at once, when the next timer fires, or not before
    /// [`Vm::answer`] has brought what a fiber waits for.
    Waits(Option<Duration>),
}

impl Vm {
    /// Compiles a program and starts its main fiber, which [`Vm::advance`] runs: its task. Warnings go to the error stream.
    ///
    /// # Errors
    /// When the source does not compile.
    pub fn begin(&mut self, path: &str, source: Vec<u8>) -> Result<Held, Error> {
        let colour = self.output.colours_errors();
        let program = Program::compile(path, source, CompileOptions::default(), colour).map_err(|rejected| {
            let report = text_of(&rejected, colour);
            Error::Compile { diagnostics: rejected.diagnostics, report }
        })?;
        self.output.write_error(program.warnings.as_bytes());
        let main = self.load(program.module, program.texts).map_err(Error::Unusable)?;
        let task = self.spawn(main, &[]);
        task.map(|task| self.hold(task)).map_err(|fault| Error::Unusable(report::message(self, &fault)))
    }

    /// Runs the fibers until all of them wait, or for about so long, once the main fiber has been started by
    /// [`Vm::spawn`]. A fiber that neither waits nor lets others run keeps it longer.
    pub fn advance(&mut self, main: &Held, time: Duration) -> Advance {
        assert!(!self.scheduler.is_running(), "a builtin waits for fibers by parking its own");
        let until = Instant::now() + time;
        // Timers that are due and what builtins have left for the next look at events.
        self.heed_events(Some(Duration::ZERO));
        let ended = self.run_until_all_wait(main.value(), true, |_| Instant::now() >= until);
        self.output.flush();
        match ended {
            Some(ended) => Advance::Ended(self.conclude(ended)),
            None if self.scheduler.has_ready() => Advance::Waits(Some(Duration::ZERO)),
            None => Advance::Waits(self.scheduler.timers.until_next(Instant::now())),
        }
    }

    /// Prints what is left to say; the status.
    fn conclude(&mut self, ended: Ended) -> i32 {
        self.report_unobserved();
        let status = self.status_of(ended);
        self.output.flush();
        status
    }
}
