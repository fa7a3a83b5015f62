//! Debugging by an editor: the Debug Adapter Protocol over standard input and output.
//!
//! A thread reads requests; everything else happens on the program's thread, between two runs of its fibers or
//! while it stands still. The program gets an empty standard input, and what it writes becomes events.

mod breakpoints;
mod inspect;
mod message;
mod sources;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, OnceLock};

use serde_json::{Value as Json, json};

use crate::debug::preview::Scope;
use crate::debug::{Controller, Filters, Kind, Reason, Resume, Stop, Wish};
use crate::output::Output;
use crate::scheduler::Ended;
use crate::value::Value;
use crate::vm::Vm;
use message::{Incoming, Request, Writer};

/// The status of a program whose client has left.
const LEFT: i32 = 1;

/// A program that is ready to run, as `launch` wants it.
pub(crate) struct Launched {
    pub vm: Vm,
    pub main: Value,
}

/// Makes a program ready: its file and the arguments that it gets.
pub(crate) type Launch<'l> = &'l dyn Fn(&OsString, Vec<String>) -> Result<Launched, String>;

/// What a reference that the client was given leads to.
#[derive(Clone, Copy)]
enum Handle {
    Scope {
        fiber: u32,
        frame: usize,
        scope: Scope,
    },
    /// By index in what the debugger keeps.
    Value(usize),
}

/// A conversation with a client.
struct Session {
    inbox: Receiver<Incoming>,
    writer: Writer,
    /// Lines and columns as the client counts them.
    first_line: i64,
    first_column: i64,
    /// Breakpoints that were set before there was a program, by path.
    early: HashMap<String, Vec<Json>>,
    filters: Filters,
    /// References of the present stop.
    handles: Vec<Handle>,
    frames: Vec<(u32, usize)>,
    stopped: Option<Stop>,
    /// The client has left.
    gone: bool,
}

/// Talks to the client on standard input and output; the status to exit with.
pub(crate) fn run(program: Option<&OsString>, launch: Launch<'_>) -> Result<i32, String> {
    let (input, output) = take_streams().map_err(|error| format!("error: the debugger cannot start: {error}"))?;
    let caller = Arc::new(OnceLock::new());
    let (sender, inbox) = channel();
    message::read_on_thread(input, sender, Arc::clone(&caller));
    let mut session = Session::new(inbox, Writer::new(output));
    let Some((mut launched, entry)) = session.prepare(program, launch) else { return Ok(0) };
    let vm = &mut launched.vm;
    let writer = session.writer.clone();
    let _ = caller.set(Box::new(vm.caller()) as message::Caller);
    vm.debugger.get_or_insert_default().control(Box::new(session));
    let ended = match vm.spawn(launched.main, &[]) {
        Ok(task) => {
            if let Some(fiber) = crate::task::fiber_of(task).filter(|_| entry) {
                vm.stop_on_entry(fiber);
            }
            vm.run(task, true)
        }
        Err(fault) => Ended::Faulted(fault),
    };
    let status = vm.status_of(ended);
    vm.output.flush();
    writer.event("exited", json!({ "exitCode": status }));
    writer.event("terminated", json!({}));
    vm.dismiss_controller();
    Ok(status)
}

/// The streams of the conversation; the program and what it starts get others.
fn take_streams() -> io::Result<(File, File)> {
    let input = File::from(nix::unistd::dup(io::stdin())?);
    let output = File::from(nix::unistd::dup(io::stdout())?);
    nix::unistd::dup2_stdin(File::open("/dev/null")?)?;
    nix::unistd::dup2_stdout(io::stderr())?;
    Ok((input, output))
}

impl Session {
    fn new(inbox: Receiver<Incoming>, writer: Writer) -> Self {
        Self {
            inbox,
            writer,
            first_line: 1,
            first_column: 1,
            early: HashMap::new(),
            filters: Filters { caught: false, uncaught: true },
            handles: Vec::new(),
            frames: Vec::new(),
            stopped: None,
            gone: false,
        }
    }

    /// Talks until the program may start; whether it is to stop at once. Nothing if the client leaves before.
    fn prepare(&mut self, program: Option<&OsString>, launch: Launch<'_>) -> Option<(Launched, bool)> {
        let mut ready: Option<(Launched, bool)> = None;
        loop {
            let request = match self.inbox.recv() {
                Ok(Incoming::Request(request)) => request,
                Ok(Incoming::Wrong(what)) => {
                    self.complain(&what);
                    continue;
                }
                Ok(Incoming::End) | Err(_) => return None,
            };
            let outcome = match &*request.command {
                "initialize" => Ok(self.initialize(&request.arguments)),
                "launch" if ready.is_some() => Err("the program is launched already".into()),
                "launch" => self.launch(program, launch, &request.arguments).map(|launched| {
                    ready = Some(launched);
                    Json::Null
                }),
                "attach" => Err("the program has to be launched by this adapter".into()),
                "configurationDone" if ready.is_some() => {
                    self.writer.respond(&request, Ok(Json::Null));
                    return ready;
                }
                "setBreakpoints" if ready.is_none() => Ok(self.remember_breakpoints(&request.arguments)),
                "disconnect" | "terminate" => {
                    self.writer.respond(&request, Ok(Json::Null));
                    return None;
                }
                _ => match &mut ready {
                    Some((launched, _)) => self.configure(&mut launched.vm, &request),
                    None if request.command == "setExceptionBreakpoints" => {
                        Ok(self.set_filters(None, &request.arguments))
                    }
                    None if request.command == "threads" => Ok(json!({ "threads": [] })),
                    None => Err(format!("`{}` needs a program", request.command)),
                },
            };
            let launched = request.command == "launch" && outcome.is_ok();
            self.writer.respond(&request, outcome);
            if launched {
                // From now on breakpoints can be verified.
                self.writer.event("initialized", json!({}));
            }
        }
    }

    fn initialize(&mut self, arguments: &Json) -> Json {
        self.first_line = i64::from(arguments["linesStartAt1"].as_bool().unwrap_or(true));
        self.first_column = i64::from(arguments["columnsStartAt1"].as_bool().unwrap_or(true));
        let filter =
            |name: &str, label: &str, default: bool| json!({ "filter": name, "label": label, "default": default });
        json!({
            "supportsConfigurationDoneRequest": true,
            "supportsConditionalBreakpoints": true,
            "supportsHitConditionalBreakpoints": true,
            "supportsLogPoints": true,
            "supportsFunctionBreakpoints": true,
            "supportsEvaluateForHovers": true,
            "supportsSetVariable": true,
            "supportsExceptionInfoRequest": true,
            "supportsTerminateRequest": true,
            "supportTerminateDebuggee": true,
            "supportsLoadedSourcesRequest": true,
            "supportsBreakpointLocationsRequest": true,
            "exceptionBreakpointFilters": [
                filter("caught", "Errors that are caught", false),
                filter("uncaught", "Errors that nothing catches", true),
            ],
        })
    }

    fn launch(
        &mut self,
        program: Option<&OsString>,
        launch: Launch<'_>,
        arguments: &Json,
    ) -> Result<(Launched, bool), String> {
        let named = arguments["program"].as_str().map(OsString::from);
        let Some(file) = named.as_ref().or(program) else { return Err("`program` names the file to run".into()) };
        if let Some(folder) = arguments["cwd"].as_str() {
            std::env::set_current_dir(folder).map_err(|error| format!("{folder}: {error}"))?;
        }
        let given = arguments["args"].as_array().into_iter().flatten();
        let given =
            given.map(|argument| argument.as_str().map_or_else(|| argument.to_string(), str::to_owned)).collect();
        let mut launched = launch(file, given)?;
        let (out, error) = (self.writer.output("stdout"), self.writer.output("stderr"));
        launched.vm.output = Output::to(Box::new(out), Box::new(error)).by_line(false);
        // Its controller comes when it runs; until then it keeps breakpoints.
        launched.vm.debugger = Some(Box::default());
        self.apply_early(&mut launched.vm);
        Ok((launched, arguments["stopOnEntry"].as_bool().unwrap_or(false)))
    }

    /// What can be asked for before the program runs, while it runs, and while it stands still.
    fn configure(&mut self, vm: &mut Vm, request: &Request) -> Result<Json, String> {
        let arguments = &request.arguments;
        match &*request.command {
            "setBreakpoints" => self.set_breakpoints(vm, arguments),
            "setFunctionBreakpoints" => Ok(self.set_function_breakpoints(vm, arguments)),
            "setExceptionBreakpoints" => Ok(self.set_filters(Some(vm), arguments)),
            "breakpointLocations" => self.breakpoint_locations(vm, arguments),
            "threads" => Ok(self.threads(vm)),
            "loadedSources" => Ok(self.loaded_sources(vm)),
            "source" => self.source_text(vm, arguments),
            other => Err(match self.stopped {
                None => format!("`{other}` is unknown, or the program does not stand still"),
                Some(_) => format!("`{other}` is unknown"),
            }),
        }
    }

    /// A request while the program stands still, and how that goes on if the request says so.
    fn serve_stopped(&mut self, vm: &mut Vm, request: &Request) -> (Result<Json, String>, Option<Resume>) {
        let arguments = &request.arguments;
        let all = json!({ "allThreadsContinued": true });
        let answer = match &*request.command {
            "continue" => return (Ok(all), Some(Resume::Continue)),
            "next" => return self.step(vm, arguments, Kind::Over),
            "stepIn" => return self.step(vm, arguments, Kind::In),
            "stepOut" => return self.step(vm, arguments, Kind::Out),
            "terminate" => return (Ok(Json::Null), Some(Resume::Terminate)),
            "disconnect" => return (Ok(Json::Null), Some(Resume::Quit(LEFT))),
            "pause" => Ok(Json::Null),
            "stackTrace" => self.stack_trace(vm, arguments),
            "scopes" => self.scopes(vm, arguments),
            "variables" => self.variables(vm, arguments),
            "setVariable" => self.set_variable(vm, arguments),
            "evaluate" => self.evaluate(vm, arguments),
            "exceptionInfo" => self.exception_info(),
            _ => self.configure(vm, request),
        };
        (answer, None)
    }

    /// A step goes on where the program stopped: it is one fiber's.
    fn step(&mut self, vm: &mut Vm, arguments: &Json, kind: Kind) -> (Result<Json, String>, Option<Resume>) {
        let stopped = self.stopped.as_ref().map(|stop| stop.fiber);
        match self.fiber_of(vm, arguments) {
            Ok(fiber) if Some(fiber) == stopped => (Ok(Json::Null), Some(Resume::Step(kind))),
            Ok(_) => (Err("only the thread that has stopped can make a step".into()), None),
            Err(message) => (Err(message), None),
        }
    }

    fn complain(&self, what: &str) {
        self.writer.event("output", json!({ "category": "important", "output": format!("{what}\n") }));
    }

    fn announce(&self, stop: &Stop) {
        let (reason, text) = match &stop.reason {
            Reason::Entry => ("entry", None),
            Reason::Breakpoint(_) => ("breakpoint", None),
            Reason::Step => ("step", None),
            Reason::Pause => ("pause", None),
            Reason::Error { message, .. } => ("exception", Some(message)),
        };
        let mut body = json!({ "reason": reason, "threadId": stop.fiber + 1, "allThreadsStopped": true });
        if let Reason::Breakpoint(numbers) = &stop.reason {
            body["hitBreakpointIds"] = json!(numbers);
        }
        if let Some(text) = text {
            body["text"] = json!(text);
        }
        self.writer.event("stopped", body);
    }
}

impl Controller for Session {
    fn stopped(&mut self, vm: &mut Vm, stop: &Stop) -> Resume {
        if self.gone {
            return Resume::Quit(LEFT);
        }
        self.handles.clear();
        self.frames.clear();
        self.stopped = Some(stop.clone());
        self.announce(stop);
        let resume = loop {
            match self.inbox.recv() {
                Ok(Incoming::Request(request)) => {
                    let (answer, resume) = self.serve_stopped(vm, &request);
                    self.writer.respond(&request, answer);
                    if let Some(resume) = resume {
                        break resume;
                    }
                }
                Ok(Incoming::Wrong(what)) => self.complain(&what),
                Ok(Incoming::End) | Err(_) => break Resume::Quit(LEFT),
            }
        };
        self.gone |= matches!(resume, Resume::Quit(_));
        self.stopped = None;
        resume
    }

    fn attend(&mut self, vm: &mut Vm) -> Option<Wish> {
        while let Ok(incoming) = self.inbox.try_recv() {
            let request = match incoming {
                Incoming::Request(request) => request,
                Incoming::Wrong(what) => {
                    self.complain(&what);
                    continue;
                }
                Incoming::End => {
                    self.gone = true;
                    return Some(Wish::Quit(LEFT));
                }
            };
            let wish = match &*request.command {
                "pause" => Some(Wish::Pause),
                "terminate" => Some(Wish::Terminate),
                "disconnect" => Some(Wish::Quit(LEFT)),
                _ => None,
            };
            let answer = if wish.is_some() { Ok(Json::Null) } else { self.configure(vm, &request) };
            self.writer.respond(&request, answer);
            if wish.is_some() {
                self.gone |= matches!(wish, Some(Wish::Quit(_)));
                return wish;
            }
        }
        None
    }

    fn tell(&mut self, _: &mut Vm, text: &str) {
        self.writer.event("output", json!({ "category": "console", "output": text }));
    }

    /// The program has ended: the client says when the conversation does.
    fn dismissed(&mut self) {
        while !self.gone {
            match self.inbox.recv() {
                Ok(Incoming::Request(request)) => {
                    self.gone = matches!(&*request.command, "disconnect");
                    let answer = match &*request.command {
                        "disconnect" | "terminate" => Ok(Json::Null),
                        "threads" => Ok(json!({ "threads": [] })),
                        _ => Err("the program has ended".into()),
                    };
                    self.writer.respond(&request, answer);
                }
                Ok(Incoming::Wrong(what)) => self.complain(&what),
                Ok(Incoming::End) | Err(_) => self.gone = true,
            }
        }
    }
}
