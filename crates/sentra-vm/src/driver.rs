//! Drivers: what the event loop moves on without a fiber, such as the connections of a server.
//!
//! A driver is woken like a fiber that waits with an operation: by a source, a job on a worker,
//! the end of a task, or its deadline. It goes on as far as it can and returns; it never blocks
//! and never runs a script, which is what the fibers that it starts are for. An idle connection
//! costs its driver and no fiber.

use std::any::Any;

use crate::clock::Instant;
use crate::fiber::Waiter;
use crate::heap::Marker;
use crate::timer::Key;
use crate::vm::Vm;

/// The mark of drivers among the numbers of fibers, of which there are never so many.
const MARK: u32 = 1 << 31;

/// What a driver is after it was driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Driven {
    /// Something will wake it.
    Waits,
    /// It has let go of everything and is dropped.
    Ended,
}

/// State that the event loop moves on.
pub(crate) trait Driver: Any {
    /// Goes on as far as possible without waiting. Why it was woken it finds out by looking.
    /// Before it waits it has made sure that something will wake `this`; before it ends it has
    /// removed its sources from the reactor.
    fn drive(&mut self, vm: &mut Vm, this: DriverId) -> Driven;

    /// Does what it has put off until all fibers wait, such as to send what they have left to
    /// be sent together. It has asked for this by [`Reactor::wake_before_wait`].
    ///
    /// [`Reactor::wake_before_wait`]: crate::reactor::Reactor::wake_before_wait
    fn before_wait(&mut self, _vm: &mut Vm, _this: DriverId) {}

    /// Marks values that it holds.
    fn trace(&self, _marker: &mut Marker) {}
}

/// Names a driver for as long as it is there, and no other after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DriverId {
    index: u32,
    generation: u32,
}

impl DriverId {
    /// What to wake the driver by, wherever a fiber's wait may stand.
    pub fn waiter(self) -> Waiter {
        Waiter { fiber: self.index | MARK, turn: self.generation }
    }

    /// The driver that a wait is of.
    pub fn of(waiter: Waiter) -> Self {
        Self { index: waiter.fiber & !MARK, generation: waiter.turn }
    }
}

impl Waiter {
    /// Whether it is a driver that waits, and not a fiber.
    #[inline]
    pub(crate) fn is_driver(self) -> bool {
        self.fiber & MARK != 0
    }
}

/// A place for a driver. The driver is not in it while it is being driven.
#[derive(Default)]
struct Slot {
    generation: u32,
    driver: Option<Box<dyn Driver>>,
    timer: Option<Key>,
}

/// The drivers of a VM.
#[derive(Default)]
pub(crate) struct Drivers {
    slots: Vec<Slot>,
    vacant: Vec<u32>,
}

impl Drivers {
    fn slot(&mut self, id: DriverId) -> Option<&mut Slot> {
        self.slots.get_mut(id.index as usize).filter(|slot| slot.generation == id.generation)
    }

    /// Marks what they hold.
    pub fn trace(&self, marker: &mut Marker) {
        self.slots.iter().filter_map(|slot| slot.driver.as_ref()).for_each(|driver| driver.trace(marker));
    }
}

impl Vm {
    /// Takes a driver in. It is driven for the first time at the next look at events.
    pub(crate) fn add_driver(&mut self, driver: impl Driver) -> DriverId {
        let drivers = &mut self.drivers;
        let index = drivers.vacant.pop().unwrap_or_else(|| {
            drivers.slots.push(Slot::default());
            (drivers.slots.len() - 1) as u32
        });
        let slot = &mut drivers.slots[index as usize];
        slot.driver = Some(Box::new(driver));
        let id = DriverId { index, generation: slot.generation };
        self.reactor.wake_soon(id.waiter());
        id
    }

    /// The driver, unless it has ended or is being driven at this moment.
    pub(crate) fn driver<D: Driver>(&mut self, id: DriverId) -> Option<&mut D> {
        let driver: &mut dyn Any = self.drivers.slot(id)?.driver.as_deref_mut()?;
        driver.downcast_mut()
    }

    /// Does something with a driver, unless it has ended or is being driven at this moment.
    pub(crate) fn with_driver<D: Driver, R>(
        &mut self,
        id: DriverId,
        run: impl FnOnce(&mut D, &mut Vm) -> R,
    ) -> Option<R> {
        let mut driver = self.drivers.slot(id)?.driver.take()?;
        let any: &mut dyn Any = &mut *driver;
        let result = any.downcast_mut().map(|driver| run(driver, self));
        if let Some(slot) = self.drivers.slot(id) {
            slot.driver = Some(driver);
        }
        result
    }

    /// Lets the drivers that have asked for it do what they have put off.
    pub(crate) fn drive_before_wait(&mut self) {
        for id in self.reactor.take_before_wait() {
            let Some(mut driver) = self.drivers.slot(id).and_then(|slot| slot.driver.take()) else { continue };
            driver.before_wait(self, id);
            if let Some(slot) = self.drivers.slot(id) {
                slot.driver = Some(driver);
            }
        }
    }

    /// Has a driver look again at the next look at events.
    pub(crate) fn drive_soon(&mut self, id: DriverId) {
        self.reactor.wake_soon(id.waiter());
    }

    /// Drives a driver that something has woken.
    pub(crate) fn drive(&mut self, waiter: Waiter) {
        let id = DriverId::of(waiter);
        let Some(mut driver) = self.drivers.slot(id).and_then(|slot| slot.driver.take()) else { return };
        match driver.drive(self, id) {
            Driven::Waits => {
                if let Some(slot) = self.drivers.slot(id) {
                    slot.driver = Some(driver);
                }
            }
            Driven::Ended => self.end_driver(id),
        }
    }

    fn end_driver(&mut self, id: DriverId) {
        let Some(slot) = self.drivers.slot(id) else { return };
        let timer = slot.timer.take();
        slot.generation = slot.generation.wrapping_add(1);
        self.drivers.vacant.push(id.index);
        timer.into_iter().for_each(|key| self.scheduler.timers.remove(key));
    }

    /// Drives a driver at `at`, unless that is set anew before. It does not keep a program going.
    pub(crate) fn set_driver_deadline(&mut self, id: DriverId, at: Option<Instant>) {
        let Some(slot) = self.drivers.slot(id) else { return };
        let before = slot.timer.take();
        slot.timer = at.map(|at| self.scheduler.timers.add(at, id.waiter()));
        before.into_iter().for_each(|key| self.scheduler.timers.remove(key));
    }

    /// A driver's time has come.
    pub(crate) fn expire_driver(&mut self, waiter: Waiter) {
        if let Some(slot) = self.drivers.slot(DriverId::of(waiter)) {
            slot.timer = None;
            self.drive(waiter);
        }
    }
}
