//! The way to a host: echoes that may pass only so many routers.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::Instant;

use sentra_netlib::Stage;
use sentra_netlib::endpoint::icmp::Said;
use sentra_netlib::exchange::traceroute::{Answer, Outcome, Plan, Trace};

use super::echoes::Echoes;
use super::{failed, fault};
use crate::dns::addresses::Addresses;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;

/// Bytes that probes carry, as those of other tools do.
const PAYLOAD: [u8; 32] = [0; 32];

/// A trace under way.
pub(crate) struct Tracing {
    name: String,
    addresses: Addresses,
    host: Option<IpAddr>,
    echoes: Option<Echoes>,
    trace: Trace,
}

impl Tracing {
    /// Begins to trace the way to a host.
    pub fn start(vm: &mut Vm, name: String, plan: Plan) -> Result<Value, Box<Fault>> {
        let addresses = Addresses::new(&name, 0);
        vm.start(Self { name, addresses, host: None, echoes: None, trace: Trace::new(plan) })
    }

    fn open(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<bool, Box<Fault>> {
        if self.echoes.is_some() {
            return Ok(true);
        }
        let Some(addresses) = self.addresses.poll(vm, waiter).map_err(|error| fault(&error))? else { return Ok(false) };
        let address = addresses[0].ip().to_canonical();
        vm.system.permissions.connect(&self.name, (address, 0).into())?;
        let opened = Echoes::open(vm, address);
        self.echoes = Some(opened.map_err(|error| failed(Stage::Connect, error, &self.name))?);
        self.host = Some(address);
        Ok(true)
    }

    /// Goes on; whether it is over.
    fn advance(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<bool, Box<Fault>> {
        if !self.open(vm, waiter)? {
            return Ok(false);
        }
        let (Some(host), Some(echoes)) = (self.host, &mut self.echoes) else { return Ok(true) };
        let (now, trace) = (Instant::now(), &mut self.trace);
        let received = echoes.receive(|heard| {
            let outcome = match heard.message {
                Said::Echo(_) => Outcome::Arrived,
                Said::TimeExceeded => Outcome::Passed,
                Said::Unreachable(_) => Outcome::Stopped,
            };
            if heard.asked == host {
                trace.answered(heard.sequence, heard.from, outcome, now);
            }
        });
        let more = received.map_err(|error| failed(Stage::Receive, error, &self.name))?;
        while let Some(probe) = trace.next(now) {
            match echoes.send(host, probe.sequence, &PAYLOAD, Some(probe.hop)) {
                Ok(()) => {}
                // What cannot go out is as good as lost.
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::HostUnreachable) => {}
                Err(error) => return Err(failed(Stage::Send, error, &self.name)),
            }
        }
        if trace.is_done(now) && !more {
            return Ok(true);
        }
        echoes.wait_until(vm, waiter, trace.wake_at(), more);
        Ok(false)
    }

    fn show(&self, vm: &mut Vm) -> Result<Value, Box<Fault>> {
        let hops = vm.heap.array(&[]);
        for (answers, number) in self.trace.hops().zip(1u8..) {
            let map = show_hop(vm, number, &answers)?;
            hops.push(&mut vm.heap, map)?;
        }
        Ok(hops.value())
    }

    fn close(&mut self, vm: &mut Vm) {
        self.addresses.abandon(vm);
        self.echoes.take().into_iter().for_each(|mut echoes| echoes.close(vm));
    }
}

fn show_hop(vm: &mut Vm, number: u8, answers: &[Option<Answer>]) -> Result<Value, Box<Fault>> {
    let map = vm.heap.map(6);
    let first = answers.iter().flatten().next();
    let best = answers.iter().flatten().map(|answer| answer.took).min();
    let arrived = answers.iter().flatten().any(|answer| answer.outcome == Outcome::Arrived);
    let milliseconds = |took: std::time::Duration| Value::number(took.as_secs_f64() * 1000.0);
    let ip = vm.heap.text(first.map(|answer| answer.from.to_string()).unwrap_or_default().as_bytes());
    let hostname = vm.heap.text(b"");
    let entries = [
        ("hop", Value::number(f64::from(number))),
        ("ip", ip),
        ("hostname", hostname),
        ("latency_ms", best.map_or(Value::NIL, milliseconds)),
        ("reached", arrived.into()),
    ];
    for (key, value) in entries {
        map.set_text(&mut vm.heap, key, value)?;
    }
    let times = vm.heap.array(&[]);
    for answer in answers {
        let value = answer.map_or(Value::NIL, |answer| milliseconds(answer.took));
        times.push(&mut vm.heap, value)?;
    }
    map.set_text(&mut vm.heap, "times_ms", times.value())?;
    Ok(map.value())
}

impl Operation for Tracing {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>, Box<Fault>> {
        let outcome = self.advance(vm, waiter);
        if !matches!(outcome, Ok(false)) {
            self.close(vm);
        }
        if outcome? { self.show(vm).map(Some) } else { Ok(None) }
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        self.close(vm);
    }
}
