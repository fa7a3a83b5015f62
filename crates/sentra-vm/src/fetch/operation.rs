//! A request from its first attempt to its response: connections that turn out to be closed,
//! redirects, cookies.

use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sentra_netlib::exchange::http::client::{Exchange, Request as Head, basic};
use sentra_netlib::exchange::http::redirect::{self, Redirect};
use sentra_netlib::wire::http::response::ResponseHead;

use super::acquire::{Acquire, Route};
use super::body::BodyReader;
use super::failure::Failure;
use super::pool::Connection;
use super::request::{Request, Settings};
use super::response;
use super::room::Room;
use super::transfer::{Moved, Transfer};
use super::upload::Body;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;

/// What a client says that it is unless it is told otherwise.
const USER_AGENT: &str = concat!("sentra/", env!("CARGO_PKG_VERSION"));
/// Of the body of a redirect so many bytes are read in order to use the connection again, and
/// only for so long.
const WORTH_READING: u64 = 64 << 10;
const WORTH_WAITING: Duration = Duration::from_millis(500);

/// Where a request stands.
enum Phase {
    Start,
    Acquire(Acquire),
    Head(Box<Transfer>),
    /// Reads a redirect's body in order to use its connection again, until then.
    Drain(Box<BodyReader>, Instant),
    Body(Box<BodyReader>, Box<ResponseHead>),
    Over,
}

/// A request on its way.
pub(crate) struct Fetch {
    builtin: &'static str,
    request: Request,
    settings: Rc<Settings>,
    route: Option<Route>,
    phase: Phase,
    redirects: usize,
    retried: bool,
    started: Instant,
    until: Option<Instant>,
    timed: bool,
    room: Room,
}

impl Fetch {
    /// A request to be made.
    pub fn new(builtin: &'static str, request: Request, settings: Rc<Settings>) -> Self {
        let started = Instant::now();
        Self {
            builtin,
            request,
            until: settings.timeout.and_then(|timeout| started.checked_add(timeout)),
            settings,
            route: None,
            phase: Phase::Start,
            redirects: 0,
            retried: false,
            started,
            timed: false,
            room: Room::default(),
        }
    }

    fn advance(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>, Failure> {
        loop {
            match &mut self.phase {
                Phase::Start => self.begin(vm)?,
                Phase::Acquire(acquire) => {
                    let Some(route) = &self.route else { return Ok(None) };
                    let Some(connection) = acquire.poll(vm, waiter, route)? else {
                        // Connecting has a deadline of its own.
                        self.timed = false;
                        return self.wait(vm, waiter, false);
                    };
                    self.send(connection)?;
                }
                Phase::Head(transfer) => match transfer.poll_head(vm, waiter) {
                    Ok(Moved::Head(head)) => {
                        if let Some(response) = self.take_head(vm, waiter, head)? {
                            return Ok(Some(response));
                        }
                    }
                    Ok(_) => return self.wait(vm, waiter, true),
                    Err(failure) => self.retry(vm, failure)?,
                },
                Phase::Drain(reader, patience) => {
                    let patience = *patience;
                    let mut scratch = vm.system.fetching.take_scratch();
                    let moved = reader.poll(vm, waiter, &mut scratch);
                    vm.system.fetching.give_scratch(scratch);
                    match moved {
                        Ok(Moved::Wait) if Instant::now() < patience => {
                            let waits = self.wait(vm, waiter, false);
                            let until = self.until.map_or(patience, |until| until.min(patience));
                            vm.set_deadline(waiter, until);
                            self.timed = false;
                            return waits;
                        }
                        Ok(Moved::Data(_)) if reader.received <= WORTH_READING => {}
                        // However it ended: what counts is where the redirect leads.
                        _ => {
                            reader.abandon(vm);
                            self.phase = Phase::Start;
                        }
                    }
                }
                Phase::Body(reader, _) => {
                    let room = self.room.free(&mut vm.heap, reader.total)?;
                    match reader.poll(vm, waiter, room)? {
                        Moved::Data(len) => self.room.fill(len),
                        Moved::End => return self.finish(vm).map(Some),
                        _ => return self.wait(vm, waiter, true),
                    }
                }
                Phase::Over => return Ok(None),
            }
        }
    }

    /// Takes a connection or begins to make one.
    fn begin(&mut self, vm: &mut Vm) -> Result<(), Failure> {
        let route = Route::new(&self.request, &self.settings)?;
        let (fetching, reactor) = (&mut vm.system.fetching, &mut vm.reactor);
        let left = if self.retried { None } else { fetching.pool.take(reactor, &route.place) };
        let connect_until = self.settings.connect_timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let until = connect_until.into_iter().chain(self.until).min();
        match left {
            Some(connection) => {
                self.route = Some(route);
                self.send(connection)
            }
            None => {
                self.phase = Phase::Acquire(Acquire::new(&route, until)?);
                self.route = Some(route);
                Ok(())
            }
        }
    }

    fn send(&mut self, connection: Connection) -> Result<(), Failure> {
        let mut out = Vec::with_capacity(512);
        let request = &self.request;
        let defaults = self.defaults();
        let head = Head {
            method: &request.method,
            url: &request.url,
            via_proxy: self.route.as_ref().is_some_and(|route| route.via_proxy),
            fields: &request.fields,
            defaults: &defaults,
            body: request.body.length(&request.method),
        };
        let written = head.write_head(&mut out);
        let exchange = Exchange::new(&request.method, head.wants_close());
        self.phase = Phase::Head(Box::new(Transfer::new(connection, out, &request.body, exchange)));
        written.map_err(|wrong| Failure::Told("range", wrong.to_string()))
    }

    /// Fields that are there unless the script gave them.
    fn defaults(&self) -> Vec<(&'static str, Vec<u8>)> {
        let mut defaults = vec![("User-Agent", USER_AGENT.into()), ("Accept", b"*/*".to_vec())];
        if self.settings.decompresses {
            defaults.push(("Accept-Encoding", b"gzip, deflate".to_vec()));
        }
        if let Some(credentials) = basic(&self.request.url) {
            defaults.push(("Authorization", credentials.into()));
        }
        if let Some(route) = self.route.as_ref().filter(|route| route.via_proxy) {
            let authorization = route.place.proxy.as_ref().and_then(|proxy| proxy.authorization.clone());
            defaults.extend(authorization.map(|text| ("Proxy-Authorization", text)));
        }
        if let Some(jar) = &self.settings.jar {
            let cookies = jar.borrow_mut().header(&self.request.url, now());
            defaults.extend(cookies.map(|cookies| ("Cookie", cookies)));
        }
        defaults
    }

    /// A connection that was left from before may have been closed while the request was on its
    /// way: another one is tried, once, if the request may arrive twice.
    fn retry(&mut self, vm: &mut Vm, failure: Failure) -> Result<(), Failure> {
        let Phase::Head(transfer) = &mut self.phase else { return Err(failure) };
        let may_again = transfer.may_be_stale() && self.request.is_idempotent() && self.request.body.is_repeatable();
        if self.retried || !may_again || matches!(failure, Failure::Fault(_)) {
            return Err(failure);
        }
        transfer.abandon(vm);
        self.retried = true;
        self.phase = Phase::Start;
        Ok(())
    }

    /// Follows a redirect, or goes on with the body.
    fn take_head(&mut self, vm: &mut Vm, waiter: Waiter, head: Box<ResponseHead>) -> Result<Option<Value>, Failure> {
        if let Some(jar) = &self.settings.jar {
            let mut jar = jar.borrow_mut();
            head.all("set-cookie").for_each(|cookie| jar.store(&self.request.url, cookie, now()));
        }
        let redirect = self.redirect(&head)?;
        let (Phase::Head(transfer), Some(route)) = (std::mem::replace(&mut self.phase, Phase::Over), &self.route)
        else {
            return Ok(None);
        };
        let place = route.place.clone();
        let reader = BodyReader::new(*transfer, place, &self.request.method, &head, &self.settings);
        let (mut reader, redirect) = match (reader, redirect) {
            (Ok(reader), redirect) => (reader, redirect),
            (Err(refused), redirect) => {
                let (failure, mut transfer) = *refused;
                transfer.abandon(vm);
                self.phase = Phase::Start;
                // How long the body of a redirect is does not matter: nobody will see it.
                return redirect.map(|redirect| self.follow(redirect)).map_or(Err(failure), |()| Ok(None));
            }
        };
        if let Some(redirect) = redirect {
            // What may go on for ever is not waited for.
            let is_short = reader.total.is_some_and(|total| total <= WORTH_READING);
            let patience = if is_short { WORTH_WAITING } else { Duration::ZERO };
            self.phase = Phase::Drain(Box::new(reader), Instant::now() + patience);
            self.follow(redirect);
            return Ok(None);
        }
        if self.settings.streams {
            // An answer may come before all of the request has gone. Whoever reads it goes on with that.
            reader.forget(vm, waiter);
            let decompressed = reader.decompresses();
            let context = self.request.context(self.builtin);
            let body = super::stream::make(vm, reader, context, self.until, self.settings.timeout);
            let url = &self.request.url;
            return Ok(Some(response::make(&mut vm.heap, &head, url, body, decompressed, self.started)?));
        }
        self.phase = Phase::Body(Box::new(reader), head);
        Ok(None)
    }

    fn redirect(&mut self, head: &ResponseHead) -> Result<Option<Redirect>, Failure> {
        let Some(location) = head.get("location").filter(|_| self.settings.follows) else { return Ok(None) };
        let found = redirect::follow(head.status, &self.request.method, &self.request.url, location);
        let shown = || String::from_utf8_lossy(&location[..location.len().min(200)]).into_owned();
        let found = found.map_err(|wrong| {
            Failure::Told("redirect", format!("redirected to {:?}, which is no URL of HTTP: {wrong}", shown()))
        })?;
        let Some(redirect) = found else { return Ok(None) };
        if !redirect.becomes_get && !self.request.body.is_repeatable() {
            // A body that is gone cannot go elsewhere: whoever asked gets the redirect itself.
            return Ok(None);
        }
        self.redirects += 1;
        if self.redirects > self.settings.most_redirects {
            let most = self.settings.most_redirects;
            return Err(Failure::Told(
                "redirect",
                format!("redirected more than {most} times, at last to {:?}", shown()),
            ));
        }
        Ok(Some(redirect))
    }

    fn follow(&mut self, redirect: Redirect) {
        let request = &mut self.request;
        if redirect.becomes_get {
            request.method = b"GET".to_vec();
            request.body = Body::None;
            ["content-type", "content-encoding", "content-language", "content-location", "digest"]
                .into_iter()
                .for_each(|name| request.remove(name));
        }
        if !redirect.stays_at_origin {
            // What is meant for the proxy no server gets to see.
            ["authorization", "cookie", "host"].into_iter().for_each(|name| request.remove(name));
        }
        request.url = redirect.url;
        self.retried = false;
    }

    fn finish(&mut self, vm: &mut Vm) -> Result<Value, Failure> {
        let Phase::Body(reader, head) = std::mem::replace(&mut self.phase, Phase::Over) else { return Ok(Value::NIL) };
        let body = std::mem::take(&mut self.room).into_text(&mut vm.heap)?;
        let decompressed = reader.decompresses();
        Ok(response::make(&mut vm.heap, &head, &self.request.url, body, decompressed, self.started)?)
    }

    fn wait(&mut self, vm: &mut Vm, waiter: Waiter, sets_deadline: bool) -> Result<Option<Value>, Failure> {
        let Some(until) = self.until else { return Ok(None) };
        if until <= Instant::now() {
            let seconds = self.settings.timeout.map_or(0.0, |timeout| timeout.as_secs_f64());
            return Err(Failure::timeout(&format!("after {seconds} seconds")));
        }
        if sets_deadline && !std::mem::replace(&mut self.timed, true) {
            vm.set_deadline(waiter, until);
        }
        Ok(None)
    }

    fn drop_phase(&mut self, vm: &mut Vm) {
        self.room.abandon(&mut vm.heap);
        match std::mem::replace(&mut self.phase, Phase::Over) {
            Phase::Acquire(mut acquire) => acquire.abandon(vm),
            Phase::Head(mut transfer) => transfer.abandon(vm),
            Phase::Drain(mut reader, _) | Phase::Body(mut reader, _) => reader.abandon(vm),
            Phase::Start | Phase::Over => {}
        }
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

impl Operation for Fetch {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>, Box<Fault>> {
        self.advance(vm, waiter).map_err(|failure| {
            self.drop_phase(vm);
            failure.into_fault(&self.request.context(self.builtin))
        })
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        self.drop_phase(vm);
    }
}
