//! Asking and telling sockets about themselves.

use std::net::SocketAddr;
use std::path::PathBuf;

use sentra_netlib::endpoint::tls::TlsStream;
use sentra_netlib::endpoint::{OPTIONS, Setting};
use sentra_netlib::{NetError, Stage};

use super::{Result, closed, fail};
use crate::builtin::Arguments;
use crate::builtins::certificates;
use crate::fault::Fault;
use crate::heap::Map;
use crate::value::Value;
use crate::vm::Vm;

/// Sets two entries to an address and its port, or to nil.
pub(super) fn set_address(vm: &mut Vm, map: Map, keys: [&str; 2], address: Option<SocketAddr>) -> Result<()> {
    let text = match address {
        Some(address) => vm.heap.text(address.ip().to_string().as_bytes()),
        None => Value::NIL,
    };
    let port = address.map_or(Value::NIL, |address| Value::small(i32::from(address.port())));
    map.set_text(&mut vm.heap, keys[0], text)?;
    map.set_text(&mut vm.heap, keys[1], port)
}

fn set_path(vm: &mut Vm, map: Map, key: &str, path: Option<PathBuf>) -> Result<()> {
    use std::os::unix::ffi::OsStrExt;
    let Some(path) = path else { return Ok(()) };
    let text = vm.heap.text(path.as_os_str().as_bytes());
    map.set_text(&mut vm.heap, key, text)
}

pub(super) fn info(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let found = vm.system.sockets.find(args.bytes(0)).and_then(|number| vm.system.sockets.get(number));
    let Some(socket) = found else {
        return fail(vm, "socket_info", &closed(Stage::Option, args.value(0)), Value::NIL);
    };
    let (kind, sent, received) = (socket.endpoint.kind(), socket.bytes_sent, socket.bytes_received);
    let (local, remote) = (socket.endpoint.local_address(), socket.endpoint.remote_address());
    let (local_path, remote_path) = socket.endpoint.paths();
    let agreed = socket.endpoint.tls().map(TlsStream::agreed);
    let arrivals = socket.arrivals.as_ref().map(|arrivals| (arrivals.failures, arrivals.last_failure.clone()));
    let map = vm.heap.map(7);
    let kind = vm.heap.text(kind.as_bytes());
    map.set_text(&mut vm.heap, "type", kind)?;
    set_address(vm, map, ["local_address", "local_port"], local)?;
    set_address(vm, map, ["remote_address", "remote_port"], remote)?;
    set_path(vm, map, "local_address", local_path)?;
    set_path(vm, map, "remote_address", remote_path)?;
    map.set_text(&mut vm.heap, "bytes_sent", Value::number(sent as f64))?;
    map.set_text(&mut vm.heap, "bytes_received", Value::number(received as f64))?;
    if let Some(agreed) = agreed {
        let value = agreed.map_or(Ok(Value::NIL), |agreed| certificates::agreed(vm, &agreed))?;
        map.set_text(&mut vm.heap, "tls", value)?;
    }
    if let Some((failures, reason)) = arrivals {
        map.set_text(&mut vm.heap, "handshakes_failed", Value::number(failures as f64))?;
        let reason = if reason.is_empty() { Value::NIL } else { vm.heap.text(reason.as_bytes()) };
        map.set_text(&mut vm.heap, "last_handshake_error", reason)?;
    }
    Ok(map.value())
}

pub(super) fn option(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let name = args.string(1);
    if !OPTIONS.contains(&&*name) {
        let known = OPTIONS.join(", ");
        return Err(Fault::range(format!("sockets have no option `{name}` (known: {known})")));
    }
    let setting = args.optional(2).map(|value| setting(&name, value)).transpose()?;
    let found = vm.system.sockets.find(args.bytes(0)).and_then(|number| vm.system.sockets.get(number));
    let Some(socket) = found else {
        return fail(vm, "socket_option", &closed(Stage::Option, args.value(0)), Value::NIL);
    };
    let set = setting.map_or(Ok(()), |setting| socket.endpoint.set_option(&name, setting));
    match set.and_then(|()| socket.endpoint.option(&name)) {
        Ok(Setting::Flag(on)) => Ok(on.into()),
        Ok(Setting::Number(number)) => Ok(Value::number(f64::from(number))),
        Ok(Setting::Seconds(seconds)) => Ok(seconds.map_or(Value::FALSE, Value::number)),
        Err(error) => {
            let error = NetError::system(Stage::Option, error, &*socket.id);
            fail(vm, "socket_option", &error, Value::NIL)
        }
    }
}

/// The value of an option as a script gives it.
pub(super) fn setting(name: &str, value: Value) -> Result<Setting> {
    let number = value.as_integer().and_then(|number| u32::try_from(number).ok());
    let setting = match (name, value) {
        ("broadcast" | "keepalive" | "nodelay", Value::TRUE | Value::FALSE) => {
            Some(Setting::Flag(value == Value::TRUE))
        }
        ("linger", Value::FALSE) => Some(Setting::Seconds(None)),
        ("linger", _) => {
            value.as_number().filter(|&seconds| (0.0..=65535.0).contains(&seconds)).map(|s| Setting::Seconds(Some(s)))
        }
        ("send_buffer" | "receive_buffer", _) => number.filter(|&bytes| bytes <= i32::MAX as u32).map(Setting::Number),
        ("ttl", _) => number.filter(|hops| (1..=255).contains(hops)).map(Setting::Number),
        _ => None,
    };
    setting.ok_or_else(|| {
        let wanted = match name {
            "linger" => "false or up to 65535 seconds",
            "ttl" => "a number of 1 to 255",
            "send_buffer" | "receive_buffer" => "a number of bytes",
            _ => "true or false",
        };
        Fault::range(format!("the socket option `{name}` takes {wanted}"))
    })
}
