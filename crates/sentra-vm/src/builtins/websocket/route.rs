//! WebSockets over a route of an HTTP server.

use std::rc::Rc;

use super::Result;
use super::listen::rules;
use crate::builtin::Arguments;
use crate::builtins::http_server::server;
use crate::builtins::settings::Settings;
use crate::fault::Fault;
use crate::http::route::Target;
use crate::value::Value;
use crate::vm::Vm;
use crate::websocket::Kind;
use crate::websocket::server::{Handlers, Route, Server};

const NAME: &str = "http_server_websocket";
const OPTIONS: &[&str] = &["origins", "subprotocols", "max_clients", "max_message", "max_queue", "ping_interval"];

pub(super) fn websocket(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let http = server(vm, args)?;
    let (path, handler) = (args.string(1), args.value(2));
    let mut rules = rules(&Settings::new(NAME, args.optional(3), OPTIONS)?, NAME)?;
    // Which path it is the route decides.
    rules.path = None;
    let (number, id) = vm.system.websockets.name(Kind::Server, &path);
    let id = vm.heap.checked_text(id.as_bytes())?;
    let mut own = Server::new(id, number, rules, None);
    own.handlers = Handlers { connect: handler, connect_is_all: true, ..Handlers::default() };
    let driver = vm.add_driver(own);
    let added = http.routes.borrow_mut().add("GET", &path, Target::Upgrade(Rc::new(Route(driver))));
    if let Err(wrong) = added {
        crate::websocket::server::stop(vm, driver);
        return Err(Fault::range(format!("the route \"{}\" {wrong}", path.escape_debug())));
    }
    vm.system.websockets.insert(number, Kind::Server, driver);
    vm.system.websockets.add_route(http.number, driver);
    let map = vm.heap.map(2);
    map.set_text(&mut vm.heap, "id", id)?;
    map.set_text(&mut vm.heap, "path", args.value(1))?;
    Ok(map.value())
}
