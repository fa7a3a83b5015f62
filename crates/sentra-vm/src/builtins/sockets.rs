//! Sockets: TCP, UDP, UNIX and TLS.
//!
//! Where the reference gives a failure value (nil, 0, false) these return it and leave the
//! reason in the fiber's `last_error`. Wrong types, counts and ranges throw.

mod accept;
mod attempt;
mod info;
mod open;
mod receive;
mod select;
mod send;
mod shutdown;
mod starttls;

pub(super) use receive::receive;
pub(super) use send::send;
use sentra_netlib::error::Cause;
use sentra_netlib::{NetError, Stage};

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

builtins! { TABLE:
    "socket_create" in [] (kind: Types::STRING, address: Types::STRING, port: Types::INTEGER, options: Types::MAP => "{}") -> "string or nil",
        faults ["range"], Net,
        "Connects a socket (`TCP`, `UDP`, `TLS`, or `UNIX`, whose address is a path) and gives its id. Options: `timeout` in seconds (10), `bind`, `nodelay` (true), `ttl`, `keepalive`, `broadcast`; for TLS those of `socket_starttls`.",
        "log(socket_create(\"TCP\", \"127.0.0.1\", 1)) // expect: nil\nlog(last_error().kind) // expect: connection_refused" => Native(open::create);
    "socket_listen" in [] (kind: Types::STRING, address: Types::STRING, port: Types::INTEGER, options: Types::MAP => "{}") -> "string or nil",
        faults ["range"], Net,
        "Listens on an address and gives the listener's id. Port 0 takes a free one. Options: `backlog` (4096), `reuse_port`, `broadcast` (UDP). TLS needs `cert` and `key` (PEM files, read again when they change; `key` may be in the same file); `certificates` has maps of further ones, chosen by the name asked for; `client_ca` (a PEM file) requires certificates of clients; `alpn` lists protocols; `min_version` and `max_version` are \"1.2\" or \"1.3\".",
        "let server = socket_listen(\"TCP\", \"127.0.0.1\", 0)\nlog(socket_info(server).local_address) // expect: 127.0.0.1" => Native(open::listen);
    "socket_accept" in [] (listener: Types::STRING, timeout: Types::NUMBER => "forever") -> "string or nil",
        faults [], Net,
        "Waits for a connection, at most so many seconds, and gives its id.",
        "let server = socket_listen(\"TCP\", \"127.0.0.1\", 0)\nlog(socket_accept(server, 0.01)) // expect: nil\nlog(last_error().kind) // expect: timeout" => Native(accept::accept);
    "socket_send" in [] (id: Types::STRING, data: Types::STRING) -> "number",
        faults [], Net,
        "Sends all of the data, waiting as needed: its length, or 0 on failure. A UDP listener answers the sender of the last datagram.",
        "log(socket_send(\"tcp#0\", \"hello\")) // expect: 0\nlog(last_error().kind) // expect: closed" => Native(send::send);
    "socket_send_to" in [] (id: Types::STRING, data: Types::STRING, address: Types::STRING, port: Types::INTEGER) -> "number",
        faults ["range"], Net,
        "Sends a datagram to an address: its length, or 0 on failure.",
        "let a = socket_listen(\"UDP\", \"127.0.0.1\", 0)\nlog(socket_send_to(a, \"hello\", \"127.0.0.1\", socket_info(a).local_port)) // expect: 5" => Native(send::send_to);
    "socket_receive" in [] (id: Types::STRING, max: Types::INTEGER, timeout: Types::NUMBER => "forever") -> "string or nil",
        faults ["memory", "range"], Net,
        "Waits for data, at most so many seconds, and gives up to `max` bytes of it; `\"\"` once the peer has closed its side, nil on failure.",
        "let a = socket_listen(\"UDP\", \"127.0.0.1\", 0)\nlet b = socket_create(\"UDP\", \"127.0.0.1\", socket_info(a).local_port)\nsocket_send(b, \"hello\")\nlog(socket_receive(a, 100)) // expect: hello" => Native(receive::receive);
    "socket_receive_line" in [] (id: Types::STRING, max: Types::INTEGER => "65536", timeout: Types::NUMBER => "forever") -> "string or nil",
        faults ["memory", "range"], Net,
        "Waits for a line and gives it without its line end; nil once the peer has closed its side, on failure, or if the line is longer than `max` bytes.",
        "let server = socket_listen(\"TCP\", \"127.0.0.1\", 0)\nlet a = socket_create(\"TCP\", \"127.0.0.1\", socket_info(server).local_port)\nlet b = socket_accept(server)\nsocket_send(a, \"one\\r\\ntwo\\n\")\nlog(socket_receive_line(b)) // expect: one\nlog(socket_receive_line(b)) // expect: two" => Native(receive::receive_line);
    "socket_receive_exact" in [] (id: Types::STRING, count: Types::INTEGER, timeout: Types::NUMBER => "forever") -> "string or nil",
        faults ["memory", "range"], Net,
        "Waits for exactly so many bytes. Nil if the peer closes its side before or the time is up; what has come then can still be received.",
        "let server = socket_listen(\"TCP\", \"127.0.0.1\", 0)\nlet a = socket_create(\"TCP\", \"127.0.0.1\", socket_info(server).local_port)\nlet b = socket_accept(server)\nsocket_send(a, \"abcdef\")\nlog(socket_receive_exact(b, 4)) // expect: abcd" => Native(receive::receive_exact);
    "socket_receive_from" in [] (id: Types::STRING, max: Types::INTEGER, timeout: Types::NUMBER => "forever") -> "map or nil",
        faults ["memory", "range"], Net,
        "Waits for a datagram: its `data` and the `address` and `port` of its sender.",
        "let a = socket_listen(\"UDP\", \"127.0.0.1\", 0)\nlet b = socket_create(\"UDP\", \"127.0.0.1\", socket_info(a).local_port)\nsocket_send(b, \"hello\")\nlog(socket_receive_from(a, 100).address) // expect: 127.0.0.1" => Native(receive::receive_from);
    "socket_close" in [] (id: Types::STRING) -> "boolean",
        faults [], Net,
        "Closes a socket or listener; fibers that wait for it wake with their failure values. False if there is no such open socket.",
        "let server = socket_listen(\"TCP\", \"127.0.0.1\", 0)\nlog(socket_close(server), socket_close(server)) // expect: true false" => Native(close);
    "socket_shutdown" in [] (id: Types::STRING) -> "boolean",
        faults [], Net,
        "Tells the peer that nothing more will be sent; receiving goes on.",
        "log(socket_shutdown(\"tcp#0\")) // expect: false" => Native(shutdown::shutdown);
    "socket_starttls" in [] (id: Types::STRING, host: Types::STRING, options: Types::MAP => "{}") -> "boolean",
        faults ["range"], Net,
        "Goes on in TLS on a connection that was plain so far, as the client of `host`; on failure false, and the socket is closed. Options: `server_name`, `verify` (true), `ca_file` (authorities to trust besides the usual ones and those of `SSL_CERT_FILE`), `cert` and `key` (the own certificate), `alpn`, `min_version`, `max_version`, `timeout` in seconds (10). With `server: true` it is the server's side, with the options of `socket_listen`.",
        "let server = socket_listen(\"TCP\", \"127.0.0.1\", 0)\nlet a = socket_create(\"TCP\", \"127.0.0.1\", socket_info(server).local_port)\nspawn fn() { socket_send(socket_accept(server), \"no TLS\") }()\nlog(socket_starttls(a, \"localhost\")) // expect: false\nlog(last_error().kind) // expect: tls" => Native(starttls::starttls);
    "socket_info" in [] (id: Types::STRING) -> "map or nil",
        faults [], Net,
        "The socket's `type`, `local_address`, `local_port`, `remote_address`, `remote_port`, `bytes_sent`, `bytes_received`. In TLS also `tls`: `version`, `cipher`, `alpn`, `resumed`, `server_name` and the peer's `certificate` (`subject`, `issuer`, `serial`, `valid_from`, `valid_to`, `days_left`, `san`, `fingerprint_sha256`, `self_signed`) and `chain`; of a listener for TLS `handshakes_failed` and `last_handshake_error`.",
        "let server = socket_listen(\"TCP\", \"127.0.0.1\", 0)\nlog(socket_info(server).type) // expect: TCP" => Native(info::info);
    "socket_option" in [] (id: Types::STRING, name: Types::STRING, value: Types::BOOLEAN.or(Types::NUMBER) => "unchanged") -> "boolean, number or nil",
        faults ["range"], Net,
        "Reads an option, or sets it and reads it back: `nodelay`, `keepalive`, `broadcast`, `ttl`, `linger` (seconds or false), `send_buffer`, `receive_buffer`. Nil on failure.",
        "let server = socket_listen(\"TCP\", \"127.0.0.1\", 0)\nlog(socket_option(server, \"keepalive\", true)) // expect: true" => Native(info::option);
    "socket_select" in [] (ids: Types::ARRAY, timeout: Types::NUMBER => "forever") -> "array or nil",
        faults [], Net,
        "Waits until one of the sockets has data, a connection or its end to receive, at most so many seconds: the ids of all that have.",
        "let server = socket_listen(\"TCP\", \"127.0.0.1\", 0)\nlog(socket_select([server], 0.01)) // expect: []" => Native(select::select);
}

/// Leaves the reason of a failure with the fiber.
fn note(vm: &mut Vm, fiber: u32, function: &str, error: &NetError) -> Result<()> {
    super::note(vm, fiber, function, error.kind(), &error.to_string())
}

/// The failure value of the running fiber's call, after its reason was noted.
fn fail(vm: &mut Vm, function: &str, error: &NetError, failure: Value) -> Result<Value> {
    let fiber = vm.scheduler.running;
    note(vm, fiber, function, error).map(|()| failure)
}

/// The failure of using an id that names no open socket.
fn closed(stage: Stage, id: Value) -> NetError {
    let id = String::from_utf8_lossy(id.as_bytes().unwrap_or_default());
    NetError::new(stage, Cause::Closed, format!("\"{}\"", id.escape_debug()))
}

fn close(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let Some(number) = vm.system.sockets.find(args.bytes(0)) else {
        return fail(vm, "socket_close", &closed(Stage::Close, args.value(0)), Value::FALSE);
    };
    let (sockets, reactor) = (&mut vm.system.sockets, &mut vm.reactor);
    Ok(sockets.close(reactor, number).into())
}

/// A port number.
pub(super) fn port(builtin: &str, number: i64) -> Result<u16> {
    u16::try_from(number).map_err(|_| Fault::range(format!("`{builtin}` takes a port of 0 to 65535, got {number}")))
}
