//! Debugging at a terminal: a prompt where the program stands still. It waits for a line on the program's own
//! thread: nothing else is to happen meanwhile. While the program runs, the terminal is the program's.

mod order;
mod view;

use std::io::{self, BufRead, IsTerminal};

use rustyline::DefaultEditor;
use rustyline::error::ReadlineError;

use crate::adapter::Launched;
use crate::debug::breakpoints::Wanted;
use crate::debug::preview::{self, Scope};
use crate::debug::{Controller, Filters, Reason, Resume, Stop, Wish};
use crate::output::colour_wanted;
use crate::scheduler::Ended;
use crate::show;
use crate::vm::Vm;
use order::{Errors, Order, Target};

const PROMPT: &str = "(debug) ";

/// Runs a program from its first statement on, at which it stops; the status to exit with.
pub(crate) fn run(mut launched: Launched) -> i32 {
    let vm = &mut launched.vm;
    let controller = vm.debugger.get_or_insert_default();
    controller.filters = Filters { caught: false, uncaught: true };
    controller.control(Box::new(Prompt::new()));
    let ended = match vm.spawn(launched.main, &[]) {
        Ok(task) => {
            crate::task::fiber_of(task).into_iter().for_each(|fiber| vm.stop_on_entry(fiber));
            vm.run(task, true)
        }
        Err(fault) => Ended::Faulted(fault),
    };
    vm.output.flush();
    vm.status_of(ended)
}

/// Who reads the lines.
struct Prompt {
    /// Nothing if lines come from no terminal.
    editor: Option<DefaultEditor>,
    colour: bool,
    /// What an empty line means.
    last: Option<Order>,
    fiber: u32,
    /// Which of the fiber's calls is looked at, from the innermost on.
    call: usize,
}

impl Prompt {
    fn new() -> Self {
        let terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
        let editor = if terminal { DefaultEditor::new().ok() } else { None };
        Self { editor, colour: colour_wanted(terminal), last: None, fiber: 0, call: 0 }
    }

    /// The next line; nothing when there are no more.
    fn line(&mut self) -> Option<String> {
        let Some(editor) = &mut self.editor else {
            let mut line = String::new();
            let read = io::stdin().lock().read_line(&mut line).unwrap_or(0);
            return (read > 0).then_some(line);
        };
        loop {
            match editor.readline(PROMPT) {
                Ok(line) => {
                    // History is a convenience.
                    let _ = editor.add_history_entry(line.as_str());
                    return Some(line);
                }
                Err(ReadlineError::Interrupted) => {}
                Err(_) => return None,
            }
        }
    }

    fn print(&self, vm: &mut Vm, text: &str) {
        vm.output.write(text.as_bytes());
        if !text.ends_with('\n') {
            vm.output.write(b"\n");
        }
        vm.output.flush();
    }

    /// The frame that is looked at.
    fn frame(&self, vm: &Vm) -> Result<usize, String> {
        let call = vm.calls_of(self.fiber).get(self.call).map(|call| call.frame);
        call.ok_or_else(|| "nothing is being called in this fiber".into())
    }

    /// Does what a line says: what there is to print, or how the program goes on.
    fn obey(&mut self, vm: &mut Vm, order: &Order) -> Result<Result<String, Resume>, String> {
        Ok(Ok(match order {
            Order::Resume(resume) => return Ok(Err(*resume)),
            Order::Help => order::help(),
            Order::Break(target, wanted) => self.set_breakpoint(vm, target, wanted.clone())?,
            Order::Delete(None) => format!("{} deleted", vm.remove_breakpoints(|_| true)),
            Order::Delete(Some(number)) => match vm.remove_breakpoints(|breakpoint| breakpoint.number == *number) {
                0 => return Err(format!("there is no breakpoint {number}")),
                _ => format!("breakpoint {number} deleted"),
            },
            Order::Breaks => view::breakpoints(vm),
            Order::Where => view::calls(vm, self.fiber, self.call),
            Order::Call(call) => self.go_to(vm, *call)?,
            Order::Up => self.go_to(vm, self.call + 1)?,
            Order::Down => self.go_to(vm, self.call.checked_sub(1).ok_or("this is the innermost call")?)?,
            Order::Locals => self.variables(vm, &[Scope::Captures, Scope::Locals])?,
            Order::Globals => self.variables(vm, &[Scope::Globals])?,
            Order::Print(text) => {
                let frame = self.frame(vm)?;
                let value = vm.evaluate_at(self.fiber, frame, text)?;
                show::pretty(&vm.heap, value, self.colour)
            }
            Order::List => view::source(vm, self.fiber, self.call, view::WIDE, self.colour),
            Order::Fibers => view::fibers(vm, self.fiber),
            Order::Fiber(fiber) => {
                if !vm.fiber_numbers().contains(fiber) {
                    return Err(format!("there is no fiber {fiber}"));
                }
                self.fiber = *fiber;
                self.go_to(vm, 0)?
            }
            Order::Errors(errors) => {
                let filters = Filters { caught: *errors == Errors::All, uncaught: *errors != Errors::None };
                vm.debugger.iter_mut().for_each(|debugger| debugger.filters = filters);
                String::new()
            }
        }))
    }

    fn set_breakpoint(&self, vm: &mut Vm, target: &Target, wanted: Wanted) -> Result<String, String> {
        let (number, source, line) = match target {
            Target::Name(name) => {
                vm.set_function_breakpoint(name, wanted).ok_or_else(|| format!("there is no function `{name}`"))?
            }
            Target::Line(file, line) => {
                let source = view::source_named(vm, file.as_deref(), self.fiber, self.call)?;
                let set = vm.set_breakpoint(source, *line, wanted);
                let (number, line) = set.ok_or("no statement begins on this line or below")?;
                (number, source, line)
            }
        };
        Ok(format!("breakpoint {number} at {}:{line}", vm.sources[source as usize].path))
    }

    fn go_to(&mut self, vm: &Vm, call: usize) -> Result<String, String> {
        if call >= vm.calls_of(self.fiber).len() {
            return Err("there is no such call".into());
        }
        self.call = call;
        Ok(view::place(vm, self.fiber, call) + &view::source(vm, self.fiber, call, view::NARROW, self.colour))
    }

    fn variables(&self, vm: &mut Vm, scopes: &[Scope]) -> Result<String, String> {
        let frame = self.frame(vm)?;
        let mut text = String::new();
        for &scope in scopes {
            for variable in vm.variables_of(self.fiber, frame, scope) {
                text.push_str(&format!("{} = {}\n", variable.name, preview::line(vm, variable.value)));
            }
        }
        Ok(if text.is_empty() { "none".into() } else { text })
    }
}

impl Controller for Prompt {
    fn stopped(&mut self, vm: &mut Vm, stop: &Stop) -> Resume {
        (self.fiber, self.call) = (stop.fiber, 0);
        let why = match &stop.reason {
            Reason::Entry | Reason::Step => String::new(),
            Reason::Breakpoint(numbers) => {
                let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
                format!("breakpoint {}\n", numbers.join(", "))
            }
            Reason::Pause => "stopped\n".into(),
            Reason::Error { message, kind, caught } => {
                let kind = if kind.is_empty() { String::new() } else { format!(" ({kind})") };
                let caught = if *caught { ", which is caught" } else { "" };
                format!("error: {message}{kind}{caught}\n")
            }
        };
        let place = view::place(vm, self.fiber, 0) + &view::source(vm, self.fiber, 0, view::NARROW, self.colour);
        self.print(vm, &(why + &place));
        loop {
            let Some(line) = self.line() else { return Resume::Quit(0) };
            let order = match line.trim() {
                "" => self.last.clone().map(Ok),
                text => Some(Order::read(text)),
            };
            let outcome = match order {
                None => continue,
                Some(Err(message)) => Err(message),
                Some(Ok(order)) => {
                    let outcome = self.obey(vm, &order);
                    self.last = order.repeats().then_some(order);
                    outcome
                }
            };
            match outcome {
                Ok(Err(resume)) => return resume,
                Ok(Ok(text)) if text.is_empty() => {}
                Ok(Ok(text)) => self.print(vm, &text),
                Err(message) => self.print(vm, &format!("error: {message}")),
            }
        }
    }

    fn attend(&mut self, vm: &mut Vm) -> Option<Wish> {
        vm.reactor.signals.take_interrupted().then_some(Wish::Pause)
    }

    fn tell(&mut self, vm: &mut Vm, text: &str) {
        self.print(vm, text);
    }
}
