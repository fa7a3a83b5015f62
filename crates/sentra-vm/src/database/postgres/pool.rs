//! The connections to one database: those that wait for work, and those that transactions keep.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use sentra_netlib::endpoint::tls::TlsClient;
use sentra_netlib::exchange::postgres::Login;

use super::link::Link;
use super::tables::Table;
use crate::fiber::Waiter;
use crate::vm::Vm;
use crate::wait_queue::WaitQueue;

/// Where the database is, and how to talk to it.
pub(crate) struct Settings {
    pub host: String,
    pub port: u16,
    pub login: Login,
    pub tls: Option<TlsClient>,
    /// The most connections at a time.
    pub most: usize,
    /// How long a connection may take to come about, or to become free.
    pub patience: Duration,
}

/// A connection of a transaction.
pub(super) enum Held {
    Free(Box<Link>),
    /// A statement runs on it.
    Busy,
}

/// All connections to a database.
pub(crate) struct Pool {
    pub settings: Rc<Settings>,
    // They are large and handed about: moving one in or out moves a pointer.
    #[allow(clippy::vec_box)]
    idle: Vec<Box<Link>>,
    /// Connections there are or will be, those of listeners not among them.
    open: usize,
    waiting: WaitQueue<()>,
    held: HashMap<u64, Held>,
    pub(super) tables: HashMap<String, Rc<Table>>,
    pub(super) closed: bool,
}

/// What an operation gets that wants a connection.
pub(super) enum Taken {
    Link(Box<Link>),
    /// It may open one.
    Room,
    /// It is woken when there may be one.
    Wait,
    /// The transaction has ended.
    Ended,
}

impl Pool {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings: Rc::new(settings),
            idle: Vec::new(),
            open: 0,
            waiting: WaitQueue::default(),
            held: HashMap::new(),
            tables: HashMap::new(),
            closed: false,
        }
    }

    /// A connection for a statement.
    pub(super) fn take(&mut self, vm: &mut Vm, waiter: Waiter, transaction: Option<u64>) -> Taken {
        if let Some(number) = transaction {
            return match self.held.insert(number, Held::Busy) {
                Some(Held::Free(link)) => Taken::Link(link),
                Some(Held::Busy) => {
                    self.wait(vm, waiter);
                    Taken::Wait
                }
                None => {
                    self.held.remove(&number);
                    Taken::Ended
                }
            };
        }
        while let Some(mut link) = self.idle.pop() {
            if link.is_alive() {
                return Taken::Link(link);
            }
            link.close(vm);
            self.open -= 1;
        }
        if self.open < self.settings.most {
            self.open += 1;
            return Taken::Room;
        }
        self.wait(vm, waiter);
        Taken::Wait
    }

    fn wait(&mut self, vm: &Vm, waiter: Waiter) {
        if !self.waiting.has(waiter) {
            self.waiting.push(&vm.scheduler, waiter, ());
        }
    }

    /// Has all look again who wait: few do, and each may wait for another connection.
    pub(super) fn call(&mut self, vm: &mut Vm) {
        while let Some((waiter, ())) = self.waiting.pop() {
            if vm.scheduler.is_waiting(waiter) {
                vm.reactor.wake_soon(waiter);
            }
        }
    }

    /// Takes a connection back that can be used again.
    pub(super) fn give(&mut self, vm: &mut Vm, mut link: Box<Link>, transaction: Option<u64>) {
        match transaction.and_then(|number| self.held.get_mut(&number)) {
            Some(held) => *held = Held::Free(link),
            None if self.closed => {
                link.close(vm);
                self.open -= 1;
            }
            None => self.idle.push(link),
        }
        self.call(vm);
    }

    /// Notes that a connection is gone, or did not come about.
    pub(super) fn lose(&mut self, vm: &mut Vm, transaction: Option<u64>) {
        transaction.into_iter().for_each(|number| drop(self.held.remove(&number)));
        self.open -= 1;
        self.call(vm);
    }

    /// Leaves a connection to a transaction that has begun.
    pub(super) fn hold(&mut self, number: u64, link: Box<Link>) {
        self.held.insert(number, Held::Free(link));
    }

    /// Takes the connection from a transaction that has ended.
    pub(super) fn let_go(&mut self, number: u64) {
        self.held.remove(&number);
    }

    /// Closes what nobody uses; what is in use is closed after that.
    pub(crate) fn close(&mut self, vm: &mut Vm) {
        self.closed = true;
        for mut link in self.idle.drain(..) {
            link.close(vm);
            self.open -= 1;
        }
        for (_, held) in self.held.drain() {
            if let Held::Free(mut link) = held {
                link.close(vm);
                self.open -= 1;
            }
        }
        self.call(vm);
    }
}
