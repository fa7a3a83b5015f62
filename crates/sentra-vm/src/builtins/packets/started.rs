//! Captures that go on: opened, asked for what has come, ended.

use super::Result;
use super::capture::request;
use crate::builtin::Arguments;
use crate::builtins::settings::Settings;
use crate::fiber::{Operation, Waiter};
use crate::packets::decode;
use crate::packets::open::Request;
use crate::packets::source::{Source, Taken};
use crate::value::Value;
use crate::vm::Vm;

/// The most packets that are handed over at once.
const BATCH: usize = 128;

pub(super) fn open(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let options = Settings::new("capture_start", args.optional(2), &["promiscuous", "snaplen", "buffer"])?;
    let request = request(vm, args, &options, args.string(1).into_owned())?;
    vm.start(Open { request: Some(request), source: None })
}

/// The wait until a capture is open.
struct Open {
    request: Option<Request>,
    source: Option<Source>,
}

impl Operation for Open {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        if let Some(request) = self.request.take() {
            self.source = Some(Source::new(vm, request, waiter));
            return Ok(None);
        }
        let Some(source) = &mut self.source else { return Ok(None) };
        if !source.is_open(vm)? {
            return Ok(None);
        }
        let Some(source) = self.source.take() else { return Ok(None) };
        let interface = source.request().interface.clone();
        let id = vm.system.captures.add(source, &interface);
        vm.heap.checked_text(id.as_bytes()).map(Some)
    }

    fn abandon(&mut self, vm: &mut Vm, waiter: Waiter) {
        self.source.iter_mut().for_each(|source| source.close(vm, Some(waiter)));
    }
}

pub(super) fn next(vm: &mut Vm, args: Arguments) -> Result<Value> {
    vm.start(Next { id: args.value(0) })
}

/// The wait for further packets. The id is among the builtin's arguments and stays.
struct Next {
    id: Value,
}

impl Operation for Next {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let id = self.id.as_bytes().unwrap_or_default();
        let Some(capture) = vm.system.captures.get(id) else { return Ok(Some(Value::NIL)) };
        let packets = vm.heap.array(&[]);
        let keys = decode::Keys::new(&mut vm.heap);
        let taken = capture.borrow_mut().source.take(vm, waiter, |vm, frame| {
            let packet = decode::packet(&mut vm.heap, &keys, frame)?;
            packets.push(&mut vm.heap, packet.value())?;
            Ok(packets.len() < BATCH)
        })?;
        capture.borrow_mut().captured += packets.len() as u64;
        match taken {
            _ if !packets.is_empty() => Ok(Some(packets.value())),
            Taken::End => Ok(Some(Value::NIL)),
            _ => Ok(None),
        }
    }
}

pub(super) fn stats(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let Some(capture) = vm.system.captures.get(args.bytes(0)) else { return Ok(Value::NIL) };
    let statistics = capture.borrow_mut().source.statistics();
    let captured = capture.borrow().captured;
    shown(vm, captured, statistics.received, statistics.dropped)
}

pub(super) fn stop(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let Some(capture) = vm.system.captures.remove(args.bytes(0)) else { return Ok(Value::NIL) };
    let mut capture = capture.borrow_mut();
    capture.source.close(vm, None);
    let statistics = capture.source.statistics();
    let captured = capture.captured;
    shown(vm, captured, statistics.received, statistics.dropped)
}

fn shown(vm: &mut Vm, captured: u64, received: u64, dropped: u64) -> Result<Value> {
    let map = vm.heap.map(3);
    for (key, number) in [("captured", captured), ("received", received), ("dropped", dropped)] {
        map.set_text(&mut vm.heap, key, Value::number(number as f64))?;
    }
    Ok(map.value())
}
