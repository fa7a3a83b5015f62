//! Server-sent events as a script takes them: a stream that is opened again when it breaks off
//! (HTML standard, "9.2 Server-sent events").

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use sentra_netlib::wire::http::event_stream::{EventReader, ServerEvent};
use sentra_netlib::wire::http::media_type::essence;

use super::body::BodyReader;
use super::failure::Failure;
use super::request::{Request, Settings};
use super::stream::{is_body, of};
use super::transfer::Moved;
use super::{Dropped, Fetch, Leftover};
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::heap::object::Payload;
use crate::heap::{Heap, Marker};
use crate::stream::Next;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// How long to wait before the stream is opened again, unless it says otherwise.
const PAUSE: Duration = Duration::from_secs(3);
/// The shortest pause, whatever the stream says.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// The longest that this grows to while the server cannot be reached.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The longest that a stream may ask for.
const MOST_PAUSE: Duration = Duration::from_secs(3600);

/// A stream of events.
pub(crate) struct Events {
    source: RefCell<Option<Source>>,
    arrived: RefCell<Option<ServerEvent>>,
    count: Cell<usize>,
    ended: Cell<bool>,
    dropped: Dropped,
}

/// Where the events come from.
struct Source {
    builtin: &'static str,
    request: Request,
    settings: Rc<Settings>,
    reconnects: bool,
    reader: EventReader,
    /// What has come and was not read, from `read` on.
    input: Vec<u8>,
    read: usize,
    phase: Phase,
    pause: Duration,
}

enum Phase {
    Open(Box<BodyReader>),
    Pause(Instant),
    Opening(Box<Fetch>),
    Ended,
}

impl Payload for Events {
    fn type_name(&self) -> &'static str {
        "events"
    }

    fn trace(&self, _: &mut Marker) {}

    fn holds(&self) -> usize {
        super::SCRATCH
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        if let Some(Source { phase: Phase::Open(reader), .. }) = self.source.take() {
            self.dropped.borrow_mut().push(Leftover { reader: Some(*reader), saver: None });
        }
    }
}

/// The events of a body that has begun; nothing if it is at its end already.
pub(crate) fn make(
    vm: &mut Vm,
    builtin: &'static str,
    request: Request,
    settings: Settings,
    body: Value,
    reconnects: bool,
) -> Result<Value> {
    let reader = of(body).take_reader()?;
    let phase = reader.map_or(Phase::Ended, |reader| Phase::Open(Box::new(reader)));
    let source = Source {
        builtin,
        request,
        settings: Rc::new(settings),
        reconnects,
        reader: EventReader::default(),
        input: Vec::new(),
        read: 0,
        phase,
        pause: PAUSE,
    };
    let dropped = Rc::clone(&vm.system.fetching.dropped);
    Ok(vm.heap.payload(Events {
        source: RefCell::new(Some(source)),
        arrived: RefCell::default(),
        count: Cell::new(0),
        ended: Cell::new(false),
        dropped,
    }))
}

/// Whether a value is a stream of events.
pub(crate) fn is_events(value: Value) -> bool {
    value.as_payload::<Events>().is_some()
}

fn events_of<'a>(value: Value) -> &'a Events {
    value.as_payload().expect("only streams of events get here")
}

/// The next event for `for`.
pub(crate) fn next(vm: &mut Vm, value: Value) -> Result<Next> {
    let events = events_of(value);
    loop {
        if let Some(event) = events.arrived.take() {
            events.count.set(events.count.get() + 1);
            return Ok(Next::Item(events.count.get(), event_value(&mut vm.heap, &event)?));
        }
        if events.ended.get() {
            return Ok(Next::End);
        }
        let Some(source) = events.source.take() else {
            return Err(Fault::new("busy", "another fiber reads these events"));
        };
        if vm.start(Take { events: value, source: Some(source) })? == Value::PENDING {
            return Ok(Next::Wait);
        }
    }
}

fn event_value(heap: &mut Heap, event: &ServerEvent) -> Result<Value> {
    let map = heap.map(3);
    for (key, text) in [("event", &event.name), ("data", &event.data), ("id", &event.id)] {
        let text = heap.checked_text(text)?;
        map.set_text(heap, key, text)?;
    }
    Ok(map.value())
}

/// Whether a failure may be over the next time: a server or the way to it that is away may come back.
fn may_pass(kind: &str) -> bool {
    !matches!(
        kind,
        "memory"
            | "certificate"
            | "tls"
            | "header"
            | "http"
            | "parse"
            | "range"
            | "redirect"
            | "too_large"
            | "unsupported"
    )
}

impl Source {
    /// The next event; `Err(true)` if it has to be waited for, `Err(false)` behind the last one.
    fn advance(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<std::result::Result<ServerEvent, bool>> {
        loop {
            if let Some(event) = self.read_input()? {
                return Ok(Ok(event));
            }
            match &mut self.phase {
                Phase::Open(body) => {
                    let mut scratch = vm.system.fetching.take_scratch();
                    let moved = body.poll(vm, waiter, &mut scratch);
                    if let Ok(Moved::Data(len)) = &moved {
                        self.input.extend_from_slice(&scratch[..*len]);
                        self.pause = PAUSE;
                    }
                    vm.system.fetching.give_scratch(scratch);
                    match moved {
                        Ok(Moved::Data(_)) => {}
                        Ok(Moved::Wait) => return Ok(Err(true)),
                        Ok(_) => self.broke_off(None)?,
                        Err(failure) => self.broke_off(Some(failure))?,
                    }
                }
                Phase::Pause(until) if Instant::now() < *until => {
                    vm.set_deadline(waiter, *until);
                    return Ok(Err(true));
                }
                Phase::Pause(_) => {
                    let fetch = Fetch::new(self.builtin, self.reopening(), Rc::clone(&self.settings));
                    self.phase = Phase::Opening(Box::new(fetch));
                }
                Phase::Opening(fetch) => match fetch.poll(vm, waiter) {
                    Ok(None) => return Ok(Err(true)),
                    Ok(Some(response)) => self.reopened(vm, response)?,
                    Err(fault) if !may_pass(&fault.error.kind) => return Err(fault),
                    Err(_) => {
                        self.phase = Phase::Pause(Instant::now() + self.pause);
                        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                    }
                },
                Phase::Ended => return Ok(Err(false)),
            }
        }
    }

    fn read_input(&mut self) -> Result<Option<ServerEvent>> {
        if self.read == self.input.len() {
            return Ok(None);
        }
        let too_long =
            |_| Fault::new("too_large", format!("{}: an event is too long", self.request.context(self.builtin)));
        let (used, event) = self.reader.read(&self.input[self.read..]).map_err(too_long)?;
        self.read += used;
        if self.read == self.input.len() {
            self.input.clear();
            self.read = 0;
        }
        Ok(event)
    }

    fn broke_off(&mut self, failure: Option<Failure>) -> Result<()> {
        self.phase = Phase::Ended;
        if self.reconnects {
            let pause = self.reader.retry().map_or(self.pause, Duration::from_millis);
            self.phase = Phase::Pause(Instant::now() + pause.clamp(SHORTEST_PAUSE, MOST_PAUSE));
            self.reader = EventReader::after(self.reader.last_id().to_vec(), self.reader.retry());
            return Ok(());
        }
        match failure {
            Some(failure) => Err(failure.into_fault(&self.request.context(self.builtin))),
            None => Ok(()),
        }
    }

    fn reopening(&self) -> Request {
        let mut request = self.request.clone();
        if !self.reader.last_id().is_empty() {
            request.remove("last-event-id");
            request.fields.push((b"Last-Event-ID".to_vec(), self.reader.last_id().to_vec()));
        }
        request
    }

    /// A status that says so ends the stream for good, as does a response that is none.
    fn reopened(&mut self, vm: &mut Vm, response: Value) -> Result<()> {
        let get = |name: &[u8]| response.as_map().and_then(|map| map.get_text(name)).unwrap_or(Value::NIL);
        let body = get(b"body");
        let status = get(b"status_code").as_integer();
        let media_type = get(b"headers").as_map().and_then(|headers| headers.get_text(b"content-type"));
        let media_type = media_type.and_then(Value::as_bytes).unwrap_or_default();
        let is_stream = essence(media_type).eq_ignore_ascii_case(b"text/event-stream");
        self.phase = Phase::Ended;
        if status == Some(200) && is_body(body) && is_stream {
            let reader = of(body).take_reader()?;
            self.phase = reader.map_or(Phase::Ended, |reader| Phase::Open(Box::new(reader)));
            return Ok(());
        }
        if is_body(body) {
            super::stream::close(vm, body);
        }
        if status == Some(204) {
            return Ok(());
        }
        let context = self.request.context(self.builtin);
        if status == Some(200) {
            let shown = String::from_utf8_lossy(&media_type[..media_type.len().min(200)]);
            return Err(Fault::new("http", format!("{context}: the server sends {shown:?}, which is no event stream")));
        }
        let status = get(b"status");
        let status = String::from_utf8_lossy(status.as_bytes().unwrap_or_default()).into_owned();
        Err(Fault::new("http_status", format!("{context}: the server answers {status}")))
    }

    fn abandon(&mut self, vm: &mut Vm, waiter: Waiter) {
        match &mut self.phase {
            Phase::Open(body) => body.forget(vm, waiter),
            Phase::Opening(fetch) => {
                fetch.abandon(vm, waiter);
                self.phase = Phase::Pause(Instant::now());
            }
            Phase::Pause(_) | Phase::Ended => {}
        }
    }
}

/// Waits for the next event and leaves it with the stream.
struct Take {
    events: Value,
    source: Option<Source>,
}

impl Operation for Take {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let events = events_of(self.events);
        let Some(source) = &mut self.source else { return Ok(Some(Value::NIL)) };
        let taken = source.advance(vm, waiter);
        if matches!(taken, Ok(Err(true))) {
            return Ok(None);
        }
        *events.source.borrow_mut() = self.source.take();
        match taken {
            Ok(Ok(event)) => *events.arrived.borrow_mut() = Some(event),
            Ok(Err(_)) => events.ended.set(true),
            Err(fault) => {
                events.ended.set(true);
                return Err(fault);
            }
        }
        Ok(Some(Value::NIL))
    }

    fn abandon(&mut self, vm: &mut Vm, waiter: Waiter) {
        let Some(mut source) = self.source.take() else { return };
        source.abandon(vm, waiter);
        *events_of(self.events).source.borrow_mut() = Some(source);
    }

    fn trace(&self, marker: &mut Marker) {
        marker.mark(self.events);
    }
}
