//! The conversation: messages in their order, cancelled requests left out, and what is wrong with the documents
//! said whenever nobody waits for an answer.

mod begin;

use std::collections::VecDeque;
use std::io::{BufReader, Read, Write};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use lsp_server::{ErrorCode, Notification, Request, RequestId};
use lsp_types::{CancelParams, NumberOrString};
use sentra_compiler::compile::with_stack;
use serde_json::{Value, json};

use crate::diagnostics;
use crate::documents::Documents;
use crate::requests::{self, Refusal};
use crate::transport::{self, Incoming};

/// How many messages may wait for their turn, and as many to be looked at; the client's pipe holds the others.
const MOST_WAITING: usize = 1024;

/// How far the conversation has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    New,
    Running,
    ShutDown,
}

struct Server<W> {
    output: W,
    stage: Stage,
    documents: Documents,
}

/// Serves one client until it leaves; the status to exit with.
pub fn serve(input: impl Read + Send + 'static, output: impl Write + Send) -> u8 {
    let (sender, messages) = sync_channel(MOST_WAITING);
    thread::spawn(move || {
        let mut input = BufReader::new(input);
        while let Ok(Some(message)) = transport::read(&mut input) {
            if sender.send(message).is_err() {
                break;
            }
        }
    });
    // Deeply nested sources need much stack.
    with_stack(move || Server { output, stage: Stage::New, documents: Documents::default() }.run(&messages))
}

impl<W: Write> Server<W> {
    fn run(&mut self, messages: &Receiver<Incoming>) -> u8 {
        let mut waiting = VecDeque::new();
        loop {
            while waiting.len() < MOST_WAITING
                && let Ok(message) = messages.try_recv()
            {
                self.take(message, &mut waiting);
            }
            let next = match waiting.pop_front() {
                Some(next) => next,
                None if self.check_one() => continue,
                None => match messages.recv() {
                    Ok(next) => next,
                    Err(_) => return self.status(),
                },
            };
            if let Incoming::Notification(note) = &next
                && note.method == "exit"
            {
                return self.status();
            }
            self.message(next);
        }
    }

    fn status(&self) -> u8 {
        u8::from(self.stage != Stage::ShutDown)
    }

    /// Lets a message wait. One that cancels a request takes it out.
    fn take(&mut self, message: Incoming, waiting: &mut VecDeque<Incoming>) {
        let Some(id) = cancelled(&message) else { return waiting.push_back(message) };
        let is_it = |other: &Incoming| matches!(other, Incoming::Request(request) if request.id == id);
        if let Some(index) = waiting.iter().position(is_it) {
            waiting.remove(index);
            self.answer(&id, Err(Refusal::new(ErrorCode::RequestCanceled, "cancelled")));
        }
    }

    fn message(&mut self, message: Incoming) {
        match message {
            Incoming::Request(request) => self.request(request),
            Incoming::Notification(note) if self.stage == Stage::Running => self.notification(note),
            Incoming::Notification(_) | Incoming::Answer => {}
            Incoming::Refused(id, code, message) => {
                self.send(json!({"id": id, "error": {"code": code as i32, "message": message}}));
            }
        }
    }

    fn request(&mut self, Request { id, method, params }: Request) {
        let answer = match (method.as_str(), self.stage) {
            ("initialize", Stage::New) => {
                let begun = begin::initialize(&mut self.documents, params);
                self.stage = if begun.is_ok() { Stage::Running } else { Stage::New };
                begun
            }
            ("initialize", _) => Err(Refusal::new(ErrorCode::InvalidRequest, "the server is initialized already")),
            (_, Stage::New) => Err(Refusal::new(ErrorCode::ServerNotInitialized, "`initialize` comes first")),
            (_, Stage::ShutDown) => Err(Refusal::new(ErrorCode::InvalidRequest, "the server has been shut down")),
            ("shutdown", _) => {
                self.stage = Stage::ShutDown;
                Ok(Value::Null)
            }
            (method, Stage::Running) => requests::answer(&mut self.documents, method, params),
        };
        self.answer(&id, answer);
    }

    fn notification(&mut self, note: Notification) {
        match requests::notice(&mut self.documents, &note.method, note.params) {
            Ok(()) => {}
            Err(refusal) => {
                let message = format!("{}: {}", note.method, refusal.message);
                self.send(json!({"method": "window/logMessage", "params": {"type": 1, "message": message}}));
            }
        }
        for uri in std::mem::take(&mut self.documents.closed) {
            let params = json!({"uri": uri, "diagnostics": []});
            self.send(json!({"method": "textDocument/publishDiagnostics", "params": params}));
        }
    }

    /// Checks a document that has changed; whether there was one.
    fn check_one(&mut self) -> bool {
        let Some(report) = diagnostics::next(&mut self.documents) else { return false };
        self.send(json!({"method": "textDocument/publishDiagnostics", "params": report}));
        true
    }

    fn answer(&mut self, id: &RequestId, answer: Result<Value, Refusal>) {
        self.send(match answer {
            Ok(result) => json!({"id": id, "result": result}),
            Err(refusal) => json!({"id": id, "error": {"code": refusal.code as i32, "message": refusal.message}}),
        });
    }

    fn send(&mut self, message: Value) {
        // A client that is gone is noticed by the end of the input.
        let _ = transport::write(&mut self.output, message);
    }
}

/// The request that a message cancels.
fn cancelled(message: &Incoming) -> Option<RequestId> {
    let Incoming::Notification(note) = message else { return None };
    if note.method != "$/cancelRequest" {
        return None;
    }
    match serde_json::from_value::<CancelParams>(note.params.clone()).ok()?.id {
        NumberOrString::Number(number) => Some(number.into()),
        NumberOrString::String(text) => Some(text.into()),
    }
}
