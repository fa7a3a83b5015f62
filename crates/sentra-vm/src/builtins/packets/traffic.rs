//! `analyze_traffic`: traffic of a time, or of a file, in numbers.

mod shown;

use std::time::{Duration, Instant};

use sentra_netlib::endpoint::packet::Statistics;
use sentra_netlib::exchange::traffic::{Frame, Limits, Traffic};
use sentra_netlib::trace::Trace;

use super::Result;
use super::capture::{GRACE, request};
use crate::builtin::Arguments;
use crate::builtins::settings::Settings;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::packets::open::{Failure, Request, of_trace};
use crate::packets::source::{Source, Taken};
use crate::value::Value;
use crate::vm::Vm;
use crate::workers::Ticket;

const ANALYZE: &str = "analyze_traffic";
const OPTIONS: &[&str] =
    &["filter", "top", "connections", "max_flows", "max_addresses", "promiscuous", "snaplen", "buffer"];
/// How much of a frame is looked at: headers, and names in what they carry.
const SNAP: u32 = 2048;
/// How much of a file is read before it is asked whether to go on.
const STRETCH: usize = 128 << 20;

/// How much is told.
#[derive(Clone, Copy)]
struct Wanted {
    top: usize,
    connections: usize,
    seconds: f64,
}

pub(super) fn analyze(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let options = Settings::new(ANALYZE, args.optional(2), OPTIONS)?;
    let seconds = args.number(1);
    let filter = options.text("filter")?.unwrap_or_default();
    let mut request = request(vm, args, &options, filter)?;
    if options.integer("snaplen", 1, 1 << 18)?.is_none() {
        request.snaplen = SNAP;
    }
    let least = if request.file().is_some() { 0.0 } else { f64::MIN_POSITIVE };
    if !(seconds >= least && seconds.is_finite()) {
        let what = if least == 0.0 { "a number of seconds" } else { "a number of seconds above 0" };
        return Err(Fault::range(format!("`{ANALYZE}` takes {what}, got {seconds}")));
    }
    let usual = Limits::default();
    let size =
        |name, usual: usize| Ok::<_, Box<Fault>>(options.integer(name, 16, 1 << 22)?.map_or(usual, |n| n as usize));
    let limits =
        Limits { flows: size("max_flows", usual.flows)?, addresses: size("max_addresses", usual.addresses)?, ..usual };
    let wanted = Wanted {
        top: options.integer("top", 0, 100_000)?.unwrap_or(10) as usize,
        connections: options.integer("connections", 0, 1 << 20)?.unwrap_or(100) as usize,
        seconds,
    };
    let traffic = Some(Box::new(Traffic::new(limits)));
    vm.start(Analyze { request, wanted, traffic, stage: Stage::New })
}

type Counted = (Box<Trace>, Box<Traffic>, std::result::Result<bool, Failure>);

enum Stage {
    New,
    Opening(Source),
    Watching(Source, Instant),
    Reading(Ticket<Counted>),
}

/// The wait for the numbers.
struct Analyze {
    request: Request,
    wanted: Wanted,
    /// Not here while a worker has it.
    traffic: Option<Box<Traffic>>,
    stage: Stage,
}

impl Operation for Analyze {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let outcome = self.go_on(vm, waiter);
        if outcome.is_err() {
            self.let_go(vm, waiter);
        }
        outcome
    }

    fn abandon(&mut self, vm: &mut Vm, waiter: Waiter) {
        self.let_go(vm, waiter);
    }
}

impl Analyze {
    fn let_go(&mut self, vm: &mut Vm, waiter: Waiter) {
        match std::mem::replace(&mut self.stage, Stage::New) {
            Stage::Opening(mut source) | Stage::Watching(mut source, _) => source.close(vm, Some(waiter)),
            Stage::Reading(_) => vm.reactor.workers.give_up(),
            Stage::New => {}
        }
    }

    fn go_on(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        match &mut self.stage {
            Stage::New => {
                self.stage = Stage::Opening(Source::new(vm, self.request.clone(), waiter));
                Ok(None)
            }
            Stage::Opening(source) => {
                if !source.is_open(vm)? {
                    return Ok(None);
                }
                if let Some(trace) = source.take_file() {
                    let Some(traffic) = self.traffic.take() else { return Ok(None) };
                    return self.read(vm, waiter, trace, traffic);
                }
                let Stage::Opening(source) = std::mem::replace(&mut self.stage, Stage::New) else { return Ok(None) };
                let until = Instant::now() + Duration::from_secs_f64(self.wanted.seconds.min(1e9));
                self.stage = Stage::Watching(source, until);
                self.watch(vm, waiter)
            }
            Stage::Watching(..) => self.watch(vm, waiter),
            Stage::Reading(ticket) => {
                let Some((trace, traffic, more)) = vm.reactor.workers.take(ticket) else { return Ok(None) };
                self.stage = Stage::New;
                if more? {
                    return self.read(vm, waiter, trace, traffic);
                }
                self.tell(vm, *traffic, Statistics::default(), None).map(Some)
            }
        }
    }

    /// Counts what has come to the ring.
    fn watch(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let (Stage::Watching(source, until), Some(traffic)) = (&mut self.stage, &mut self.traffic) else {
            return Ok(None);
        };
        let last = *until + GRACE;
        let taken = source.take(vm, waiter, |_, frame| {
            let (nanoseconds, length, link, bytes) = (frame.nanoseconds, frame.length, frame.link, frame.bytes);
            traffic.take(Frame { nanoseconds, length, link, bytes });
            Ok(true)
        })?;
        if last > Instant::now() && !matches!(taken, Taken::End) {
            vm.set_deadline(waiter, last);
            return Ok(None);
        }
        let statistics = source.statistics();
        let traffic = self.traffic.take();
        let seconds = self.wanted.seconds;
        self.let_go(vm, waiter);
        let told = traffic.map(|traffic| self.tell(vm, *traffic, statistics, Some(seconds)));
        told.transpose()
    }

    /// Counts a stretch of a file on a worker.
    fn read(
        &mut self,
        vm: &mut Vm,
        waiter: Waiter,
        mut trace: Box<Trace>,
        mut traffic: Box<Traffic>,
    ) -> Result<Option<Value>> {
        let path = self.request.file().unwrap_or_default().to_string();
        let span = if self.wanted.seconds == 0.0 { i64::MAX } else { (self.wanted.seconds * 1e9).min(9e18) as i64 };
        let ticket = vm.reactor.workers.submit(waiter, move || {
            let mut within = true;
            let more = trace.read(STRETCH, |record| {
                within = traffic.began().is_none_or(|begin| record.nanoseconds.saturating_sub(begin) <= span);
                if within {
                    let (nanoseconds, length, link) = (record.nanoseconds, record.length, record.link);
                    traffic.take(Frame { nanoseconds, length, link, bytes: record.frame });
                }
                within
            });
            let more = more.map(|more| more && within).map_err(|failure| of_trace(&path, failure));
            (trace, traffic, more)
        });
        self.stage = Stage::Reading(ticket);
        Ok(None)
    }

    fn tell(&self, vm: &mut Vm, traffic: Traffic, statistics: Statistics, seconds: Option<f64>) -> Result<Value> {
        let report = traffic.report(self.wanted.top, self.wanted.connections);
        shown::report(&mut vm.heap, &self.request.interface, &report, statistics, seconds)
    }
}
