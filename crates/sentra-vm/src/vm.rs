//! The virtual machine: everything that a running program consists of.
//!
//! The parts are in modules of their own; this one holds them together and owns what they
//! share: linked code, globals, and the rule of when the collector runs.

use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::builtin::Builtin;
use crate::builtins::regex::patterns::Patterns;
use crate::debug::Debugger;
use crate::driver::Drivers;
use crate::fault::Fault;
use crate::fiber::Fiber;
use crate::heap::Heap;
use crate::heap::collect::{Statistics, Stress};
use crate::image::{Function, Functions, Method};
use crate::library::Linked;
use crate::measure::Measure;
use crate::output::Output;
#[cfg(feature = "system")]
use crate::permission::Permissions;
use crate::reactor::Reactor;
use crate::scheduler::Scheduler;
use crate::system::System;
use crate::value::Value;

/// What the embedding program decides.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The most bytes that the heap may hold.
    pub max_memory: Option<usize>,
    /// What `args()` gives.
    pub arguments: Vec<String>,
    /// Interrupt the interpreter at every loop and call, as tests do.
    pub smallest_slice: bool,
    /// Keep figures for `--stats`.
    pub statistics: bool,
    /// Collect wherever the collector may run, as tests do.
    pub collect_always: Option<Stress>,
    /// End the program with status 124 once fibers were run so often, as tests do. With
    /// `smallest_slice` that bounds loops and calls.
    pub most_switches: Option<u64>,
    /// What the program may reach outside of itself.
    #[cfg(feature = "system")]
    pub permissions: Permissions,
    /// The most fibers that may live at a time.
    pub max_fibers: Option<usize>,
    /// Keep what the program knows of its statements and variables.
    pub debug: bool,
}

/// A source file that code came from.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its path, as messages show it.
    pub path: Rc<str>,
    /// Its text, if it is at hand.
    pub text: Option<Arc<[u8]>>,
    /// Its main function, and whether that has run.
    pub(crate) main: u32,
    pub(crate) started: bool,
    /// What it exports.
    pub(crate) exports: Vec<(Value, Exported)>,
    /// Its module value, once something asked for it.
    pub(crate) module: Value,
}

/// What an exported name stands for, in this VM's tables.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Exported {
    Global(u32),
    Function(u32),
}

/// A virtual machine.
pub struct Vm {
    /// Its objects.
    pub heap: Heap,
    pub(crate) options: Options,
    /// Linked functions.
    pub(crate) functions: Functions,
    pub(crate) constants: Vec<Value>,
    /// The keys of map literals, by the constant's index.
    pub(crate) keys: Vec<Box<[Value]>>,
    pub(crate) globals: Vec<Value>,
    pub(crate) global_names: Vec<Box<str>>,
    /// Globals of the session, by name (the REPL).
    pub(crate) session: HashMap<String, u32>,
    /// The same names as the compiler knows them.
    pub(crate) session_names: Vec<sentra_compiler::compile::SessionName>,
    /// How many inputs the session has had.
    pub(crate) inputs: u32,
    /// Values that the embedding program holds.
    pub(crate) held: Vec<Weak<Value>>,
    pub(crate) methods: Vec<Method>,
    pub(crate) method_numbers: HashMap<Value, u32>,
    /// Builtin constants and builtins as values, made when first used.
    pub(crate) builtin_values: HashMap<u32, Value>,
    /// Library functions by the builtin's number.
    pub(crate) library: HashMap<u32, u32>,
    /// What is linked of the modules that are written in Sentra, and the methods of their objects.
    pub(crate) linked: Linked,
    /// Every builtin, by number.
    pub(crate) registry: &'static [&'static Builtin],
    pub(crate) sources: Vec<SourceFile>,
    /// The numbers of the builtins that the interpreter does in place.
    pub(crate) len_number: u32,
    pub(crate) push_number: u32,
    pub(crate) floor_number: u32,
    /// Calls a builtin with arguments from an array; made when first needed.
    pub(crate) trampoline: *mut Function,
    /// Bytes of a text that is being put together.
    pub(crate) scratch: Vec<u8>,
    pub(crate) scheduler: Scheduler,
    pub(crate) drivers: Drivers,
    pub(crate) reactor: Reactor,
    /// What it has of the system around it.
    pub(crate) system: System,
    /// Regular expressions that were used last.
    pub(crate) patterns: Patterns,
    /// Where `log` and `print` write.
    pub output: Output,
    /// Not zero while something outside wants the interpreter to return at the next loop or call.
    pub(crate) interrupt: Arc<AtomicUsize>,
    /// Failures of tasks that nobody has waited for.
    pub(crate) unobserved: crate::task::Unobserved,
    /// What is known of calls of builtins, if someone wants to know.
    pub(crate) record: Option<Box<crate::record::Record>>,
    /// Who debugs the program, if anybody does.
    pub(crate) debugger: Option<Box<Debugger>>,
    /// Who measures the program, if anybody does.
    pub(crate) measure: Option<Box<Measure>>,
    /// Instructions that were run, if the code was linked to count them.
    pub(crate) instructions: u64,
    /// Set by `exit(n)`.
    pub(crate) exit_status: Option<i32>,
}

impl Vm {
    /// A VM without any program.
    pub fn new(options: Options) -> std::io::Result<Self> {
        let mut heap = Heap::new(options.max_memory);
        if options.statistics {
            heap.collector.statistics = Some(Statistics::default());
        }
        if let Some(stress) = options.collect_always {
            heap.collect_always(stress);
        }
        let interrupt = Arc::new(AtomicUsize::new(usize::from(options.smallest_slice)));
        Ok(Self {
            heap,
            functions: Functions::default(),
            constants: Vec::new(),
            keys: Vec::new(),
            globals: Vec::new(),
            global_names: Vec::new(),
            session: HashMap::new(),
            session_names: Vec::new(),
            inputs: 0,
            held: Vec::new(),
            methods: Vec::new(),
            method_numbers: HashMap::new(),
            builtin_values: HashMap::new(),
            library: HashMap::new(),
            linked: Linked::default(),
            registry: crate::builtins::registry(),
            sources: Vec::new(),
            len_number: crate::builtins::find("len").unwrap_or(u32::MAX),
            push_number: crate::builtins::find("push").unwrap_or(u32::MAX),
            floor_number: crate::builtins::find("floor").unwrap_or(u32::MAX),
            trampoline: std::ptr::null_mut(),
            scratch: Vec::new(),
            scheduler: Scheduler::new(),
            drivers: Drivers::default(),
            reactor: Reactor::new()?,
            system: System::new(&options),
            patterns: Patterns::default(),
            output: Output::stdout(),
            interrupt,
            unobserved: crate::task::Unobserved::default(),
            record: None,
            debugger: None,
            measure: None,
            instructions: 0,
            exit_status: None,
            options,
        })
    }

    /// Whether the interpreter is asked to return.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupt.load(Ordering::Relaxed) != 0
    }

    /// One piece of collection if the heap wants it. Called only between two instructions,
    /// with every fiber's `top` up to date.
    #[cold]
    #[inline(never)]
    pub(crate) fn collect(&mut self) -> Result<(), Box<Fault>> {
        if self.options.collect_always == Some(Stress::Whole) {
            self.collect_now();
        }
        let Some(limit) = self.heap.limit().filter(|limit| self.heap.bytes() > limit / 4 * 3) else {
            self.with_roots(|heap, roots| heap.step(roots));
            return Ok(());
        };
        self.collect_now();
        if self.heap.bytes() > limit { Err(Fault::memory(limit)) } else { Ok(()) }
    }

    /// A whole collection at once; not while a fiber runs, whose values only it sees.
    pub fn collect_fully(&mut self) {
        if !self.scheduler.is_running() {
            self.collect_now();
        }
    }

    /// The same between two instructions of the running fiber, whose `top` is up to date.
    pub(crate) fn collect_now(&mut self) {
        self.with_roots(|heap, roots| heap.collect_fully(roots));
    }

    fn with_roots(&mut self, run: impl FnOnce(&mut Heap, &mut dyn FnMut(&mut crate::heap::Marker))) {
        let Self { heap, globals, held, constants, builtin_values, functions, methods, sources, .. } = self;
        let (scheduler, drivers, patterns, system) = (&self.scheduler, &self.drivers, &self.patterns, &self.system);
        let debugger = &self.debugger;
        run(heap, &mut |marker| {
            marker.mark_all(globals);
            held.iter().filter_map(Weak::upgrade).for_each(|value| marker.mark(*value));
            marker.mark_all(constants);
            builtin_values.values().for_each(|&value| marker.mark(value));
            functions.closures().for_each(|closure| marker.mark(closure));
            patterns.trace(marker);
            methods.iter().for_each(|method| marker.mark(method.key));
            for source in sources.iter() {
                marker.mark(source.module);
                source.exports.iter().for_each(|(name, _)| marker.mark(*name));
            }
            drivers.trace(marker);
            system.trace(marker);
            debugger.iter().for_each(|debugger| debugger.trace(marker));
            scheduler.fibers.iter().flatten().for_each(|fiber| fiber.trace(marker));
        });
    }

    /// How often a fiber was run, and how often the events were looked at.
    pub fn loop_counts(&self) -> (u64, u64) {
        (self.scheduler.switches, self.scheduler.polls)
    }

    /// What the collector did, if `Options::statistics` asked for it.
    pub fn statistics(&self) -> Option<&Statistics> {
        self.heap.collector.statistics.as_ref()
    }

    /// The running fiber.
    pub(crate) fn fiber(&mut self) -> &mut Fiber {
        let running = self.scheduler.running as usize;
        self.scheduler.fibers[running].as_deref_mut().expect("a fiber is running")
    }
}
