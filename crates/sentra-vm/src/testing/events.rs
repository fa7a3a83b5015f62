//! What programs read: one JSON object a line, as soon as it is known.

use std::fmt::Write;

use super::launch::Outcome;
use super::summary::Summary;
use super::verdict::Status;
use super::{Reporter, Test};
use crate::output::Output;

/// Writes `{"event":"test"|"broken"|"summary", …}` lines.
pub(super) struct Events;

impl Reporter for Events {
    fn broken(&mut self, output: &mut Output, file: &str, report: &str) {
        Object::new("broken").text("file", file).text("report", report).write(output);
    }

    fn test(&mut self, output: &mut Output, test: &Test, outcome: &Outcome) {
        let verdict = &outcome.verdict;
        let mut object = Object::new("test").text("file", &test.file).text("name", &test.name);
        object = object.text("status", verdict.status.word());
        object = object.figure("duration_ms", verdict.elapsed.as_secs_f64() * 1e3);
        if verdict.status != Status::Passed {
            object = object.text("kind", &verdict.kind).text("message", &verdict.message);
        }
        if verdict.status == Status::Failed {
            object = object.text("report", &verdict.report);
        }
        object.text("output", &String::from_utf8_lossy(&outcome.output)).write(output);
    }

    fn end(&mut self, output: &mut Output, summary: &Summary) {
        let mut object = Object::new("summary");
        let Summary { passed, failed, skipped, left, broken, .. } = *summary;
        for (name, count) in
            [("passed", passed), ("failed", failed), ("skipped", skipped), ("not_run", left), ("not_compiled", broken)]
        {
            object = object.figure(name, count as f64);
        }
        object.figure("duration_ms", summary.elapsed.as_secs_f64() * 1e3).write(output);
    }
}

/// An object that is being written.
struct Object(String);

impl Object {
    fn new(event: &str) -> Self {
        Self("{".to_string()).text("event", event)
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        let _ = write!(self.0, "\"{name}\":");
    }

    fn text(mut self, name: &str, text: &str) -> Self {
        self.name(name);
        self.0.push('"');
        for c in text.chars() {
            match c {
                '"' | '\\' => self.0.extend(['\\', c]),
                '\n' => self.0.push_str("\\n"),
                c if c < ' ' => drop(write!(self.0, "\\u{:04x}", u32::from(c))),
                c => self.0.push(c),
            }
        }
        self.0.push('"');
        self
    }

    /// A number with at most three decimals.
    fn figure(mut self, name: &str, number: f64) -> Self {
        self.name(name);
        let _ = write!(self.0, "{}", (number * 1e3).round() / 1e3);
        self
    }

    fn write(self, output: &mut Output) {
        output.write(self.0.as_bytes());
        output.write(b"}\n");
        output.flush();
    }
}
