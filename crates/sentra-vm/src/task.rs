//! Tasks: what `spawn` gives, and how a fiber's result reaches those who wait for it.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use crate::fault::{ErrorData, Fault};
use crate::fiber::Waiter;
use crate::heap::Marker;
use crate::heap::object::Payload;
use crate::interpret::unwind::is_cancellation;
use crate::value::Value;
use crate::vm::Vm;
use crate::wait_queue::WaitQueue;

/// No fiber: it has ended.
const ENDED: u32 = u32::MAX;

/// A fiber that runs, or the result of one that ran.
pub(crate) struct Task {
    fiber: Cell<u32>,
    /// Nobody can ask for the result: an error is printed at once.
    detached: Cell<bool>,
    /// Somebody asked for the result: an error is not printed.
    observed: Cell<bool>,
    outcome: RefCell<Option<Result<Value, Box<Fault>>>>,
    waiting: RefCell<WaitQueue<Wants>>,
    report: RefCell<Option<Rc<Report>>>,
}

impl Default for Task {
    fn default() -> Self {
        Self {
            fiber: Cell::new(ENDED),
            detached: Cell::new(false),
            observed: Cell::new(false),
            outcome: RefCell::default(),
            waiting: RefCell::default(),
            report: RefCell::default(),
        }
    }
}

/// How a wait for a task ends.
pub(crate) enum Wants {
    /// With the task's result.
    Result,
    /// With nil; an error is printed.
    End,
    /// By looking at the task, as drivers do.
    Look,
    /// By looking at the group that the task belongs to.
    Group(Rc<Group>),
}

/// Tasks that one fiber waits for together.
pub(crate) struct Group {
    /// How many have to end before the fiber is woken.
    pub remaining: Cell<usize>,
    /// The first that ended, or the first by an error if all are wanted.
    pub decisive: Cell<Option<Value>>,
    /// Whether any end is decisive, not only an error.
    pub any: bool,
}

impl Payload for Task {
    fn type_name(&self) -> &'static str {
        "task"
    }

    fn trace(&self, marker: &mut Marker) {
        match &*self.outcome.borrow() {
            Some(Ok(value)) => marker.mark(*value),
            Some(Err(fault)) => {
                fault.error.trace(marker);
                fault.thrown.into_iter().for_each(|value| marker.mark(value));
            }
            None => {}
        }
    }
}

/// Whether a value is a task.
pub(crate) fn is_task(value: Value) -> bool {
    value.as_payload::<Task>().is_some()
}

/// The task that a value is known to be.
fn of<'a>(task: Value) -> &'a Task {
    task.as_payload().expect("only tasks get here")
}

/// Says which fiber gives the task its result.
pub(crate) fn set_fiber(task: Value, id: u32) {
    of(task).fiber.set(id);
}

/// The fiber that is to give the result; nothing once it has ended.
pub(crate) fn fiber_of(task: Value) -> Option<u32> {
    Some(of(task).fiber.get()).filter(|&id| id != ENDED)
}

/// Says that nobody has the task's value.
pub(crate) fn detach(task: Value) {
    let task = of(task);
    task.detached.set(true);
    task.report.take();
}

/// The task's result once it has ended.
pub(crate) fn outcome(task: Value) -> Option<Result<Value, Box<Fault>>> {
    let task = of(task);
    if !task.observed.replace(true) {
        task.report.borrow().iter().for_each(|report| report.forget());
    }
    task.outcome.borrow().as_ref().map(|outcome| outcome.as_ref().map(|&value| value).map_err(|fault| copy(fault)))
}

fn copy(fault: &Fault) -> Box<Fault> {
    Box::new(Fault { thrown: fault.thrown, error: fault.error.clone() })
}

/// A cancellation as who waits for the task sees it: an error like others.
fn ordinary(cancellation: &Fault) -> Box<Fault> {
    let data = cancellation.thrown.and_then(Value::as_error).unwrap_or(&cancellation.error);
    Box::new(Fault { thrown: None, error: ErrorData { cancellation: false, ..data.clone() } })
}

/// Stores the result and wakes who waits for it.
pub(crate) fn complete(vm: &mut Vm, task: Value, outcome: Result<Value, Box<Fault>>) {
    let state = of(task);
    state.fiber.set(ENDED);
    let cancelled = outcome.as_ref().is_err_and(|fault| is_cancellation(fault));
    let outcome = outcome.map_err(|fault| if cancelled { ordinary(&fault) } else { fault });
    match &outcome {
        Ok(value) => vm.heap.barrier(task.address(), *value),
        Err(fault) => {
            let held = fault.thrown.into_iter().chain(fault.error.cause);
            held.for_each(|value| vm.heap.barrier(task.address(), value));
            if !state.observed.get() && !cancelled {
                report(vm, state, fault);
            }
        }
    }
    let failed = outcome.is_err();
    *state.outcome.borrow_mut() = Some(outcome);
    let waiting = state.waiting.take();
    wake_all(vm, task, failed, waiting);
}

fn wake_all(vm: &mut Vm, task: Value, failed: bool, mut waiting: WaitQueue<Wants>) {
    while let Some((waiter, wants)) = waiting.pop() {
        match wants {
            Wants::Result => {
                let Some(outcome) = outcome(task) else { return };
                vm.resume(waiter, outcome);
            }
            Wants::End => drop(vm.resume(waiter, Ok(Value::NIL))),
            Wants::Look => vm.wake(waiter),
            Wants::Group(group) => {
                if (failed || group.any) && group.decisive.get().is_none() {
                    group.decisive.set(Some(task));
                }
                group.remaining.set(group.remaining.get() - 1);
                if group.remaining.get() == 0 || group.decisive.get().is_some() {
                    vm.wake(waiter);
                }
            }
        }
    }
}

/// Waits for a task: its result.
pub(crate) fn wait(vm: &mut Vm, task: Value) -> Result<Value, Box<Fault>> {
    if let Some(outcome) = outcome(task) {
        return outcome;
    }
    if fiber_of(task) == Some(vm.scheduler.running) {
        return Err(Fault::new("deadlock", "deadlock: a fiber waits for itself"));
    }
    let pending = vm.park()?;
    let waiter = vm.waiter();
    watch(vm, task, waiter, Wants::Result);
    Ok(pending)
}

/// Has the end of a running task end or wake a wait.
pub(crate) fn watch(vm: &mut Vm, task: Value, waiter: Waiter, wants: Wants) {
    let task = of(task);
    if !matches!(wants, Wants::End) {
        task.observed.set(true);
    }
    task.waiting.borrow_mut().push(&vm.scheduler, waiter, wants);
}

/// Has the end of a running task wake a driver that looks at it.
pub(crate) fn look(vm: &mut Vm, task: Value, driver: Waiter) {
    let state = of(task);
    state.observed.set(true);
    let mut waiting = state.waiting.borrow_mut();
    if !waiting.has(driver) {
        waiting.push(&vm.scheduler, driver, Wants::Look);
    }
}

/// The text about an error that nobody has asked for. It is printed when its task goes
/// away, or when the program ends.
struct Report {
    text: RefCell<String>,
    due: Rc<RefCell<String>>,
}

impl Report {
    /// Somebody asked for the error.
    fn forget(&self) {
        self.text.take();
    }

    /// Hands the text in for printing.
    fn hand_in(&self) {
        self.due.borrow_mut().push_str(&self.text.take());
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        self.hand_in();
    }
}

fn report(vm: &mut Vm, task: &Task, fault: &Fault) {
    let text = crate::report::uncaught(vm, fault, vm.output.colours_errors());
    if task.detached.get() {
        return vm.print_uncaught(&text);
    }
    let text = RefCell::new(text);
    let report = Rc::new(Report { text, due: Rc::clone(&vm.unobserved.due) });
    vm.unobserved.add(&report);
    *task.report.borrow_mut() = Some(report);
}

/// Errors of tasks that nobody has asked for.
#[derive(Default)]
pub(crate) struct Unobserved {
    kept: Vec<Weak<Report>>,
    /// The first line of the first error that was printed.
    pub first: Option<String>,
    /// Text to print. Tasks go away while the collector runs, so they only leave it here.
    due: Rc<RefCell<String>>,
}

impl Unobserved {
    fn add(&mut self, report: &Rc<Report>) {
        if self.kept.len() == self.kept.capacity() {
            self.kept.retain(|report| report.strong_count() > 0);
        }
        self.kept.push(Rc::downgrade(report));
    }
}

impl Vm {
    /// Prints the errors of tasks that nobody can ask for any more.
    pub(crate) fn report_dropped(&mut self) {
        if !self.unobserved.due.borrow().is_empty() {
            let text = self.unobserved.due.take();
            self.print_uncaught(&text);
        }
    }

    /// Prints reports of errors that nothing caught, and remembers that there were any.
    fn print_uncaught(&mut self, reports: &str) {
        let first = reports.lines().next().unwrap_or_default();
        self.unobserved.first.get_or_insert_with(|| first.trim_start_matches("error: ").to_string());
        self.output.write_error(reports.as_bytes());
    }

    /// Prints the errors of ended tasks that nobody has asked for. A program's end does this.
    pub fn report_unobserved(&mut self) {
        let kept = std::mem::take(&mut self.unobserved.kept);
        kept.iter().filter_map(Weak::upgrade).for_each(|report| report.hand_in());
        self.report_dropped();
    }
}
