//! The wait for a child process: feeds its input, takes its output, hears of its end.

use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use mio::event::Source;
use signal_hook::low_level::signal_name;

use super::child::Child;
use super::{Command, Result};
use crate::builtins::files;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::reactor::{Direction, SourceId};
use crate::value::Value;
use crate::vm::Vm;
use crate::workers::Ticket;

/// Bytes taken at once, as many as a pipe holds.
const PIECE: usize = 64 << 10;
/// Pieces taken in a row before other fibers have their turn.
const IN_A_ROW: usize = 16;
/// How long output may still come once the child has ended, from what it has left behind.
const LINGER: Duration = Duration::from_millis(200);

/// One pipe that the loop watches.
struct Pipe<S: Source> {
    source: S,
    id: SourceId,
}

/// An output of the child, and what came of it.
#[derive(Default)]
struct Output {
    pipe: Option<Pipe<mio::unix::pipe::Receiver>>,
    bytes: Vec<u8>,
}

/// How far an output has been read.
enum Reached {
    /// There may be more at once.
    More,
    /// Nothing for now, or nothing ever again.
    Rest,
}

/// A program that is to be run to its end.
pub(super) struct Exec {
    name: String,
    command: Option<Command>,
    starting: Option<Ticket<io::Result<Child>>>,
    child: Option<Child>,
    /// How the child ended, and until when its output is still listened to.
    ended: Option<(ExitStatus, Instant)>,
    input: Vec<u8>,
    fed: usize,
    stdin: Option<Pipe<mio::unix::pipe::Sender>>,
    outputs: [Output; 2],
    most: u64,
    until: Option<(Instant, f64)>,
}

impl Exec {
    pub fn new(name: String, command: Command, input: Vec<u8>, most: u64, until: Option<(Instant, f64)>) -> Self {
        Self {
            name,
            command: Some(command),
            starting: None,
            child: None,
            ended: None,
            input,
            fed: 0,
            stdin: None,
            outputs: Default::default(),
            most,
            until,
        }
    }

    /// Has the child started; whether it has been.
    fn start(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<bool> {
        if let Some(command) = self.command.take() {
            self.starting = Some(vm.reactor.workers.submit(waiter, move || Child::start(&command)));
            return Ok(false);
        }
        let Some(ticket) = &self.starting else { return Ok(true) };
        let Some(started) = vm.reactor.workers.take(ticket) else { return Ok(false) };
        self.starting = None;
        let child = started.map_err(|error| files::failure("run", self.name.as_ref(), &error))?;
        self.child = Some(child);
        self.watch(vm).map_err(|error| self.failure(&error))?;
        Ok(true)
    }

    fn failure(&self, error: &io::Error) -> Box<Fault> {
        files::failure("run", self.name.as_ref(), error)
    }

    /// Hands the child's pipes to the event loop.
    fn watch(&mut self, vm: &mut Vm) -> io::Result<()> {
        let Some(child) = &mut self.child else { return Ok(()) };
        let outputs = [child.stdout.take(), child.stderr.take()];
        if let Some(mut source) = child.stdin.take() {
            let id = vm.reactor.add(&mut source, false, true)?;
            self.stdin = Some(Pipe { source, id });
        }
        for (output, source) in self.outputs.iter_mut().zip(outputs) {
            let Some(mut source) = source else { continue };
            let id = vm.reactor.add(&mut source, true, false)?;
            output.pipe = Some(Pipe { source, id });
        }
        Ok(())
    }

    /// Writes what the child takes of its input; whether it may take more at once. One that does
    /// not want it all is in its right.
    fn feed(&mut self, vm: &mut Vm) -> bool {
        let Some(pipe) = &mut self.stdin else { return false };
        for _ in 0..IN_A_ROW {
            if self.fed == self.input.len() || !vm.reactor.is_ready(pipe.id, Direction::Write) {
                break;
            }
            match pipe.source.write(&self.input[self.fed..]) {
                Ok(count) => self.fed += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    vm.reactor.exhausted(pipe.id, Direction::Write);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => self.fed = self.input.len(),
            }
        }
        let more = self.fed < self.input.len() && vm.reactor.is_ready(pipe.id, Direction::Write);
        if self.fed == self.input.len() {
            close(vm, &mut self.stdin);
        }
        more
    }

    /// Takes what there is of both outputs; whether there may be more at once.
    fn collect(&mut self, vm: &mut Vm) -> Result<bool> {
        let mut more = false;
        for output in &mut self.outputs {
            let reached =
                output.take(vm, self.most).map_err(|error| files::failure("run", self.name.as_ref(), &error))?;
            more |= matches!(reached, Reached::More);
            if output.bytes.len() as u64 > self.most {
                let message = format!("{} wrote more than {} bytes, which `max_output` allows", self.name, self.most);
                return Err(Fault::range(message));
            }
            vm.heap.reserve(output.bytes.len())?;
        }
        Ok(more)
    }

    fn forget(&self, vm: &mut Vm, waiter: Waiter) {
        if let Some(pipe) = &self.stdin {
            vm.reactor.forget(pipe.id, Direction::Write, waiter);
        }
        for pipe in self.outputs.iter().filter_map(|output| output.pipe.as_ref()) {
            vm.reactor.forget(pipe.id, Direction::Read, waiter);
        }
        vm.reactor.signals.forget_child(waiter);
    }

    /// Sees to it that whatever may happen next wakes the fiber.
    fn wait(&self, vm: &mut Vm, waiter: Waiter) {
        if let Some(pipe) = &self.stdin {
            vm.reactor.wait(pipe.id, Direction::Write, waiter);
        }
        for pipe in self.outputs.iter().filter_map(|output| output.pipe.as_ref()) {
            vm.reactor.wait(pipe.id, Direction::Read, waiter);
        }
        vm.reactor.signals.wait_for_child(waiter);
    }

    /// How the child ended, once nothing more is to be read: all pipes are closed, or it has left
    /// behind a process that holds them and is not waited for.
    fn ended(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<ExitStatus>> {
        if self.ended.is_none() {
            let status = self.child.as_mut().map(Child::status).transpose();
            let Some(status) = status.map_err(|error| self.failure(&error))?.flatten() else { return Ok(None) };
            let latest = Instant::now() + LINGER;
            self.ended = Some((status, latest));
            vm.set_deadline(waiter, latest);
        }
        let silent = self.outputs.iter().all(|output| output.pipe.is_none());
        Ok(self.ended.filter(|(_, latest)| silent || *latest <= Instant::now()).map(|(status, _)| status))
    }

    /// One round: the result if the child has ended and all of its output is here.
    fn step(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let started = self.start(vm, waiter)?;
        let late = self.until.filter(|(until, _)| self.ended.is_none() && *until <= Instant::now());
        if let Some((_, seconds)) = late {
            return Err(Fault::new("timeout", format!("{} did not end within {seconds} s", self.name)));
        }
        if !started {
            return Ok(None);
        }
        self.forget(vm, waiter);
        let takes_more = self.feed(vm);
        if self.collect(vm)? || takes_more {
            vm.reactor.wake_soon(waiter);
            return Ok(None);
        }
        self.wait(vm, waiter);
        // Looked at after the wait has begun: an end in between wakes the fiber.
        let Some(status) = self.ended(vm, waiter)? else { return Ok(None) };
        self.forget(vm, waiter);
        self.result(vm, status).map(Some)
    }

    fn result(&mut self, vm: &mut Vm, status: ExitStatus) -> Result<Value> {
        let [stdout, stderr] = &self.outputs;
        let (stdout, stderr) = (vm.heap.checked_text(&stdout.bytes)?, vm.heap.checked_text(&stderr.bytes)?);
        let number = status.code().or(status.signal().map(|signal| 128 + signal)).unwrap_or(-1);
        let signal = status.signal().map(|signal| signal_name(signal).map_or(format!("signal {signal}"), String::from));
        let signal = signal.map_or(Value::NIL, |name| vm.heap.text(name.as_bytes()));
        let map = vm.heap.map(4);
        for (key, value) in
            [("status", Value::small(number)), ("stdout", stdout), ("stderr", stderr), ("signal", signal)]
        {
            map.set_text(&mut vm.heap, key, value)?;
        }
        Ok(map.value())
    }

    /// Lets go of everything. A child that still runs is killed; a worker waits for its end.
    fn finish(&mut self, vm: &mut Vm, waiter: Waiter) {
        self.forget(vm, waiter);
        close(vm, &mut self.stdin);
        self.outputs.iter_mut().for_each(|output| close(vm, &mut output.pipe));
        if self.starting.take().is_some() {
            // Its result is dropped on the worker's thread, and the child with it.
            vm.reactor.workers.give_up();
        }
        if let Some(child) = self.child.take().filter(|child| !child.has_ended()) {
            child.kill();
            vm.reactor.workers.leave_to(move || drop(child));
        }
    }
}

fn close<S: Source>(vm: &mut Vm, pipe: &mut Option<Pipe<S>>) {
    if let Some(mut pipe) = pipe.take() {
        vm.reactor.remove(pipe.id, &mut pipe.source);
    }
}

impl Output {
    /// Reads what there is, up to a little more than `most` bytes.
    fn take(&mut self, vm: &mut Vm, most: u64) -> io::Result<Reached> {
        for _ in 0..IN_A_ROW {
            let Some(pipe) = self.pipe.as_mut().filter(|pipe| vm.reactor.is_ready(pipe.id, Direction::Read)) else {
                return Ok(Reached::Rest);
            };
            if self.bytes.len() as u64 > most {
                return Ok(Reached::Rest);
            }
            let before = self.bytes.len();
            self.bytes.resize(before + PIECE, 0);
            let read = pipe.source.read(&mut self.bytes[before..]);
            self.bytes.truncate(before + read.as_ref().map_or(0, |&count| count));
            match read {
                Ok(0) => close(vm, &mut self.pipe),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => vm.reactor.exhausted(pipe.id, Direction::Read),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Reached::More)
    }
}

impl Operation for Exec {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let is_first = self.command.is_some();
        let outcome = self.step(vm, waiter);
        if is_first
            && matches!(outcome, Ok(None))
            && let Some((until, _)) = self.until
        {
            vm.set_deadline(waiter, until);
        }
        if !matches!(outcome, Ok(None)) {
            self.finish(vm, waiter);
        }
        outcome
    }

    fn abandon(&mut self, vm: &mut Vm, waiter: Waiter) {
        self.finish(vm, waiter);
    }
}
