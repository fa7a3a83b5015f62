//! What people read: a line a test, then the failures at length, then the figures.

use std::fmt::Write;
use std::time::Duration;

use super::launch::Outcome;
use super::summary::Summary;
use super::verdict::Status;
use super::{Reporter, Test};
use crate::output::{Output, colour_wanted};

const RED: &str = "1;31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const FAINT: &str = "2";
/// Goes back to the start of a terminal's line and clears it.
const CLEAR: &str = "\r\x1b[K";

/// Writes lines; on a terminal a last one shows how far it is.
pub(super) struct Lines {
    terminal: bool,
    colour: bool,
    count: usize,
    failures: String,
}

impl Lines {
    pub fn new(terminal: bool, count: usize) -> Self {
        Self { terminal, colour: colour_wanted(terminal), count, failures: String::new() }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }

    fn write(&self, output: &mut Output, text: &str) {
        if self.terminal {
            output.write(CLEAR.as_bytes());
        }
        output.write(text.as_bytes());
        output.flush();
    }
}

impl Reporter for Lines {
    fn progress(&mut self, output: &mut Output, ended: usize, failed: usize, test: &Test) {
        if !self.terminal || ended == self.count {
            return;
        }
        let failed = if failed > 0 { self.paint(RED, &format!(", {failed} failed")) } else { String::new() };
        // Longer lines would wrap and could not be cleared.
        let name: String = test.name.chars().take(40).collect();
        self.write(output, &format!("{ended}/{}{failed} {}", self.count, self.paint(FAINT, &name)));
    }

    fn broken(&mut self, output: &mut Output, file: &str, report: &str) {
        let text = format!("{} {file}: does not compile\n{}\n", self.paint(RED, "FAIL"), report.trim_end());
        self.write(output, &text);
    }

    fn test(&mut self, output: &mut Output, test: &Test, outcome: &Outcome) {
        let verdict = &outcome.verdict;
        let word = match verdict.status {
            Status::Passed => self.paint(GREEN, "ok  "),
            Status::Failed => self.paint(RED, "FAIL"),
            Status::Skipped => self.paint(YELLOW, "skip"),
        };
        let took = self.paint(FAINT, &format!("({})", shown(verdict.elapsed)));
        let why = if verdict.status == Status::Skipped { format!(": {}", verdict.message) } else { String::new() };
        self.write(output, &format!("{word} {} {took}{why}\n", test.id()));
        if verdict.status == Status::Failed {
            let title = self.paint(RED, &format!("FAIL {}", test.id()));
            let _ = write!(self.failures, "\n{title}\n{}", verdict.report);
            self.failures.push_str(&quoted(&outcome.output));
        }
    }

    fn end(&mut self, output: &mut Output, summary: &Summary) {
        let mut text = std::mem::take(&mut self.failures);
        text.insert_str(0, if text.is_empty() { "" } else { "\nfailures:\n" });
        let Summary { passed, failed, skipped, left, broken, .. } = *summary;
        let mut parts = vec![format!("{passed} passed")];
        let more = [(failed, "failed"), (skipped, "skipped"), (left, "not run"), (broken, "not compiled")];
        parts.extend(more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
        let line = format!("{} in {}", parts.join(", "), shown(summary.elapsed));
        let stopped = if summary.signal.is_some() { "stopped by a signal: " } else { "" };
        let good = failed + broken + left == 0;
        let _ = writeln!(text, "\n{}", self.paint(if good { GREEN } else { RED }, &format!("{stopped}{line}")));
        self.write(output, &text);
    }
}

/// What the test wrote, with a mark before each line.
fn quoted(output: &[u8]) -> String {
    if output.is_empty() {
        return String::new();
    }
    let text = String::from_utf8_lossy(output);
    let lines: String = text.lines().map(|line| format!("  | {line}\n")).collect();
    format!("output:\n{lines}")
}

/// A duration as people read it.
fn shown(elapsed: Duration) -> String {
    match elapsed.as_secs_f64() {
        seconds if seconds >= 1.0 => format!("{seconds:.2} s"),
        seconds => format!("{:.0} ms", seconds * 1e3),
    }
}
