//! One lookup on its way: the questions that it puts, and the time that each may take.

use std::rc::Rc;
use std::time::Instant;

use sentra_netlib::endpoint::tls::ClientSettings;
use sentra_netlib::exchange::resolver::{Answer, Failed, Failure, Lookup, Step};
use sentra_netlib::wire::dns::system::Settings;
use sentra_netlib::wire::dns::{Kind, Manner, name};
use trust_dns_proto::rr::Name;

use super::channel::Time;
use super::channels::Ticket;
use crate::fiber::Waiter;
use crate::vm::Vm;

/// What to look for.
pub(crate) struct Wanted<'a> {
    pub host: &'a str,
    pub kind: Kind,
    pub settings: Rc<Settings>,
    pub manner: Manner,
    /// What TLS has to be like, if that is how to ask.
    pub tls: Option<Rc<ClientSettings>>,
    /// What tells answers to this question from others to the same words; nothing if answers
    /// are neither taken from memory nor kept.
    pub about: Option<u64>,
    /// When the whole lookup has to be over.
    pub until: Option<Instant>,
}

/// A lookup that is on its way, or has its answer.
pub(crate) struct Resolution {
    lookup: Lookup,
    tls: Option<Rc<ClientSettings>>,
    key: (Name, Kind, Option<u64>),
    ticket: Option<Ticket>,
    retried: bool,
    time: Time,
}

/// How a lookup ended, and for how many seconds the answer had been remembered.
pub(crate) type Outcome = Result<(Rc<Answer>, u32), Failed>;

impl Resolution {
    /// Begins a lookup; nothing if `host` is no name.
    pub fn new(vm: &mut Vm, wanted: Wanted) -> Option<Self> {
        let Wanted { host, kind, settings, manner, tls, about, until } = wanted;
        vm.system.resolver.turn += 1;
        let time = Time { patience: settings.timeout, until };
        let lookup = Lookup::new(host, kind, settings, manner, vm.system.resolver.turn)?;
        // What a name means depends on whether search domains are tried.
        let about = about.map(|about| about << 1 | u64::from(host.ends_with('.')));
        let key = (name::parse(host)?, kind, about);
        Some(Self { lookup, tls, key, ticket: None, retried: false, time })
    }

    /// Goes on as far as possible: the outcome, or nothing while a reply is to come.
    pub fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Option<Outcome> {
        let now = Instant::now();
        if self.ticket.is_none()
            && let Some(about) = self.key.2
            && let Some(known) = vm.system.resolver.cache.get(&self.key.0, self.key.1, about, now)
        {
            return Some(Ok(known));
        }
        let mut step = match self.ticket {
            None => Step::Ask(self.lookup.ask()),
            Some(ticket) => self.look(vm, ticket)?,
        };
        loop {
            match step {
                Step::Done(result) => return Some(result.map(|answer| (self.keep(vm, answer, now), 0))),
                Step::Ask(ask) => {
                    if self.time.until.is_some_and(|until| until <= now) {
                        let failed = Failed { failure: Failure::TimedOut, server: ask.server };
                        return Some(Err(failed));
                    }
                    match vm.put_question(ask, self.tls.as_ref(), self.lookup.question(), waiter, self.time) {
                        Ok(ticket) => {
                            self.ticket = Some(ticket);
                            return None;
                        }
                        Err(failure) => step = self.lookup.failed(failure),
                    }
                }
            }
        }
    }

    /// What became of the question that was put; nothing if that is still open.
    fn look(&mut self, vm: &mut Vm, ticket: Ticket) -> Option<Step> {
        let reply = vm.take_reply(ticket)?;
        match reply {
            Ok(bytes) => Some(self.lookup.answered(bytes)),
            // A server may close a stream that was idle: that says nothing of this question.
            Err(Failure::Unreachable(_)) if ticket.reused && !std::mem::replace(&mut self.retried, true) => {
                Some(Step::Ask(self.lookup.ask()))
            }
            Err(failure) => Some(self.lookup.failed(failure)),
        }
    }

    fn keep(&self, vm: &mut Vm, answer: Answer, now: Instant) -> Rc<Answer> {
        let answer = Rc::new(answer);
        if let Some(about) = self.key.2 {
            vm.system.resolver.cache.put(&self.key.0, self.key.1, about, Rc::clone(&answer), now);
        }
        answer
    }

    /// Waits for a reply no longer than until `at`, and puts no further question then.
    pub fn hasten(&mut self, vm: &mut Vm, at: Instant) {
        self.time.hasten(at);
        if let Some(ticket) = self.ticket {
            vm.hasten_question(ticket, at);
        }
    }

    /// Wants the answer no longer.
    pub fn abandon(&mut self, vm: &mut Vm) {
        if let Some(ticket) = self.ticket.take() {
            vm.forget_question(ticket);
        }
    }
}
