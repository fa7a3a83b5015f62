//! Tasks, channels, and waiting for time to pass.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use crate::builtin::{Arguments, Types};
use crate::channel;
use crate::clock::Instant;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::heap::Marker;
use crate::task::{self, Group, Wants};
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// Times further away than this never come.
const FOREVER: f64 = 1e9;

builtins! { TABLE:
    "wait" in [] (task: Types::TASK) -> "any",
        faults ["cancelled", "deadlock"], Nothing,
        "Waits for a task to end: its value, or its error is thrown.",
        "log(wait(spawn { 6 * 7 })) // expect: 42" => Native(wait);
    "await" in [] (task: Types::TASK) -> "any",
        faults ["cancelled", "deadlock"], Nothing,
        "Waits for a task to end, as `wait` does.",
        "let task = spawn { 6 * 7 }\nlog(task.await()) // expect: 42" => Native(wait);
    "wait_all" in ["async"] (tasks: Types::ARRAY) -> "array",
        faults ["cancelled"], Nothing,
        "Waits for all tasks to end: their values in the order of the tasks. Throws the first error at once.",
        "log(wait_all([spawn { 1 }, spawn { 2 }])) // expect: [1, 2]" => Native(wait_all);
    "wait_any" in ["async"] (tasks: Types::ARRAY) -> "any",
        faults ["cancelled", "range"], Nothing,
        "Waits for the first task to end: its value, or its error is thrown. The others go on.",
        "log(wait_any([spawn { sleep(50); 1 }, spawn { 2 }])) // expect: 2" => Native(wait_any);
    "cancel" in [] (task: Types::TASK) -> "boolean",
        faults [], Nothing,
        "Ends a task's fiber where it waits; its `finally` and `defer` parts still run. Whether it had not ended yet.",
        "let task = spawn { defer log(\"cleaned up\"); sleep(60000) }\nyield()\nlog(cancel(task)) // expect: true\nyield() // expect: cleaned up" => Native(cancel);
    "yield" in [] () -> "nil",
        faults [], Nothing,
        "Lets the other fibers run that are ready.",
        "spawn { log(\"other\") }\nyield() // expect: other\nlog(\"main\") // expect: main" => Native(yield_now);
    "sleep" in ["time", "async"] (ms: Types::NUMBER) -> "nil",
        faults [], Nothing,
        "Waits so many milliseconds. Only this fiber waits.",
        "sleep(1)\nlog(\"later\") // expect: later" => Native(sleep);
    "every" in ["time"] (ms: Types::NUMBER, f: Types::FUNCTION) -> "task",
        faults ["range"], Nothing,
        "Calls a function every so many milliseconds until the task is cancelled. A call that takes longer delays the next; an error ends only its call.",
        "let n = 0\nlet timer = nil\ntimer = every(1, fn() {\n  n += 1\n  log(n) // expect: 1\n  cancel(timer)\n})" => Library;
    "after" in ["time"] (ms: Types::NUMBER, f: Types::FUNCTION) -> "task",
        faults [], Nothing,
        "Calls a function once so many milliseconds have passed. The task gives its result.",
        "log(wait(after(1, fn() => \"done\"))) // expect: done" => Library;
    "timeout" in [] (seconds: Types::NUMBER, f: Types::FUNCTION) -> "any",
        faults ["timeout"], Nothing,
        "Calls a function and gives its result; if it takes longer than so many seconds it is cancelled and an error of kind `timeout` is thrown.",
        "try { timeout(0.01, fn() { sleep(60000) }) } catch e { log(e.kind) } // expect: timeout" => Library;
    "make_channel" in [] (capacity: Types::INTEGER => "0") -> "channel",
        faults ["range"], Nothing,
        "A channel that holds so many values which nobody has received yet; with none a sender waits for its receiver.",
        "let ch = make_channel(1)\nch <- \"hello\"\nlog(<-ch) // expect: hello" => Native(make_channel);
    "close" in [] (channel: Types::CHANNEL) -> "nil",
        faults ["closed"], Nothing,
        "Closes a channel: what it holds can still be received, after that receivers get nil and senders an error.",
        "let ch = make_channel(2)\nch <- 1\nclose(ch)\nfor v in ch { log(v) } // expect: 1" => Native(close);
    "semaphore" in [] (permits: Types::INTEGER) -> "map",
        faults ["range"], Nothing,
        "Lets so many fibers in at once: `acquire()`, `release()`, `try_acquire()`, and `run(f)`, which does both round a call.",
        "let one = semaphore(1)\nlog(one.run(fn() => one.try_acquire())) // expect: false" => Library;
    "rate_limiter" in [] (per_second: Types::NUMBER, burst: Types::INTEGER => "1") -> "map",
        faults ["range"], Nothing,
        "Spaces calls out: `acquire()` waits until the next may go, `try_acquire()` says whether it may at once. So many of a burst go without waiting.",
        "let limiter = rate_limiter(1, 2)\nlog(limiter.try_acquire(), limiter.try_acquire(), limiter.try_acquire()) // expect: true true false" => Library;
    "__channel_send" in [] (channel: Types::CHANNEL, value: Types::ANY) -> "nil",
        faults ["closed"], Nothing,
        "Sends a value as `channel <- value` does.",
        "let ch = make_channel(1)\nch <- 1\nlog(<-ch) // expect: 1" => Native(channel_send);
    "__wait_within" in [] (task: Types::TASK, seconds: Types::NUMBER) -> "any",
        faults ["timeout", "cancelled"], Nothing,
        "Waits for a task, and cancels it when the time is up.",
        "log(timeout(5, fn() => 1)) // expect: 1" => Native(wait_within);
    "__settle" in [] (task: Types::TASK) -> "nil",
        faults [], Nothing,
        "Waits for a task to end; an error is printed, not thrown.",
        "let t = nil\nt = every(1, fn() { log(\"tick\"); cancel(t) }) // expect: tick" => Native(settle);
    "__detach" in [] (task: Types::TASK) -> "nil",
        faults [], Nothing,
        "Has a task's error printed as soon as it ends, unless someone waits for it.",
        "after(1, fn() => log(\"later\")) // expect: later" => Native(detach);
}

/// The moment so many seconds from now; nothing if it is too far away to matter.
pub(in crate::builtins) fn moment(seconds: f64) -> Option<Instant> {
    let within = seconds < FOREVER;
    within.then(|| Instant::now() + Duration::from_secs_f64(seconds.max(0.0)))
}

fn channel_send(vm: &mut Vm, args: Arguments) -> Result<Value> {
    channel::send(vm, args.value(0), args.value(1))
}

fn wait(vm: &mut Vm, args: Arguments) -> Result<Value> {
    task::wait(vm, args.value(0))
}

fn cancel(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let fiber = task::fiber_of(args.value(0));
    fiber.into_iter().for_each(|id| vm.cancel(id));
    Ok(fiber.is_some().into())
}

fn yield_now(vm: &mut Vm, _: Arguments) -> Result<Value> {
    vm.yield_now()
}

fn sleep(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let ms = args.number(0);
    if ms.is_nan() || ms <= 0.0 {
        return vm.yield_now();
    }
    let far = Instant::now() + Duration::from_secs_f64(FOREVER);
    vm.park_until(moment(ms / 1000.0).unwrap_or(far))
}

fn make_channel(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let capacity = args.optional(0).and_then(Value::as_integer).unwrap_or(0);
    match usize::try_from(capacity) {
        Ok(capacity) => Ok(channel::make(&mut vm.heap, capacity)),
        Err(_) => Err(Fault::range(format!("a channel cannot hold {capacity} values"))),
    }
}

fn close(vm: &mut Vm, args: Arguments) -> Result<Value> {
    channel::close(vm, args.value(0)).map(|()| Value::NIL)
}

fn detach(_: &mut Vm, args: Arguments) -> Result<Value> {
    task::detach(args.value(0));
    Ok(Value::NIL)
}

fn settle(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let task = args.value(0);
    task::detach(task);
    if task::fiber_of(task).is_none() {
        return Ok(Value::NIL);
    }
    let pending = vm.park()?;
    let waiter = vm.waiter();
    task::watch(vm, task, waiter, Wants::End);
    Ok(pending)
}

fn wait_all(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let tasks = tasks_of("wait_all", args)?;
    let failed = tasks.iter().filter_map(|&task| task::outcome(task)).find(|outcome| outcome.is_err());
    failed.unwrap_or(Ok(Value::NIL))?;
    start_together(vm, tasks, false)
}

fn wait_any(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let tasks = tasks_of("wait_any", args)?;
    if tasks.is_empty() {
        return Err(Fault::range("`wait_any` needs at least one task"));
    }
    match tasks.iter().find_map(|&task| task::outcome(task)) {
        Some(outcome) => outcome,
        None => start_together(vm, tasks, true),
    }
}

fn tasks_of(name: &str, args: Arguments) -> Result<Vec<Value>> {
    let tasks = args.array(0).to_vec();
    match tasks.iter().position(|&value| !task::is_task(value)) {
        Some(index) => {
            let got = tasks[index].type_name();
            Err(Fault::type_error(format!("`{name}` expects an array of tasks, got {got} at index {index}")))
        }
        None => Ok(tasks),
    }
}

/// A wait for several tasks.
struct Together {
    tasks: Vec<Value>,
    group: Option<Rc<Group>>,
    any: bool,
}

fn start_together(vm: &mut Vm, tasks: Vec<Value>, any: bool) -> Result<Value> {
    vm.start(Together { tasks, group: None, any })
}

impl Together {
    fn watch(&self, vm: &mut Vm, waiter: Waiter) -> Rc<Group> {
        let running: Vec<Value> = self.tasks.iter().copied().filter(|&task| task::fiber_of(task).is_some()).collect();
        let remaining = Cell::new(running.len());
        let group = Rc::new(Group { remaining, decisive: Cell::new(None), any: self.any });
        for task in running {
            task::watch(vm, task, waiter, Wants::Group(Rc::clone(&group)));
        }
        group
    }

    fn values(&self, vm: &mut Vm) -> Result<Value> {
        vm.heap.reserve(self.tasks.len() * size_of::<Value>())?;
        let values = self.tasks.iter().filter_map(|&task| task::outcome(task)).collect::<Result<Vec<Value>>>()?;
        Ok(vm.heap.array(&values).value())
    }
}

impl Operation for Together {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let group = match &self.group {
            Some(group) => Rc::clone(group),
            None => self.watch(vm, waiter),
        };
        let (decisive, remaining) = (group.decisive.get(), group.remaining.get());
        self.group = Some(group);
        match decisive {
            Some(task) => task::outcome(task).transpose(),
            None if remaining == 0 => self.values(vm).map(Some),
            None => Ok(None),
        }
    }

    fn trace(&self, marker: &mut Marker) {
        marker.mark_all(&self.tasks);
    }
}

/// A wait for a task that ends with a time.
struct Within {
    task: Value,
    at: Option<Instant>,
    watching: bool,
}

fn wait_within(vm: &mut Vm, args: Arguments) -> Result<Value> {
    vm.start(Within { task: args.value(0), at: moment(args.number(1)), watching: false })
}

impl Within {
    fn cancel_task(&self, vm: &mut Vm) {
        task::fiber_of(self.task).into_iter().for_each(|id| vm.cancel(id));
    }
}

impl Operation for Within {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        if let Some(outcome) = task::outcome(self.task) {
            return outcome.map(Some);
        }
        if !std::mem::replace(&mut self.watching, true) {
            let group = Group { remaining: Cell::new(1), decisive: Cell::new(None), any: true };
            task::watch(vm, self.task, waiter, Wants::Group(Rc::new(group)));
            self.at.into_iter().for_each(|at| vm.set_deadline(waiter, at));
        } else if self.at.is_some_and(|at| at <= Instant::now()) {
            self.cancel_task(vm);
            return Err(Fault::new("timeout", "timed out"));
        }
        Ok(None)
    }

    fn abandon(&mut self, vm: &mut Vm, _waiter: Waiter) {
        self.cancel_task(vm);
    }
}
