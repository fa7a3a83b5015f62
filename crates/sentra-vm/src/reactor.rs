//! The event loop's contact with the outside: the one owner of `mio::Poll`.
//!
//! Sources are edge-triggered. The reactor remembers for each whether reading or writing
//! may succeed, and which fibers wait for that; whoever finds a source exhausted says so and
//! waits. What the sources are and what is read from them it does not know.

use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mio::event::{Event, Source};
use mio::{Events, Interest, Poll, Token};

use crate::driver::DriverId;
use crate::fiber::Waiter;
use crate::signals::Signals;
use crate::vm::Vm;
use crate::workers::Workers;

/// Events taken from the system at once.
const EVENTS: usize = 1024;
/// The longest that a driver puts something off while fibers run.
const PUT_OFF: Duration = Duration::from_millis(1);
/// A worker has finished a job.
const WORKERS: Token = Token(usize::MAX);
/// A signal has come.
pub(crate) const SIGNALS: Token = Token(usize::MAX - 1);

/// Names a source for as long as it is registered, and no other after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SourceId {
    index: u32,
    generation: u32,
}

/// What a fiber waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

/// One direction of a source.
#[derive(Debug, Default)]
struct Side {
    /// Whether an attempt may succeed; if not, an event will tell when it may.
    ready: bool,
    waiting: Vec<Waiter>,
}

/// A place for a source.
#[derive(Debug, Default)]
struct Slot {
    generation: u32,
    /// The peer will send nothing more: reading never waits again.
    ended: bool,
    /// A program does not go on only because fibers wait for it.
    background: bool,
    read: Side,
    write: Side,
}

impl Slot {
    fn side(&mut self, direction: Direction) -> &mut Side {
        match direction {
            Direction::Read => &mut self.read,
            Direction::Write => &mut self.write,
        }
    }
}

/// The event loop's state.
pub(crate) struct Reactor {
    poll: Poll,
    events: Events,
    slots: Vec<Slot>,
    vacant: Vec<u32>,
    /// Waits for sources.
    waiting: usize,
    /// Those among them for sources in the background.
    behind: usize,
    /// Waits to be woken at the next look at events.
    due: Vec<Waiter>,
    /// Drivers that have put something off, and since when.
    leaving: Vec<DriverId>,
    leaving_since: Option<Instant>,
    pub workers: Workers,
    pub signals: Signals,
}

impl Reactor {
    /// A reactor without sources.
    pub fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let workers = Workers::new(mio::Waker::new(poll.registry(), WORKERS)?);
        Ok(Self {
            poll,
            events: Events::with_capacity(EVENTS),
            slots: Vec::new(),
            vacant: Vec::new(),
            waiting: 0,
            behind: 0,
            due: Vec::new(),
            leaving: Vec::new(),
            leaving_since: None,
            workers,
            signals: Signals::default(),
        })
    }

    /// Whether something outside may still wake a fiber.
    pub fn is_busy(&self) -> bool {
        self.waiting > 0 || self.is_wanted()
    }

    /// The same, sources in the background left out: whether a program has to go on.
    pub fn is_wanted(&self) -> bool {
        self.waiting > self.behind || self.workers.is_busy() || self.is_due() || self.signals.is_busy()
    }

    /// Whether something is to be done before the next wait for events.
    fn is_due(&self) -> bool {
        !self.due.is_empty() || !self.leaving.is_empty()
    }

    /// Puts a source in the background, or takes it out of there.
    pub fn put_behind(&mut self, id: SourceId, behind: bool) {
        let Some(slot) = self.slot(id).filter(|slot| slot.background != behind) else { return };
        slot.background = behind;
        let waiting = slot.read.waiting.len() + slot.write.waiting.len();
        if behind {
            self.behind += waiting;
        } else {
            self.behind -= waiting;
        }
    }

    /// What sources are registered with, for those with tokens of their own.
    pub fn registry(&self) -> &mio::Registry {
        self.poll.registry()
    }

    /// Watches a source. Writing counts as possible; `readable` says whether reading does.
    pub fn add(&mut self, source: &mut impl Source, readable: bool, writable: bool) -> io::Result<SourceId> {
        let index = self.vacant.last().map_or(self.slots.len(), |&index| index as usize);
        let generation = self.slots.get(index).map_or(0, |slot| slot.generation);
        let token = Token((generation as usize) << 32 | index);
        self.poll.registry().register(source, token, Interest::READABLE | Interest::WRITABLE)?;
        if self.vacant.pop().is_none() {
            self.slots.push(Slot::default());
        }
        let slot = &mut self.slots[index];
        slot.ended = false;
        slot.background = false;
        slot.read.ready = readable;
        slot.write.ready = writable;
        Ok(SourceId { index: index as u32, generation })
    }

    /// Watches a source no longer and wakes who waits for it.
    pub fn remove(&mut self, id: SourceId, source: &mut impl Source) {
        // It fails only for what was never registered.
        let _ = self.poll.registry().deregister(source);
        self.wake_all(id, Direction::Read);
        self.wake_all(id, Direction::Write);
        if let Some(slot) = self.slot(id) {
            // 32 bits last for four billion sources in one place; stale events are from the last turn.
            slot.generation = slot.generation.wrapping_add(1);
            self.vacant.push(id.index);
        }
    }

    fn slot(&mut self, id: SourceId) -> Option<&mut Slot> {
        self.slots.get_mut(id.index as usize).filter(|slot| slot.generation == id.generation)
    }

    /// Whether an attempt may succeed.
    #[inline]
    pub fn is_ready(&mut self, id: SourceId, direction: Direction) -> bool {
        self.slot(id).is_some_and(|slot| slot.side(direction).ready)
    }

    /// Notes that everything there was has been taken, or that nothing more fits.
    #[inline]
    pub fn exhausted(&mut self, id: SourceId, direction: Direction) {
        if let Some(slot) = self.slot(id)
            && !(slot.ended && direction == Direction::Read)
        {
            slot.side(direction).ready = false;
        }
    }

    /// Notes that an attempt may succeed although no event has said so.
    pub fn may_be_ready(&mut self, id: SourceId, direction: Direction) {
        if let Some(slot) = self.slot(id) {
            slot.side(direction).ready = true;
        }
    }

    /// Wakes `waiter` at the next event.
    #[inline]
    pub fn wait(&mut self, id: SourceId, direction: Direction, waiter: Waiter) {
        match self.slot(id) {
            Some(slot) => {
                slot.side(direction).waiting.push(waiter);
                let behind = usize::from(slot.background);
                self.waiting += 1;
                self.behind += behind;
            }
            None => self.due.push(waiter),
        }
    }

    /// The same for one that may be waiting already.
    #[inline]
    pub fn keep_waiting(&mut self, id: SourceId, direction: Direction, waiter: Waiter) {
        let waits = self.slot(id).is_some_and(|slot| slot.side(direction).waiting.contains(&waiter));
        if !waits {
            self.wait(id, direction, waiter);
        }
    }

    /// Has a driver do what it has put off, before the loop waits or in a moment if there is always something to do.
    pub fn wake_before_wait(&mut self, id: DriverId) {
        if self.leaving.is_empty() {
            self.leaving_since = Some(Instant::now());
        }
        self.leaving.push(id);
    }

    /// Whether something was put off for long enough.
    fn is_overdue(&self) -> bool {
        !self.leaving.is_empty() && self.leaving_since.is_none_or(|since| since.elapsed() >= PUT_OFF)
    }

    /// Takes those drivers.
    pub fn take_before_wait(&mut self) -> Vec<DriverId> {
        std::mem::take(&mut self.leaving)
    }

    /// Wakes `waiter` at the next look at events, whatever they are.
    pub fn wake_soon(&mut self, waiter: Waiter) {
        self.due.push(waiter);
    }

    /// Takes back a `wait`.
    pub fn forget(&mut self, id: SourceId, direction: Direction, waiter: Waiter) {
        let Some(slot) = self.slot(id) else { return };
        let waiting = &mut slot.side(direction).waiting;
        let before = waiting.len();
        waiting.retain(|&other| other != waiter);
        let gone = before - waiting.len();
        let behind = if slot.background { gone } else { 0 };
        self.waiting -= gone;
        self.behind -= behind;
    }

    /// Has everyone who waits for the source look again.
    pub fn wake_all(&mut self, id: SourceId, direction: Direction) {
        let Some(slot) = self.slots.get_mut(id.index as usize).filter(|slot| slot.generation == id.generation) else {
            return;
        };
        let gone = slot.side(direction).waiting.len();
        self.waiting -= gone;
        self.behind -= if slot.background { gone } else { 0 };
        self.due.append(&mut slot.side(direction).waiting);
    }

    /// Waits for events and notes what they change.
    fn look(&mut self, timeout: Option<Duration>) -> bool {
        match self.poll.poll(&mut self.events, timeout) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return true,
            Err(error) => panic!("the event loop's own descriptor is valid: {error}"),
        }
        let mut signalled = false;
        let Self { events, slots, due, waiting, behind, .. } = self;
        for event in events.iter() {
            match event.token() {
                WORKERS => self.workers.take_finished(due),
                SIGNALS => signalled = true,
                Token(token) => {
                    let slot = slots.get_mut(token & u32::MAX as usize);
                    if let Some(slot) = slot.filter(|slot| slot.generation as usize == token >> 32) {
                        let before = due.len();
                        slot.note(event, due);
                        let gone = due.len() - before;
                        *waiting -= gone;
                        *behind -= if slot.background { gone } else { 0 };
                    }
                }
            }
        }
        signalled
    }
}

impl Slot {
    fn note(&mut self, event: &Event, due: &mut Vec<Waiter>) {
        let failed = event.is_error();
        self.ended |= event.is_read_closed() || failed;
        if event.is_readable() || self.ended {
            self.read.ready = true;
            due.append(&mut self.read.waiting);
        }
        if event.is_writable() || event.is_write_closed() || failed {
            self.write.ready = true;
            due.append(&mut self.write.waiting);
        }
    }
}

impl Vm {
    /// Waits for events, at most so long, and wakes the fibers that they concern.
    pub(crate) fn poll_events(&mut self, timeout: Option<Duration>) {
        self.report_dropped();
        if self.reactor.is_overdue() || !self.scheduler.has_ready() && self.reactor.due.is_empty() {
            self.drive_before_wait();
        }
        let timeout = if self.reactor.due.is_empty() { self.until_stop(timeout) } else { Some(Duration::ZERO) };
        if !self.options.smallest_slice {
            self.interrupt.store(0, Ordering::Relaxed);
        }
        if self.reactor.look(timeout) {
            self.take_signals();
        }
        let mut due = std::mem::take(&mut self.reactor.due);
        for waiter in due.drain(..) {
            self.wake(waiter);
        }
        if self.reactor.due.is_empty() {
            self.reactor.due = due;
        }
    }

    fn until_stop(&self, timeout: Option<Duration>) -> Option<Duration> {
        let Some(stop) = self.reactor.signals.stop_at() else { return timeout };
        let left = stop.saturating_duration_since(Instant::now());
        Some(timeout.map_or(left, |timeout| timeout.min(left)))
    }
}
