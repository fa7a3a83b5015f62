//! The REPL: reads input, evaluates it in one session and shows the result.
//!
//! Input comes from a thread of its own (`input`), because waiting for a key blocks; the VM stays
//! on the caller's thread and runs background fibers while the prompt waits. The two talk through
//! `Event`s and share nothing else.

mod candidates;
mod directive;
mod editor;
mod history;
mod input;
mod paint;
mod screen;

use std::io::{self, IsTerminal};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::output::{Output, colour_wanted};
use crate::show;
use crate::value::Value;
use crate::vm::Vm;
use directive::Directive;
use input::Event;
use screen::{Mode, Screen};

/// How long fibers may take to end when the session does.
const GRACE: Duration = Duration::from_secs(2);

/// A session with the person or pipe on standard input; the status to exit with: 0, or that of
/// `exit`. A host gives its own VM, with whatever it has registered.
pub fn run(vm: &mut Vm) -> i32 {
    let (sender, events) = channel();
    let (go_on, gate) = channel();
    let link = input::Link::new(vm, sender, gate);
    // Without it Ctrl-C ends the session instead of the line: worse, but no reason to refuse.
    let _ = vm.handle_session_signals();
    vm.set("_", Value::NIL);
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        input::start(link);
        return Session { vm, events, go_on, terminal: false }.run();
    }
    let screen = Screen::default();
    let colour = colour_wanted(true);
    vm.output = Output::to(Box::new(screen.clone()), Box::new(screen.clone())).by_line(colour);
    let mode = Mode::remember();
    editor::start(link, screen.clone(), colour);
    let status = Session { vm, events, go_on, terminal: true }.run();
    mode.restore(&screen);
    status
}

struct Session<'v> {
    vm: &'v mut Vm,
    events: Receiver<Event>,
    /// Tells the input thread that the line has been dealt with.
    go_on: Sender<()>,
    terminal: bool,
}

/// Why the session ends before its input does.
enum Stop {
    Quit,
    Exit(i32),
}

impl Session<'_> {
    fn run(mut self) -> i32 {
        loop {
            let line = match self.next_line() {
                Ok(Some(line)) => line,
                Ok(None) => return self.end(),
                Err(status) => return status,
            };
            match self.perform(&line) {
                Ok(()) => {}
                Err(Stop::Quit) => return self.leave(),
                Err(Stop::Exit(status)) => {
                    self.vm.output.flush();
                    return status;
                }
            }
            self.vm.output.flush();
            // The input thread is there until it has sent the end.
            let _ = self.go_on.send(());
        }
    }

    /// Runs background fibers until there is input; nothing at its end. An error is a status.
    fn next_line(&mut self) -> Result<Option<String>, i32> {
        let mut line = None;
        let events = &self.events;
        let exited = self.vm.run_until(|vm| {
            loop {
                match events.try_recv() {
                    Ok(Event::Candidates(query, reply)) => {
                        // Whoever asked may have stopped waiting.
                        let _ = reply.send(candidates::find(vm, &query));
                    }
                    Ok(Event::Line(text)) => line = Some(Some(text)),
                    Ok(Event::End) => line = Some(None),
                    Err(_) => return line.is_some(),
                }
            }
        });
        exited.map_or(Ok(line.flatten()), Err)
    }

    /// The input is over. A pipe's fibers run on as a program's do; a person wants to leave.
    fn end(self) -> i32 {
        if !self.terminal {
            return match self.vm.drain() {
                Err(Error::Exit(status)) => status,
                _ => 0,
            };
        }
        self.leave()
    }

    /// Ends all fibers; their `finally`s and `defer`s run, for a bounded time.
    fn leave(self) -> i32 {
        let latest = Instant::now() + GRACE;
        let alarm = self.vm.reactor.workers.alarm();
        self.vm.cancel_all();
        std::thread::spawn(move || {
            std::thread::sleep(GRACE);
            alarm();
        });
        let exited = self.vm.run_until(|vm| vm.is_idle() || Instant::now() >= latest);
        self.vm.report_unobserved();
        self.vm.output.flush();
        exited.unwrap_or(0)
    }

    /// Evaluates a line or obeys a directive.
    fn perform(&mut self, line: &str) -> Result<(), Stop> {
        match Directive::read(line) {
            None => {
                let result = self.vm.evaluate(line);
                self.show(result)
            }
            Some(Ok(Directive::Load(path))) => {
                let result = self.vm.evaluate_file(path.as_ref());
                self.show(result)
            }
            Some(Ok(Directive::Type(source))) => {
                let result = self.vm.evaluate(&source);
                result
                    .map(|value| self.print(&format!("{}\n", value.type_name())))
                    .or_else(|error| self.complain(&error))
            }
            Some(Ok(Directive::Time(source))) => {
                let start = Instant::now();
                let result = self.vm.evaluate(&source);
                let elapsed = start.elapsed();
                self.show(result)?;
                self.print(&format!("{:.3} ms\n", elapsed.as_secs_f64() * 1e3));
                Ok(())
            }
            Some(Ok(Directive::Help(topic))) => {
                self.help(&topic);
                Ok(())
            }
            Some(Ok(Directive::Quit)) => Err(Stop::Quit),
            Some(Err(message)) => {
                self.vm.output.write_error(format!("error: {message}\n").as_bytes());
                Ok(())
            }
        }
    }

    fn help(&mut self, topic: &str) {
        let colour = self.vm.output.colours_errors();
        let text = match topic {
            "" => Ok(directive::help()),
            topic => crate::help::entry(topic, colour),
        };
        match text {
            Ok(text) => self.print(&text),
            Err(message) => self.vm.output.write_error(format!("error: {message}\n").as_bytes()),
        }
    }

    fn print(&mut self, text: &str) {
        self.vm.output.write(text.as_bytes());
    }

    /// Shows a result and keeps it in `_`.
    fn show(&mut self, result: Result<Value, Error>) -> Result<(), Stop> {
        let value = match result {
            Ok(value) => value,
            Err(error) => return self.complain(&error),
        };
        if !value.is_nil() {
            self.vm.set("_", value);
            let text = show::pretty(&self.vm.heap, value, self.terminal && self.vm.output.colours_errors());
            self.print(&format!("{}\n", text.trim_end_matches('\n')));
        }
        Ok(())
    }

    fn complain(&mut self, error: &Error) -> Result<(), Stop> {
        match error {
            Error::Exit(status) => return Err(Stop::Exit(*status)),
            Error::Fault { kind, .. } if kind == "cancelled" => self.vm.output.write_error(b"interrupted\n"),
            error => self.vm.output.write_error(error.report().as_bytes()),
        }
        Ok(())
    }
}
