//! Where a program's processor time goes. A timer by this thread's processor time sets the flag at which the
//! interpreter returns; whatever is seen then gets the processor time since the last time. So the shares are right
//! also where a sample comes late, as it does behind a builtin that takes long. (Another thread that slept in
//! between would be woken at moments that are not by chance: when this thread or its peers wait.)

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix::sys::signal::{SigEvent, SigevNotify, Signal};
use nix::sys::timer::{Expiration, Timer, TimerSetTimeFlags};
use nix::time::{ClockId, clock_gettime};
use signal_hook::SigId;
use signal_hook::consts::SIGPROF;
use signal_hook::{flag, low_level};

use crate::builtins;
use crate::fiber::Fiber;
use crate::image::Function;
use crate::report;
use crate::vm::Vm;

/// The time between two samples; the kernel looks at such timers when its own clock ticks, which may be less often.
const PERIOD: Duration = Duration::from_millis(1);
/// The most calls that a stack is shown with: the innermost.
const MOST_CALLS: usize = 200;
/// The most different stacks that are kept; what comes then counts as others.
const MOST_STACKS: usize = 100_000;

/// A part of a stack.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    /// A function, by address, and the line in it.
    Call(*const Function, u32),
    Builtin(u32),
    /// Calls that are left out.
    Outer,
}

/// Samples by stack, outermost part first. The empty one is the event loop.
pub(crate) struct Profile {
    ticked: Arc<AtomicBool>,
    _timer: Timer,
    handlers: [SigId; 2],
    last: Duration,
    stacks: HashMap<Vec<Part>, Duration>,
    others: Duration,
}

/// The processor time that this thread has had.
fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap_or_default()
}

impl Profile {
    /// Begins to sample what the VM runs on this thread.
    pub fn start(vm: &Vm) -> std::io::Result<Self> {
        let ticked = Arc::new(AtomicBool::new(false));
        let handlers = [
            flag::register(SIGPROF, Arc::clone(&ticked))?,
            flag::register_usize(SIGPROF, Arc::clone(&vm.interrupt), 1)?,
        ];
        // Whichever thread takes the signal: it is the flags that count.
        let event = SigEvent::new(SigevNotify::SigevSignal { signal: Signal::SIGPROF, si_value: 0 });
        let mut timer = Timer::new(ClockId::CLOCK_THREAD_CPUTIME_ID, event)?;
        timer.set(Expiration::Interval(PERIOD.into()), TimerSetTimeFlags::empty())?;
        let (last, others) = (processor_time(), Duration::ZERO);
        Ok(Self { ticked, _timer: timer, handlers, last, stacks: HashMap::new(), others })
    }

    /// The event loop and what it moves on ran until now, if it is time for a sample.
    #[inline]
    pub fn note_loop(&mut self) {
        if self.ticked.swap(false, Ordering::Relaxed) {
            self.add(Vec::new());
        }
    }

    /// A fiber ran until now, or the builtin that it called, if it is time for a sample.
    #[inline]
    pub fn note(&mut self, fiber: &Fiber, builtin: Option<u32>) {
        if self.ticked.load(Ordering::Relaxed) && !fiber.frames.is_empty() {
            self.ticked.store(false, Ordering::Relaxed);
            self.add(stack(fiber, builtin));
        }
    }

    fn add(&mut self, stack: Vec<Part>) {
        let now = processor_time();
        let weight = now.saturating_sub(self.last);
        self.last = now;
        if self.stacks.len() >= MOST_STACKS && !self.stacks.contains_key(&stack) {
            self.others += weight;
        } else {
            *self.stacks.entry(stack).or_default() += weight;
        }
    }

    /// A line for each stack: its parts with semicolons between, and its microseconds.
    pub fn folded(&self, vm: &Vm) -> String {
        let functions = vm.functions.all().map(|function| (std::ptr::from_ref(function), function)).collect();
        let names = Names { vm, functions };
        let mut lines: HashMap<String, u64> = HashMap::new();
        for (stack, time) in &self.stacks {
            *lines.entry(names.stack(stack)).or_default() += time.as_micros() as u64;
        }
        lines.insert("others".into(), self.others.as_micros() as u64);
        let mut lines: Vec<_> = lines.into_iter().filter(|(_, time)| *time > 0).collect();
        lines.sort_unstable();
        lines.iter().fold(String::new(), |mut all, (stack, time)| {
            let _ = writeln!(all, "{stack} {time}");
            all
        })
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        for handler in self.handlers {
            low_level::unregister(handler);
        }
    }
}

/// What a fiber is doing, outermost first.
fn stack(fiber: &Fiber, builtin: Option<u32>) -> Vec<Part> {
    let positions = crate::interpret::unwind::positions(fiber);
    let mut parts: Vec<Part> = builtin.map(Part::Builtin).into_iter().collect();
    for (function, at) in positions.take(MOST_CALLS) {
        parts.push(Part::Call(function, if function.library { 0 } else { function.line(at) }));
    }
    if fiber.frames.len() > MOST_CALLS {
        parts.push(Part::Outer);
    }
    // The fiber's own function comes first, without a line: all fibers that start with it belong together.
    let first = fiber.functions().find(|function| !function.library).or(fiber.functions().next());
    parts.extend(first.map(|function| Part::Call(function, 0)));
    parts.reverse();
    parts
}

/// What functions are called.
struct Names<'v> {
    vm: &'v Vm,
    functions: HashMap<*const Function, &'v Function>,
}

impl Names<'_> {
    fn stack(&self, stack: &[Part]) -> String {
        let Some((fiber, calls)) = stack.split_first() else { return "event loop".into() };
        let mut text = format!("fiber {}", self.part(*fiber));
        for call in calls {
            text.push(';');
            text.push_str(&self.part(*call));
        }
        text
    }

    fn part(&self, part: Part) -> String {
        let (address, line) = match part {
            Part::Builtin(number) => return builtins::name(number).into(),
            Part::Outer => return "…".into(),
            Part::Call(address, line) => (address, line),
        };
        let Some(function) = self.functions.get(&address) else { return "…".into() };
        let name = report::function_name(self.vm, function);
        let file = self.vm.sources.get(function.source as usize).map_or("", |source| &source.path);
        let text = match line {
            0 if function.library => name,
            0 => format!("{name} ({file})"),
            line => format!("{name} ({file}:{line})"),
        };
        text.replace([';', '\n'], ",")
    }
}
