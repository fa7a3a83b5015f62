//! The server against what editors send while people type, and against what no editor should send.
//! `SENTRA_PREFIXES=1` takes every prefix of the examples and asks everything there, which takes minutes.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use sentra_lsp::server::serve;
use serde_json::{Value, json};

/// How long a document may take to be checked.
const LIMIT: Duration = Duration::from_secs(60);

/// What the server has written.
#[derive(Clone, Default)]
struct Output(Arc<(Mutex<Written>, Condvar)>);

#[derive(Default)]
struct Written {
    bytes: Vec<u8>,
    /// How often it said what is wrong with a document.
    reports: usize,
}

impl Output {
    fn text(&self) -> String {
        String::from_utf8(self.0.0.lock().expect("nobody panicked").bytes.clone()).expect("messages are text")
    }

    fn wait_for_reports(&self, count: usize) {
        let (written, changed) = &*self.0;
        let written = written.lock().expect("nobody panicked");
        let waited = changed.wait_timeout_while(written, LIMIT, |written| written.reports < count);
        assert!(!waited.expect("nobody panicked").1.timed_out(), "a document is not checked");
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.0.lock().expect("nobody panicked");
        written.bytes.extend_from_slice(bytes);
        let report = b"textDocument/publishDiagnostics";
        written.reports += usize::from(bytes.windows(report.len()).any(|window| window == report));
        self.0.1.notify_all();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a client writes.
#[derive(Default)]
struct Input {
    bytes: Vec<u8>,
    requests: i32,
    /// Up to where it writes before it waits until the server has said once more what is wrong.
    pauses: Vec<usize>,
}

/// Somebody who reads what is wrong before going on.
struct Patient {
    input: Input,
    output: Output,
    at: usize,
    reports: usize,
}

impl Read for Patient {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.input.pauses.get(self.reports) == Some(&self.at) {
            self.reports += 1;
            self.output.wait_for_reports(self.reports);
        }
        let end = self.input.pauses.get(self.reports).copied().unwrap_or(self.input.bytes.len());
        let len = buffer.len().min(end - self.at);
        buffer[..len].copy_from_slice(&self.input.bytes[self.at..self.at + len]);
        self.at += len;
        Ok(len)
    }
}

impl Input {
    /// A conversation that has begun.
    fn begun() -> Self {
        let mut input = Self::default();
        input.ask("initialize", json!({"capabilities": {}, "processId": null, "rootUri": null}));
        input.tell("initialized", json!({}));
        input
    }

    fn raw(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn message(&mut self, message: &Value) {
        let text = message.to_string();
        self.raw(&format!("Content-Length: {}\r\n\r\n{text}", text.len()));
    }

    fn ask(&mut self, method: &str, params: Value) -> i32 {
        self.requests += 1;
        self.message(&json!({"jsonrpc": "2.0", "id": self.requests, "method": method, "params": params}));
        self.requests
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.message(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    fn open(&mut self, uri: &str, text: &str) {
        let document = json!({"uri": uri, "languageId": "sentra", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    fn change(&mut self, uri: &str, version: usize, changes: Value) {
        let document = json!({"uri": uri, "version": version});
        self.tell("textDocument/didChange", json!({"textDocument": document, "contentChanges": changes}));
    }

    /// Ends the conversation and gives what the server answered to it.
    fn answers(mut self) -> Vec<Value> {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
        self.served(0)
    }

    /// Waits here until a document that was changed has been checked.
    fn pause(&mut self) {
        self.pauses.push(self.bytes.len());
    }

    fn served(self, status: u8) -> Vec<Value> {
        let output = Output::default();
        let client = Patient { input: self, output: output.clone(), at: 0, reports: 0 };
        assert_eq!(serve(client, output.clone()), status);
        messages(&output.text())
    }
}

fn messages(mut text: &str) -> Vec<Value> {
    let mut found = Vec::new();
    while let Some(rest) = text.strip_prefix("Content-Length: ") {
        let (length, rest) = rest.split_once("\r\n\r\n").expect("a header ends");
        let (body, next) = rest.split_at(length.parse().expect("a length is a number"));
        found.push(serde_json::from_str(body).expect("a message is JSON"));
        text = next;
    }
    assert_eq!(text, "");
    found
}

fn answer(messages: &[Value], id: i32) -> &Value {
    let mut answers = messages.iter().filter(|message| message["id"] == id && message.get("method").is_none());
    let first = answers.next().unwrap_or_else(|| panic!("request {id} is not answered"));
    assert!(answers.next().is_none(), "request {id} is answered twice");
    first
}

/// The answers by the number of their request, each of which has one.
fn answers_by_request(messages: &[Value]) -> HashMap<i64, &Value> {
    let mut answers = HashMap::new();
    for message in messages.iter().filter(|message| message.get("method").is_none()) {
        let id = message["id"].as_i64().expect("an answer has a number");
        assert!(answers.insert(id, message).is_none(), "request {id} is answered twice");
    }
    answers
}

/// The programs in a folder and those below it.
fn programs_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            programs_below(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "sn") {
            found.push(path);
        }
    }
}

fn programs(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let entries = std::fs::read_dir(&folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("an entry can be read").path());
    let mut programs: Vec<_> = paths.filter(|path| path.extension().is_some_and(|ending| ending == "sn")).collect();
    programs.sort();
    programs
}

/// Everything that an editor asks at a place.
fn ask_all(input: &mut Input, uri: &str, line: u32, character: u32) {
    let document = json!({"uri": uri});
    let position = json!({"line": line, "character": character});
    let range = json!({"start": {"line": 0, "character": 0}, "end": position});
    let place = json!({"textDocument": document, "position": position});
    for method in ["completion", "hover", "signatureHelp", "definition", "documentHighlight", "prepareRename"] {
        input.ask(&format!("textDocument/{method}"), place.clone());
    }
    for method in ["documentSymbol", "semanticTokens/full", "foldingRange"] {
        input.ask(&format!("textDocument/{method}"), json!({"textDocument": document}));
    }
    input.ask("textDocument/inlayHint", json!({"textDocument": document, "range": range}));
    let context = json!({"diagnostics": []});
    input.ask("textDocument/codeAction", json!({"textDocument": document, "range": range, "context": context}));
    let context = json!({"includeDeclaration": true});
    let place = |key: &str, value: Value| json!({"textDocument": document, "position": position, key: value});
    input.ask("textDocument/references", place("context", context));
    input.ask("textDocument/rename", place("newName", json!("other")));
}

/// A program as somebody types it, four characters at a time: every prefix is checked and completed, and at some places
/// everything is asked.
fn type_program(path: &Path) -> usize {
    let text = std::fs::read_to_string(path).expect("the example can be read");
    let uri = format!("file://{}", path.canonicalize().expect("it is there").display());
    let mut input = Input::begun();
    input.open(&uri, "");
    input.pause();
    let all = std::env::var_os("SENTRA_PREFIXES").is_some();
    let typed = if all { 1 } else { 4 };
    // Seldom enough for a test, at other places in each file, and always in the middle of something.
    let step = if all { 1 } else { text.len() / 11 / typed + 1 };
    let ends = (0..=text.len()).rev().step_by(typed).filter(|end| text.is_char_boundary(*end));
    let ends: Vec<usize> = ends.collect();
    for (index, end) in ends.iter().rev().enumerate() {
        let prefix = &text[..*end];
        input.change(&uri, index + 2, json!([{"text": prefix}]));
        let last = prefix.rsplit('\n').next().unwrap_or_default();
        let (line, character) = (prefix.matches('\n').count() as u32, last.encode_utf16().count() as u32);
        if (ends.len() - 1 - index).is_multiple_of(step) {
            ask_all(&mut input, &uri, line, character);
        } else {
            let position = json!({"line": line, "character": character});
            input.ask("textDocument/completion", json!({"textDocument": {"uri": uri}, "position": position}));
        }
        input.pause();
    }
    let requests = input.requests;
    let messages = input.answers();
    let answers = answers_by_request(&messages);
    for id in 1..=requests {
        let error = &answers[&i64::from(id)]["error"];
        // A place that cannot be renamed is refused, and nothing else.
        assert!(error.is_null() || error["code"] == -32803, "{}: {error}", path.display());
    }
    ends.len()
}

#[test]
fn prefixes_of_the_examples_are_answered() {
    let mut paths = Vec::new();
    programs_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples"), &mut paths);
    let next = AtomicUsize::new(0);
    let count = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    count.fetch_add(type_program(path), Ordering::Relaxed);
                }
            });
        }
    });
    let count = count.into_inner();
    assert!(count > 10_000, "{count} prefixes");
}

#[test]
fn examples_have_symbols_and_no_errors() {
    let mut input = Input::begun();
    let mut asked = Vec::new();
    for path in programs("examples") {
        let uri = format!("file://{}", path.canonicalize().expect("it is there").display());
        input.open(&uri, &std::fs::read_to_string(&path).expect("the example can be read"));
        asked.push((uri.clone(), input.ask("textDocument/documentSymbol", json!({"textDocument": {"uri": uri}}))));
    }
    // Nothing more is sent: what is wrong is said before the server waits, so the end has to be waited for.
    let last = asked.last().expect("there are examples").0.clone();
    input.ask("textDocument/foldingRange", json!({"textDocument": {"uri": last}}));
    let found = input.served(1);
    for (uri, id) in asked {
        assert!(answer(&found, id)["result"].is_array(), "{uri}");
        let reports = found.iter().filter(|message| message["params"]["uri"] == uri.as_str());
        let reports: Vec<&Value> = reports.collect();
        assert!(!reports.is_empty(), "{uri} is not checked");
        let errors =
            reports.into_iter().flat_map(|report| report["params"]["diagnostics"].as_array().into_iter().flatten());
        let errors: Vec<&Value> = errors.filter(|diagnostic| diagnostic["severity"] == 1).collect();
        assert!(errors.is_empty(), "{uri}: {errors:?}");
    }
}

#[test]
fn what_is_no_message_is_refused_and_the_next_one_read() {
    let mut input = Input::begun();
    let garbage = [
        "Content-Length: 5\r\n\r\nhello",
        "Content-Length: 2\r\n\r\n[]",
        "Content-Length: 1\r\n\r\n1",
        "Content-Length: many\r\n\r\n",
        "nothing of the kind\r\n\r\n",
        "Content-Length: 17\r\n\r\n{\"id\":1,\"foo\":[]}",
    ];
    garbage.iter().for_each(|text| input.raw(text));
    input.message(&json!({"jsonrpc": "2.0", "id": {"a": 1}, "method": "textDocument/hover"}));
    input.message(&json!({"jsonrpc": "2.0", "id": 5_000_000_000_u64, "method": "textDocument/hover"}));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    input.raw(&format!("Content-Length: {}\r\n\r\n{deep}", deep.len()));
    let long = "x".repeat((64 << 20) + 1);
    input.raw(&format!("Content-Length: {}\r\n\r\n{long}", long.len()));
    input.raw(&format!("Content-Type: {}\r\n", "x".repeat(10_000)));
    input.tell("textDocument/didOpen", json!({"textDocument": "nothing"}));
    input.tell("textDocument/didChange", json!(null));
    input.tell("$/whatever", json!([1, 2, 3]));
    let unknown = input.ask("textDocument/nothing", json!({}));
    let wrong = input.ask("textDocument/hover", json!({"position": "here"}));
    let hover = input.ask(
        "textDocument/hover",
        json!({"textDocument": {"uri": "file:///a b"}, "position": {"line": 0, "character": 0}}),
    );
    let found = input.answers();
    let refused = found.iter().filter(|message| message["id"].is_null() && message.get("error").is_some()).count();
    assert!(refused >= 7, "{found:?}");
    assert_eq!(answer(&found, unknown)["error"]["code"], -32601);
    assert_eq!(answer(&found, wrong)["error"]["code"], -32602);
    assert_eq!(answer(&found, hover)["error"]["code"], -32602);
    assert_eq!(found.iter().filter(|message| message["method"] == "window/logMessage").count(), 2);
}

#[test]
fn the_order_of_a_conversation_is_kept() {
    let mut input = Input::default();
    let early = input.ask("textDocument/hover", json!({}));
    let wrong = input.ask("initialize", json!({"capabilities": 1}));
    let first =
        input.ask("initialize", json!({"capabilities": {"general": {"positionEncodings": ["utf-8", "utf-16"]}}}));
    let again = input.ask("initialize", json!({"capabilities": {}}));
    let stop = input.ask("shutdown", Value::Null);
    let late = input.ask("textDocument/hover", json!({}));
    input.tell("exit", Value::Null);
    let found = input.served(0);
    assert_eq!(answer(&found, early)["error"]["code"], -32002);
    assert_eq!(answer(&found, wrong)["error"]["code"], -32602);
    assert_eq!(answer(&found, first)["result"]["capabilities"]["positionEncoding"], "utf-8");
    assert_eq!(answer(&found, again)["error"]["code"], -32600);
    assert!(answer(&found, stop)["result"].is_null());
    assert_eq!(answer(&found, late)["error"]["code"], -32600);
    // A client that is gone without a word is an end, too.
    assert_eq!(Input::begun().served(1).len(), 1);
}

#[test]
fn changes_are_taken_in_their_order_and_within_bounds() {
    let uri = "untitled:one";
    let mut input = Input::begun();
    input.open(uri, "let 𝄞 = 1\n");
    let place = |line: u32, from: u32, to: u32| json!({"start": {"line": line, "character": from}, "end": {"line": line, "character": to}});
    // The sign counts two; a range may lie behind the end, or be the wrong way round.
    input.change(
        uri,
        2,
        json!([{"range": place(0, 4, 6), "text": "a"}, {"range": place(9, 9, 99), "text": "log(a)\n"}]),
    );
    input.change(uri, 3, json!([{"range": place(0, 8, 9), "text": "2"}, {"range": place(1, 5, 4), "text": ""}]));
    input.change(uri, 3, json!([{"text": "never"}]));
    let format = input.ask(
        "textDocument/formatting",
        json!({"textDocument": {"uri": uri}, "options": {"tabSize": 4, "insertSpaces": true}}),
    );
    let uses = json!({"textDocument": {"uri": uri}, "position": {"line": 0, "character": 4}, "context": {"includeDeclaration": true}});
    let uses = input.ask("textDocument/references", uses);
    let found = input.answers();
    assert_eq!(answer(&found, format)["result"], json!([]));
    assert_eq!(answer(&found, uses)["result"].as_array().map(Vec::len), Some(2));
}

/// Deep nesting, long lines, many names: answered, however long it takes.
#[test]
fn hostile_documents_are_answered() {
    let deep = format!("{}1{}", "(".repeat(3_000), ")".repeat(3_000));
    let nested = "fn f() { ".repeat(500);
    let chain = format!("let a = {{}}\nlog(a{})", ".b".repeat(1_500));
    let many: String = (0..2_000).map(|index| format!("let x{index} = x{}\n", index / 2)).collect();
    let same = "let x = 1\n".repeat(2_000);
    let broken = "fn (|{ let \"".repeat(500);
    for text in [deep, nested, chain, many, same, broken, "\u{feff}\r\r\n\0".to_owned(), "f\"{".repeat(300)] {
        let mut input = Input::begun();
        input.open("untitled:hostile", &text);
        ask_all(&mut input, "untitled:hostile", 0, 8);
        let requests = input.requests;
        let found = input.answers();
        (1..=requests).for_each(|id| _ = answer(&found, id));
    }
}

#[test]
fn packages_are_found_by_their_names() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
    for (name, text) in [
        ("tools/sentra.toml", "[package]\nname = \"tools\"\nversion = \"1.0.0\"\n"),
        ("tools/main.sn", "export fn twice(n) { return n * 2 }\n"),
        (
            "app/sentra.toml",
            "[package]\nname = \"app\"\nversion = \"1.0.0\"\n[dependencies]\ntools = { path = \"../tools\" }\n",
        ),
    ] {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
        std::fs::write(path, text).expect("it can be written");
    }
    let place = |name: &str| format!("file://{}", folder.join(name).display());
    let uri = place("app/main.sn");
    let mut input = Input::begun();
    input.open(&uri, "import tools\nimport { twice } from \"tools\"\nlog(tools.twice(4), twice(1))\n");
    let asked: Vec<i32> = [(0, 9), (1, 26), (2, 12), (2, 22)]
        .into_iter()
        .map(|(line, character)| {
            let position = json!({"line": line, "character": character});
            input.ask("textDocument/definition", json!({"textDocument": {"uri": uri}, "position": position}))
        })
        .collect();
    let messages = input.answers();
    for id in asked {
        assert_eq!(answer(&messages, id)["result"]["uri"], json!(place("tools/main.sn")), "{messages:?}");
    }
    let reports: Vec<&Value> =
        messages.iter().filter(|message| message["method"] == "textDocument/publishDiagnostics").collect();
    assert!(reports.iter().all(|report| report["params"]["diagnostics"] == json!([])), "{reports:?}");
}
