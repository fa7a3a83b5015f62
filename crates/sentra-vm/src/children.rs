//! The process groups that were started and not yet waited for: a process that ends itself
//! kills them, so that nothing goes on without it. It starts none and waits for none.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// Their leaders. Only who holds the lock may wait for one: until then its number is its own.
static ALL: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// Held by threads that are starting one; a process that ends itself waits for them.
static STARTING: RwLock<()> = RwLock::new(());

/// Has a process that ends itself wait until a child that is being started is among the others.
pub(crate) fn starting() -> RwLockReadGuard<'static, ()> {
    STARTING.read().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps all children from being forgotten in the meantime.
pub(crate) struct Children(MutexGuard<'static, BTreeSet<u32>>);

/// The children as they are now.
pub(crate) fn all() -> Children {
    Children(ALL.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Children {
    /// Notes a child that leads a process group of its own.
    pub fn add(&mut self, leader: u32) {
        self.0.insert(leader);
    }

    /// Notes that it has been waited for, or is about to be.
    pub fn remove(&mut self, leader: u32) {
        self.0.remove(&leader);
    }
}

/// Kills them with what they have started. The process is about to end: none is started any more.
pub(crate) fn end_all() {
    std::mem::forget(STARTING.write().unwrap_or_else(PoisonError::into_inner));
    for leader in all().0.iter() {
        // It fails only where nothing is left to kill.
        let _ = killpg(Pid::from_raw(leader.cast_signed()), Signal::SIGKILL);
    }
}

/// Ends this process with `status`: its children and its temporary folders go with it.
pub(crate) fn exit(status: i32) -> ! {
    end_all();
    crate::temporary::remove_all();
    std::process::exit(status)
}
