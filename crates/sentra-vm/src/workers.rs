//! Threads for what would hold up the event loop: files, host names, standard input.
//!
//! A job runs on a thread of the pool; its result comes back through a [`Ticket`], and the
//! fiber that waits for it is woken. Threads are started as needed and end when idle.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;

/// The most threads; further jobs queue up.
const MOST_THREADS: usize = 64;
/// A thread without work ends after this.
const IDLE: Duration = Duration::from_secs(10);
/// Jobs recurse little; statements of SQL as deep as they may be nested.
const STACK: usize = 2 << 20;

type Job = Box<dyn FnOnce() + Send>;

/// The pool.
pub(crate) struct Workers {
    shared: Arc<Shared>,
    /// Jobs whose results somebody waits for.
    awaited: usize,
}

struct Shared {
    queue: Mutex<Queue>,
    arrival: Condvar,
    finished: Mutex<Vec<Waiter>>,
    waker: mio::Waker,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
    closed: bool,
}

/// Wakes waits and leaves jobs to the pool, from any thread.
#[derive(Clone)]
pub(crate) struct Bell(Arc<Shared>);

/// The claim to a job's result.
pub(crate) struct Ticket<R>(Arc<Mutex<Option<R>>>);

/// A thread that panicked has left nothing half done: every change here is a single step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Workers {
    /// A pool without threads.
    pub fn new(waker: mio::Waker) -> Self {
        let shared = Shared { queue: Mutex::default(), arrival: Condvar::new(), finished: Mutex::default(), waker };
        Self { shared: Arc::new(shared), awaited: 0 }
    }

    /// What makes the event loop look up, from any thread.
    pub fn alarm(&self) -> impl Fn() + Send + Sync + 'static {
        let shared = Arc::clone(&self.shared);
        // It fails only if the loop is gone, and then nobody looks up.
        move || drop(shared.waker.wake())
    }

    /// What wakes waits for results that come from elsewhere than `submit`.
    pub fn bell(&self) -> Bell {
        Bell(Arc::clone(&self.shared))
    }

    /// Says that such a result is awaited, until `give_up`.
    pub fn await_bell(&mut self) {
        self.awaited += 1;
    }

    /// Whether a result is still to come.
    pub fn is_busy(&self) -> bool {
        self.awaited > 0
    }

    /// Takes the waits whose jobs have finished.
    pub fn take_finished(&self, into: &mut Vec<Waiter>) {
        into.append(&mut lock(&self.shared.finished));
    }

    /// Runs a job on a thread and then wakes `waiter`.
    pub fn submit<R: Send + 'static>(&mut self, waiter: Waiter, job: impl FnOnce() -> R + Send + 'static) -> Ticket<R> {
        let place = Arc::new(Mutex::new(None));
        let (result, shared) = (Arc::clone(&place), Arc::clone(&self.shared));
        self.awaited += 1;
        self.enqueue(Box::new(move || {
            *lock(&result) = Some(job());
            shared.ring(waiter);
        }));
        Ticket(place)
    }

    /// The result, once it is there.
    pub fn take<R>(&mut self, ticket: &Ticket<R>) -> Option<R> {
        let result = lock(&ticket.0).take();
        self.awaited -= usize::from(result.is_some());
        result
    }

    /// Says that nobody will take a job's result.
    pub fn give_up(&mut self) {
        self.awaited -= 1;
    }

    /// Runs a job whose result nobody waits for.
    pub fn leave_to(&self, job: impl FnOnce() + Send + 'static) {
        self.enqueue(Box::new(job));
    }

    fn enqueue(&self, job: Job) {
        self.shared.enqueue(job);
    }
}

impl Bell {
    /// Wakes a wait.
    pub fn ring(&self, waiter: Waiter) {
        self.0.ring(waiter);
    }

    /// Runs a job on a thread of the pool.
    pub fn leave_to(&self, job: impl FnOnce() + Send + 'static) {
        self.0.enqueue(Box::new(job));
    }
}

impl Shared {
    fn ring(&self, waiter: Waiter) {
        let mut finished = lock(&self.finished);
        finished.push(waiter);
        // Where there are others, the loop has been woken for them and takes this one too.
        if finished.len() == 1 {
            drop(finished);
            // It fails only if the loop is gone, and then nobody waits.
            let _ = self.waker.wake();
        }
    }

    fn enqueue(self: &Arc<Self>, job: Job) {
        let mut queue = lock(&self.queue);
        queue.jobs.push_back(job);
        if queue.idle >= queue.jobs.len() || queue.threads >= MOST_THREADS {
            self.arrival.notify_one();
            return;
        }
        let shared = Arc::clone(self);
        let thread = std::thread::Builder::new().name("sentra-worker".into()).stack_size(STACK);
        if thread.spawn(move || shared.work()).is_ok() {
            queue.threads += 1;
        } else if queue.threads == 0 {
            // No thread at all can be had: better late than never.
            let job = queue.jobs.pop_back();
            drop(queue);
            job.into_iter().for_each(|job| job());
        }
    }

    fn work(&self) {
        let mut queue = lock(&self.queue);
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                job();
                queue = lock(&self.queue);
                continue;
            }
            queue.idle += 1;
            let waited = self.arrival.wait_timeout(queue, IDLE).unwrap_or_else(PoisonError::into_inner);
            queue = waited.0;
            queue.idle -= 1;
            if queue.jobs.is_empty() && (waited.1.timed_out() || queue.closed) {
                queue.threads -= 1;
                return;
            }
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        lock(&self.shared.queue).closed = true;
        self.shared.arrival.notify_all();
    }
}

/// A fiber's wait for a job.
struct Offloaded<R, J, F> {
    job: Option<J>,
    ticket: Option<Ticket<R>>,
    finish: Option<F>,
}

impl<R, J, F> Operation for Offloaded<R, J, F>
where
    R: Send + 'static,
    J: FnOnce() -> R + Send + 'static,
    F: FnOnce(&mut Vm, R) -> Result<Value, Box<Fault>>,
{
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>, Box<Fault>> {
        if let Some(job) = self.job.take() {
            self.ticket = Some(vm.reactor.workers.submit(waiter, job));
            return Ok(None);
        }
        let result = self.ticket.as_ref().and_then(|ticket| vm.reactor.workers.take(ticket));
        let Some(result) = result else { return Ok(None) };
        let finish = self.finish.take().expect("a result comes once");
        vm.scheduler.running = waiter.fiber;
        finish(vm, result).map(Some)
    }

    fn abandon(&mut self, vm: &mut Vm, _waiter: Waiter) {
        vm.reactor.workers.give_up();
    }
}

impl Vm {
    /// Runs `job` on another thread while the running fiber waits, then `finish` here, which
    /// makes the result of what the job found. Values stay out of the job: what it needs is
    /// copied, what `finish` needs lies among the builtin's arguments.
    pub(crate) fn offload<R: Send + 'static>(
        &mut self,
        job: impl FnOnce() -> R + Send + 'static,
        finish: impl FnOnce(&mut Vm, R) -> Result<Value, Box<Fault>> + 'static,
    ) -> Result<Value, Box<Fault>> {
        self.start(Offloaded { job: Some(job), ticket: None, finish: Some(finish) })
    }

    /// What makes the program look whether its controller wants something, from any thread.
    pub(crate) fn caller(&self) -> impl Fn() + Send + Sync + 'static {
        let (alarm, interrupt) = (self.reactor.workers.alarm(), Arc::clone(&self.interrupt));
        move || {
            interrupt.store(1, Ordering::Relaxed);
            alarm();
        }
    }
}
