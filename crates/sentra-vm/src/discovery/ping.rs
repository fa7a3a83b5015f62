//! Echoes of one host, one after the other.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use sentra_netlib::Stage;
use sentra_netlib::endpoint::icmp::Said;
use sentra_netlib::exchange::sweep::{Plan, Sweep};

use super::echoes::Echoes;
use super::{failed, fault};
use crate::dns::addresses::Addresses;
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::value::Value;
use crate::vm::Vm;

/// What could not be sent now is tried again after this.
const PAUSE: Duration = Duration::from_millis(5);

/// What to ask for.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub host: String,
    pub count: u16,
    pub interval: Duration,
    pub timeout: Duration,
    /// Bytes that the host shall send back.
    pub size: usize,
}

/// Echoes that are asked for.
pub(crate) struct Pinging {
    request: Request,
    addresses: Addresses,
    host: Option<IpAddr>,
    echoes: Option<Echoes>,
    /// Each echo counts as a host that is probed once.
    sweep: Option<Sweep>,
    times: Vec<Option<Duration>>,
    ttl: Option<u8>,
}

impl Pinging {
    /// Begins to ask.
    pub fn start(vm: &mut Vm, request: Request) -> Result<Value, Box<Fault>> {
        let addresses = Addresses::new(&request.host, 0);
        let times = vec![None; usize::from(request.count)];
        vm.start(Self { addresses, host: None, echoes: None, sweep: None, times, ttl: None, request })
    }

    /// Opens what is needed once the address is known; whether it is.
    fn open(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<bool, Box<Fault>> {
        if self.echoes.is_some() {
            return Ok(true);
        }
        let Some(addresses) = self.addresses.poll(vm, waiter).map_err(|error| fault(&error))? else { return Ok(false) };
        let address = addresses[0].ip().to_canonical();
        vm.system.permissions.connect(&self.request.host, (address, 0).into())?;
        let opened = Echoes::open(vm, address);
        self.echoes = Some(opened.map_err(|error| failed(Stage::Connect, error, &self.request.host))?);
        self.host = Some(address);
        let Request { count, interval, timeout, .. } = self.request;
        let plan = Plan { count: count.into(), rounds: 1, gap: interval, patience: timeout, timeout };
        self.sweep = Some(Sweep::new(plan, Instant::now()));
        Ok(true)
    }

    /// Goes on; whether it is over.
    fn advance(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<bool, Box<Fault>> {
        if !self.open(vm, waiter)? {
            return Ok(false);
        }
        let (Some(host), Some(echoes), Some(sweep)) = (self.host, &mut self.echoes, &mut self.sweep) else {
            return Ok(true);
        };
        let now = Instant::now();
        let (times, ttl) = (&mut self.times, &mut self.ttl);
        let received = echoes.receive(|heard| {
            let took = sweep.answered(heard.sequence.into(), now).filter(|_| heard.asked == host);
            if let (Said::Echo(came), Some(took)) = (heard.message, took) {
                times[usize::from(heard.sequence)] = Some(took);
                *ttl = came.or(*ttl);
            }
        });
        let more = received.map_err(|error| failed(Stage::Receive, error, &self.request.host))?;
        while let Some(probe) = sweep.next(now) {
            let payload = vec![0; self.request.size];
            match echoes.send(host, probe.host as u16, &payload, None) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => sweep.put_back(probe, now + PAUSE),
                // No way there counts as no answer; what is wrong with the question does not.
                Err(error) if error.kind() == ErrorKind::HostUnreachable => {}
                Err(error) => return Err(failed(Stage::Send, error, &self.request.host)),
            }
        }
        if sweep.is_done(now) && !more {
            return Ok(true);
        }
        echoes.wait_until(vm, waiter, sweep.wake_at(), more);
        Ok(false)
    }

    fn show(&self, vm: &mut Vm) -> Result<Value, Box<Fault>> {
        let map = vm.heap.map(10);
        let host = vm.heap.checked_text(self.request.host.as_bytes())?;
        map.set_text(&mut vm.heap, "host", host)?;
        let ip = vm.heap.text(self.host.map(|host| host.to_string()).unwrap_or_default().as_bytes());
        map.set_text(&mut vm.heap, "ip", ip)?;
        let came: Vec<f64> = self.times.iter().flatten().map(|took| took.as_secs_f64() * 1000.0).collect();
        let (sent, received) = (self.times.len() as f64, came.len() as f64);
        let least = came.iter().copied().reduce(f64::min);
        let most = came.iter().copied().reduce(f64::max);
        let mean = (received > 0.0).then(|| came.iter().sum::<f64>() / received);
        let number = |number: Option<f64>| number.map_or(Value::NIL, Value::number);
        let entries = [
            ("alive", (received > 0.0).into()),
            ("sent", Value::number(sent)),
            ("received", Value::number(received)),
            ("loss_percent", Value::number((sent - received) / sent * 100.0)),
            ("latency_ms", number(mean)),
            ("min_ms", number(least)),
            ("max_ms", number(most)),
            ("ttl", number(self.ttl.map(f64::from))),
        ];
        for (key, value) in entries {
            map.set_text(&mut vm.heap, key, value)?;
        }
        let times = vm.heap.array_with_capacity(self.times.len());
        for took in &self.times {
            let value = number(took.map(|took| took.as_secs_f64() * 1000.0));
            times.push(&mut vm.heap, value)?;
        }
        map.set_text(&mut vm.heap, "times_ms", times.value())?;
        Ok(map.value())
    }

    fn close(&mut self, vm: &mut Vm) {
        self.addresses.abandon(vm);
        self.echoes.take().into_iter().for_each(|mut echoes| echoes.close(vm));
    }
}

impl Operation for Pinging {
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
