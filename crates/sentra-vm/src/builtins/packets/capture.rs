//! `packet_capture`: so many packets, or those that come in a time.

use std::time::{Duration, Instant};

use super::Result;
use crate::builtin::Arguments;
use crate::builtins::fibers::moment;
use crate::builtins::settings::Settings;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::heap::{Array, Marker};
use crate::packets::decode;
use crate::packets::open::Request;
use crate::packets::source::{Source, Taken};
use crate::value::Value;
use crate::vm::Vm;

const CAPTURE: &str = "packet_capture";
/// What is captured of a frame unless told.
pub(super) const WHOLE: i64 = 262_144;
/// The bytes that may wait.
const BUFFER: i64 = 32 << 20;
/// What the kernel may keep back for as long as a block is not full.
pub(super) const GRACE: Duration = Duration::from_millis(25);

/// What options say of a capture.
pub(super) fn request(vm: &Vm, args: Arguments, options: &Settings, filter: String) -> Result<Request> {
    let mut request = Request {
        interface: args.string(0).into_owned(),
        filter,
        promiscuous: options.flag("promiscuous")?.unwrap_or(false),
        snaplen: options.integer("snaplen", 1, WHOLE)?.unwrap_or(WHOLE) as u32,
        buffer: options.integer("buffer", 1 << 16, 1 << 30)?.unwrap_or(BUFFER) as usize,
    };
    request.permit(&vm.system.permissions)?;
    Ok(request)
}

/// The option `timeout`: how many seconds to capture.
pub(super) fn timeout(builtin: &str, options: &Settings) -> Result<Option<f64>> {
    let seconds = options.number("timeout")?;
    match seconds.filter(|seconds| seconds.is_nan() || *seconds < 0.0) {
        None => Ok(seconds),
        Some(wrong) => {
            Err(Fault::range(format!("`{builtin}` takes 0 or more seconds as option `timeout`, got {wrong}")))
        }
    }
}

pub(super) fn capture(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let options = Settings::new(CAPTURE, args.optional(3), &["timeout", "promiscuous", "snaplen", "buffer"])?;
    let count = usize::try_from(args.integer(2))
        .map_err(|_| Fault::range(format!("`{CAPTURE}` takes a count of 0 or more, got {}", args.integer(2))))?;
    let seconds = timeout(CAPTURE, &options)?;
    let request = request(vm, args, &options, args.string(1).into_owned())?;
    let packets = vm.heap.array(&[]);
    let count = if count == 0 { usize::MAX } else { count };
    vm.start(Collect { stage: Stage::New(request), packets, count, seconds, until: None })
}

/// Says that packets were lost, if a capture that has ended lost any.
pub(super) fn note_dropped(vm: &mut Vm, waiter: Waiter, builtin: &str, source: &Source) -> Result<()> {
    match source.dropped() {
        0 => Ok(()),
        dropped => {
            let text = format!("{dropped} packets were lost because they came faster than they were taken");
            crate::builtins::note(vm, waiter.fiber, builtin, "dropped", &text)
        }
    }
}

enum Stage {
    New(Request),
    Open(Source),
}

/// The wait for packets.
struct Collect {
    stage: Stage,
    packets: Array,
    count: usize,
    seconds: Option<f64>,
    until: Option<Instant>,
}

impl Operation for Collect {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        if let Stage::New(request) = &self.stage {
            let source = Source::new(vm, request.clone(), waiter);
            self.stage = Stage::Open(source);
            return Ok(None);
        }
        let outcome = self.collect(vm, waiter);
        if !matches!(outcome, Ok(None)) {
            self.abandon(vm, waiter);
        }
        if let (Ok(Some(_)), Stage::Open(source)) = (&outcome, &self.stage) {
            note_dropped(vm, waiter, CAPTURE, source)?;
        }
        outcome
    }

    fn abandon(&mut self, vm: &mut Vm, waiter: Waiter) {
        if let Stage::Open(source) = &mut self.stage {
            source.close(vm, Some(waiter));
        }
    }

    fn trace(&self, marker: &mut Marker) {
        marker.mark(self.packets.value());
    }
}

impl Collect {
    fn collect(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let Stage::Open(source) = &mut self.stage else { return Ok(None) };
        if !source.is_open(vm)? {
            return Ok(None);
        }
        if self.until.is_none()
            && let Some(seconds) = self.seconds
        {
            self.until = moment(seconds);
        }
        let (packets, count) = (self.packets, self.count);
        let keys = decode::Keys::new(&mut vm.heap);
        let taken = source.take(vm, waiter, |vm, frame| {
            let packet = decode::packet(&mut vm.heap, &keys, frame)?;
            packets.push(&mut vm.heap, packet.value())?;
            Ok(packets.len() < count)
        })?;
        let last = self.until.map(|until| until + GRACE);
        match taken {
            Taken::Enough | Taken::End => Ok(Some(packets.value())),
            _ if last.is_some_and(|last| last <= Instant::now()) => Ok(Some(packets.value())),
            _ => {
                last.into_iter().for_each(|last| vm.set_deadline(waiter, last));
                Ok(None)
            }
        }
    }
}
