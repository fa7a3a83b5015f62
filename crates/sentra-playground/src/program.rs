//! The program that runs: a VM and its main fiber.

use std::cell::RefCell;
use std::io::{self, Write};
use std::time::Duration;

use sentra_vm::advance::{Advance, Held};
use sentra_vm::error::Error;
use sentra_vm::output::Output;
use sentra_vm::vm::{Options, Vm};

use crate::boundary::{self, Stream};

/// The name that messages have for the program.
const NAME: &str = "playground.sn";
/// Fibers at a time: each has a stack, which the memory of a page has to bear.
const FIBERS: usize = 20_000;

/// What the worker is told of a program.
#[derive(Clone, Copy, Debug)]
pub enum State {
    /// It has ended, with this status.
    Ended(i32),
    /// It wants to run again after so many milliseconds.
    Waits(f64),
    /// Only a line of input moves it on.
    Asks,
}

struct Running {
    vm: Vm,
    main: Held,
}

thread_local! {
    static RUNNING: RefCell<Option<Running>> = const { RefCell::new(None) };
}

/// A stream of the page.
struct Page(Stream);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        boundary::write(self.0, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Compiles a program and makes it ready to run; whether it compiles. What is wrong with it goes to the page.
pub fn begin(source: Vec<u8>, most_memory: usize) -> bool {
    let options = Options { max_memory: Some(most_memory), max_fibers: Some(FIBERS), ..Options::default() };
    let begun = Vm::new(options).map_err(|error| Error::Unusable(error.to_string())).and_then(|mut vm| {
        vm.output = Output::to(Box::new(Page(Stream::Output)), Box::new(Page(Stream::Errors))).by_line(false);
        let main = vm.begin(NAME, source)?;
        Ok(Running { vm, main })
    });
    match begun {
        Ok(running) => {
            RUNNING.set(Some(running));
            true
        }
        Err(error) => {
            boundary::write(Stream::Errors, error.report().as_bytes());
            false
        }
    }
}

/// Runs the program for about so many milliseconds.
pub fn advance(milliseconds: f64) -> State {
    with_running(State::Ended(0), |running| {
        let time = Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default();
        match running.vm.advance(&running.main, time) {
            Advance::Ended(status) => State::Ended(status),
            Advance::Waits(Some(time)) => State::Waits(time.as_secs_f64() * 1000.0),
            Advance::Waits(None) => State::Asks,
        }
    })
}

/// Whether a fiber waits for a line of input.
pub fn is_asking() -> bool {
    with_running(false, |running| running.vm.is_asking())
}

/// Gives the program a line of input, or says that there is no more.
pub fn answer(line: Option<&[u8]>) {
    with_running((), |running| {
        running.vm.answer(line);
    });
}

fn with_running<R>(otherwise: R, run: impl FnOnce(&mut Running) -> R) -> R {
    RUNNING.with_borrow_mut(|running| running.as_mut().map_or(otherwise, run))
}
