//! Listening to a channel (`LISTEN`): a connection of its own, on which the server tells what others say.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use sentra_netlib::exchange::postgres::Event;
use sentra_netlib::wire::postgres::kind;

use super::dial::Dial;
use super::errors::failure;
use super::link::Link;
use super::pool::Pool;
use super::talk::{Reply, Talk};
use crate::database::failure::Failure;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::heap::Marker;
use crate::heap::object::Payload;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// What is said is no longer.
const LONGEST: usize = 64 << 10;

/// A connection that listens, as a value of the script.
pub(crate) struct Listener(RefCell<Option<Box<Link>>>);

impl Payload for Listener {
    fn type_name(&self) -> &'static str {
        "listener"
    }

    fn trace(&self, _: &mut Marker) {}
}

impl Listener {
    /// Ends it; whether it was there.
    pub fn close(&self, vm: &mut Vm) -> bool {
        let link = self.0.borrow_mut().take();
        link.map(|mut link| link.close(vm)).is_some()
    }
}

enum Step {
    Dialing(Box<Dial>),
    Asking(Box<Talk>),
    Over,
}

/// Begins to listen.
pub(crate) struct Listen {
    statement: String,
    step: Step,
}

impl Listen {
    pub fn new(pool: &Rc<RefCell<Pool>>, channel: &str) -> Self {
        let statement = format!("LISTEN {}", kind::quoted(channel));
        Self { statement, step: Step::Dialing(Box::new(Dial::new(&pool.borrow().settings))) }
    }

    fn go_on(&mut self, vm: &mut Vm, waiter: Waiter) -> std::result::Result<Option<Value>, Failure> {
        loop {
            match &mut self.step {
                Step::Dialing(dial) => {
                    let Some(link) = dial.poll(vm, waiter)? else { return Ok(None) };
                    let mut talk = Box::new(Talk::new(link, LONGEST));
                    let asked = talk.own(&self.statement);
                    self.step = Step::Asking(talk);
                    asked?;
                }
                Step::Asking(talk) => {
                    let Some(reply) = talk.poll(vm, waiter)? else { return Ok(None) };
                    match reply {
                        Reply::Complaint(complaint) => return Err(failure(&complaint)),
                        Reply::Refused(failure) => return Err(failure),
                        Reply::Rows(..) => {}
                    }
                    let Step::Asking(mut talk) = std::mem::replace(&mut self.step, Step::Over) else { return Ok(None) };
                    talk.link.forget(vm, waiter);
                    let value = vm.heap.payload(Listener(RefCell::new(Some(talk.link))));
                    return Ok(Some(value));
                }
                Step::Over => return Ok(None),
            }
        }
    }
}

impl Operation for Listen {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        match self.go_on(vm, waiter) {
            Ok(listener) => Ok(listener),
            Err(failure) => {
                self.abandon(vm, waiter);
                Err(failure.into())
            }
        }
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        match std::mem::replace(&mut self.step, Step::Over) {
            Step::Dialing(mut dial) => dial.abandon(vm),
            Step::Asking(mut talk) => talk.link.close(vm),
            Step::Over => {}
        }
    }
}

/// The wait for what is said next.
pub(crate) struct Receive {
    /// The listener, which is among the builtin's arguments.
    pub listener: Value,
    pub until: Option<Instant>,
}

impl Operation for Receive {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let Some(listener) = self.listener.as_payload::<Listener>() else { return Ok(Some(Value::NIL)) };
        let mut place = listener.0.borrow_mut();
        let Some(link) = place.as_mut() else { return Err(Failure::new("closed", "the listener is closed").into()) };
        loop {
            match link.next(vm, waiter) {
                Ok(Some(Event::Notified { payload, .. })) => {
                    link.forget(vm, waiter);
                    return vm.heap.checked_text(payload.as_bytes()).map(Some);
                }
                Ok(Some(_)) => {}
                Ok(None) if self.until.is_some_and(|until| Instant::now() >= until) => {
                    link.forget(vm, waiter);
                    return Ok(Some(Value::NIL));
                }
                Ok(None) => {
                    self.until.into_iter().for_each(|until| vm.set_deadline(waiter, until));
                    return Ok(None);
                }
                Err(failure) => {
                    link.close(vm);
                    *place = None;
                    return Err(failure.into());
                }
            }
        }
    }

    fn abandon(&mut self, vm: &mut Vm, waiter: Waiter) {
        let listener = self.listener.as_payload::<Listener>();
        let link = listener.into_iter().filter_map(|listener| listener.0.try_borrow_mut().ok());
        link.for_each(|mut link| link.iter_mut().for_each(|link| link.forget(vm, waiter)));
    }
}
