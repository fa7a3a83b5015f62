//! What fibers do and wait for, as Chrome's trace events: a line for each fiber. It is written as it comes.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

/// The event loop's line.
const LOOP: u64 = 0;

/// A fiber's line.
struct Line {
    number: u64,
    name: String,
    /// Since when it runs.
    runs: Option<Instant>,
    /// Since when it waits, and for what.
    waits: Option<(Instant, String)>,
}

/// A trace that is being written.
pub(super) struct Timeline {
    out: BufWriter<File>,
    start: Instant,
    lines: HashMap<u32, Line>,
    /// Numbers of fibers are used again, those of lines are not.
    last: u64,
    looks: Option<Instant>,
    failure: Option<io::Error>,
}

impl Timeline {
    pub fn new(file: File) -> Self {
        let mut timeline = Self {
            out: BufWriter::with_capacity(1 << 16, file),
            start: Instant::now(),
            lines: HashMap::new(),
            last: LOOP,
            looks: None,
            failure: None,
        };
        timeline.write("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n");
        timeline.write(&named("process_name", LOOP, "sentra").to_string());
        timeline.event(&named("thread_name", LOOP, "event loop"));
        timeline
    }

    /// A fiber begins to run.
    pub fn resumed(&mut self, id: u32, name: impl FnOnce() -> String) {
        let now = Instant::now();
        if !self.lines.contains_key(&id) {
            self.last += 1;
            let line = Line { number: self.last, name: name(), runs: None, waits: None };
            self.event(&named("thread_name", line.number, &format!("{}: {}", line.number, line.name)));
            self.lines.insert(id, line);
        }
        let Some(line) = self.lines.get_mut(&id) else { return };
        line.runs = Some(now);
        let (number, waits) = (line.number, line.waits.take());
        if let Some((since, what)) = waits {
            self.span(&format!("wait {what}"), "wait", number, since, now);
        }
    }

    /// It stops; it waits for something, or has ended.
    pub fn suspended(&mut self, id: u32, wait: Option<&str>, ended: bool) {
        let now = Instant::now();
        let Some(line) = self.lines.get_mut(&id) else { return };
        let (number, name, runs) = (line.number, line.name.clone(), line.runs.take());
        line.waits = wait.map(|what| (now, what.to_owned()));
        if ended {
            self.lines.remove(&id);
        }
        if let Some(since) = runs {
            self.span(&name, "run", number, since, now);
        }
    }

    /// A builtin that reaches outside was called.
    pub fn call(&mut self, id: u32, name: &str, since: Instant) {
        if let Some(number) = self.lines.get(&id).map(|line| line.number) {
            self.span(name, "io", number, since, Instant::now());
        }
    }

    pub fn look_begins(&mut self) {
        self.looks = Some(Instant::now());
    }

    pub fn look_ends(&mut self) {
        if let Some(since) = self.looks.take() {
            self.span("events", "loop", LOOP, since, Instant::now());
        }
    }

    /// Closes what is open, and the file.
    pub fn end(mut self) -> io::Result<()> {
        let now = Instant::now();
        for line in std::mem::take(&mut self.lines).into_values() {
            if let Some((since, what)) = line.waits {
                self.span(&format!("wait {what}"), "wait", line.number, since, now);
            }
        }
        self.write("\n]}\n");
        match self.failure {
            Some(failure) => Err(failure),
            None => self.out.flush(),
        }
    }

    fn span(&mut self, name: &str, category: &str, line: u64, from: Instant, to: Instant) {
        let microseconds = |time: Duration| time.as_nanos() as f64 / 1e3;
        self.event(&json!({
            "name": name,
            "cat": category,
            "ph": "X",
            "pid": 1,
            "tid": line,
            "ts": microseconds(from.saturating_duration_since(self.start)),
            "dur": microseconds(to.saturating_duration_since(from)),
        }));
    }

    fn event(&mut self, event: &Json) {
        self.write(",\n");
        self.write(&event.to_string());
    }

    fn write(&mut self, text: &str) {
        if self.failure.is_none() {
            self.failure = self.out.write_all(text.as_bytes()).err();
        }
    }
}

fn named(kind: &str, line: u64, name: &str) -> Json {
    json!({ "name": kind, "ph": "M", "pid": 1, "tid": line, "args": { "name": name } })
}
