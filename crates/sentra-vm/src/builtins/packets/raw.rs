//! Packet sockets among the sockets: frames received and sent as they are.

use sentra_netlib::endpoint::Endpoint;
use sentra_netlib::endpoint::packet::PacketSocket;
use sentra_netlib::filter::{self, NoNames, Target};
use sentra_netlib::{NetError, Stage};

use super::Result;
use crate::builtin::Arguments;
use crate::builtins::settings::Settings;
use crate::builtins::sockets;
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

const OPEN: &str = "raw_open";

pub(super) fn open(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let options = Settings::new(OPEN, args.optional(1), &["promiscuous", "filter"])?;
    let promiscuous = options.flag("promiscuous")?.unwrap_or(false);
    let filter = options.text("filter")?.unwrap_or_default();
    let interface = args.string(0);
    vm.system.permissions.raw()?;
    let opened = PacketSocket::open(&interface, &[]).and_then(|socket| {
        if promiscuous {
            socket.set_promiscuous()?;
        }
        Ok(socket)
    });
    let mut socket = match opened {
        Ok(socket) => socket,
        Err(error) => return fail(vm, error, &interface),
    };
    if !filter.is_empty() {
        let program = filter::compile(&filter, &Target::interface(socket.link()), &NoNames)
            .map_err(|error| Fault::range(format!("cannot understand the filter: {error}")))?;
        if let Err(error) = socket.replace_filter(program.instructions()) {
            return fail(vm, error, &interface);
        }
    }
    let mut endpoint = Endpoint::Raw(Box::new(socket));
    let source = match vm.reactor.add(&mut endpoint, true, true) {
        Ok(source) => source,
        Err(error) => return fail(vm, error, &interface),
    };
    let id = vm.system.sockets.open(endpoint, source, &interface);
    Ok(vm.heap.text(id.as_bytes()))
}

fn fail(vm: &mut Vm, error: std::io::Error, interface: &str) -> Result<Value> {
    let error = NetError::system(Stage::Listen, error, interface.escape_debug().to_string());
    let fiber = vm.scheduler.running;
    crate::builtins::note(vm, fiber, OPEN, error.kind(), &error.to_string())?;
    Ok(Value::NIL)
}

pub(super) fn send(vm: &mut Vm, args: Arguments) -> Result<Value> {
    sockets::send(vm, args)
}

pub(super) fn receive(vm: &mut Vm, args: Arguments) -> Result<Value> {
    sockets::receive(vm, args)
}
