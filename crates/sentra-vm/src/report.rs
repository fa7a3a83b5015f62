//! How an error that nothing caught is shown: message, source line with the place marked, trace
//! and causes. It only builds text, except for `Vm::report_uncaught`, which prints it.

mod excerpt;

use std::fmt::Write;

use crate::fault::{ErrorData, Fault, TraceEntry};
use crate::image::Function;
use crate::show;
use crate::value::Value;
use crate::vm::Vm;

/// Different calls shown at each end of a long trace.
const FIRST_CALLS: usize = 16;
const LAST_CALLS: usize = 4;
/// The name of a file's main function in traces.
const TOP_LEVEL: &str = "top level";
/// Causes followed; a script may tie them into a ring.
const MAX_CAUSES: usize = 8;

/// Colours, or none.
#[derive(Clone, Copy)]
struct Style {
    colour: bool,
}

impl Style {
    fn paint(self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }

    fn error(self, text: &str) -> String {
        self.paint("1;31", text)
    }

    fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }
}

/// The report of an error that nothing caught.
pub fn uncaught(vm: &Vm, fault: &Fault, colour: bool) -> String {
    let style = Style { colour };
    let mut report = String::new();
    let data = fault.thrown.and_then(Value::as_error).unwrap_or(&fault.error);
    let stack = if data.stack.is_empty() { &fault.error.stack } else { &data.stack };
    let _ = writeln!(report, "{}: {}", style.error("error"), style.strong(&headline(message(vm, fault), kind(fault))));
    if let Some(place) = stack.first().filter(|place| place.line > 0) {
        report.push_str(&excerpt::excerpt(vm, place, colour));
    }
    report.push_str(&data.detail);
    trace(&mut report, stack, style);
    causes(&mut report, vm, data, style);
    report
}

/// What happened: the error's message, or the thrown value.
pub fn message(vm: &Vm, fault: &Fault) -> String {
    match fault.thrown {
        Some(value) => shown(vm, value),
        None => fault.error.message.clone(),
    }
}

/// The error's kind; empty for thrown values that are no errors.
pub fn kind(fault: &Fault) -> &str {
    match fault.thrown {
        Some(value) => value.as_error().map_or("", |data| &data.kind),
        None => &fault.error.kind,
    }
}

fn shown(vm: &Vm, value: Value) -> String {
    if let Some(data) = value.as_error() {
        return data.message.clone();
    }
    let mut text = Vec::new();
    show::text(&vm.heap, value, &mut text);
    let text = String::from_utf8_lossy(&text);
    if value.as_bytes().is_some() { text.into_owned() } else { format!("thrown {}: {text}", value.type_name()) }
}

/// A message with its kind, where that says more.
pub(crate) fn headline(message: String, kind: &str) -> String {
    if kind.is_empty() || kind == "error" {
        return message;
    }
    // A message may go on below, as that of a pattern with its place marked.
    let (first, rest) = message.split_at(message.find('\n').unwrap_or(message.len()));
    format!("{first} ({kind}){rest}")
}

/// The calls, innermost first. A run of equal ones is recursion: it is shown once and hinted at.
fn trace(report: &mut String, stack: &[TraceEntry], style: Style) {
    let runs: Vec<&[TraceEntry]> = stack.chunk_by(|one, next| one == next).collect();
    let (first, rest) = runs.split_at(runs.len().min(FIRST_CALLS));
    let last = &rest[rest.len().saturating_sub(LAST_CALLS)..];
    for (index, run) in first.iter().chain(last).enumerate() {
        if index == FIRST_CALLS && rest.len() > LAST_CALLS {
            let _ = writeln!(report, "  {}", style.faint("… more calls …"));
        }
        call(report, &run[0], style);
        if run.len() > 1 {
            let _ = writeln!(report, "  {}", style.faint("… the same call again and again …"));
        }
    }
}

/// The name to show for a function.
pub(crate) fn function_name(vm: &Vm, function: &Function) -> String {
    let file = vm.sources.get(function.source as usize).map(|source| &*source.path);
    match &*function.name {
        "" => "a lambda".into(),
        name if Some(name) == file => TOP_LEVEL.into(),
        name => name.into(),
    }
}

fn call(report: &mut String, entry: &TraceEntry, style: Style) {
    let name = match &*entry.function {
        "" => "a lambda",
        name if name == &*entry.file => TOP_LEVEL,
        name => name,
    };
    let place = if entry.line == 0 { entry.file.to_string() } else { format!("{}:{}", entry.file, entry.line) };
    let _ = writeln!(report, "  at {name} {}", style.faint(&format!("({place})")));
}

fn causes(report: &mut String, vm: &Vm, data: &ErrorData, style: Style) {
    let mut next = data.cause;
    for _ in 0..MAX_CAUSES {
        let Some(cause) = next.filter(|cause| !cause.is_nil()) else { return };
        let error = cause.as_error();
        let _ = writeln!(
            report,
            "{}: {}",
            style.error("caused by"),
            headline(shown(vm, cause), error.map_or("", |data| &data.kind))
        );
        error.into_iter().for_each(|data| trace(report, &data.stack, style));
        next = error.and_then(|data| data.cause);
    }
}

impl Vm {
    /// Prints the report of an error that nothing caught to the error stream.
    pub fn report_uncaught(&mut self, fault: &Fault) {
        let report = uncaught(self, fault, self.output.colours_errors());
        self.output.write_error(report.as_bytes());
    }
}
