//! What the modules written in Sentra need besides ordinary builtins. Scripts cannot name these.

use std::rc::Rc;

use sentra_netlib::wire::http::field;

use crate::builtin::{Arguments, Types};
use crate::builtins::{self, http_static, objects};
use crate::fault::Fault;
use crate::fiber::{Operation, Waiter};
use crate::heap::Marker;
use crate::heap::map::Map;
use crate::heap::object::Payload;
use crate::http::files::{Files, Question};
use crate::http::response::{Body, Found, Response};
use crate::http::service::Answer;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

builtins! { TABLE:
    "__owner" in [] (id: Types::STRING) -> "owner or nil",
        faults [], Nothing,
        "What an object holds for the socket to be closed when nothing can reach the object any more.",
        "" => Native(owner);
    "__address" in [] (function: Types::STRING, text: Types::STRING) -> "array",
        faults ["range"], Nothing,
        "The host and the port of an address such as `127.0.0.1:80` or `[::1]:80`.",
        "try { net::TcpStream::connect(\"nowhere\") } catch e { log(e.kind) } // expect: range" => Native(address);
    "__report" in [] (error: Types::ANY) -> "nil",
        faults [], Nothing,
        "Prints an error that nothing handles, with its trace.",
        "" => Native(report);
    "__http_answer" in [] (request: Types::MAP) -> "map",
        faults [], Nothing,
        "The response object for a request.",
        "" => Native(http_answer);
    "__http_allowed" in [] (server: Types::STRING, path: Types::STRING) -> "array",
        faults [], Nothing,
        "The methods that the routes for a path are for.",
        "" => Native(http_allowed);
    "__http_folder" in [] (folder: Types::STRING, options: Types::MAP => "{}") -> "folder",
        faults ["range"], Nothing,
        "A folder whose files `__http_file` finds.",
        "" => Native(http_folder);
    "__http_file" in [] (folder: Types::OBJECT, request: Types::MAP, path: Types::STRING) -> "array",
        faults ["memory"], Files,
        "Status, headers and body of the answer about a file of a folder.",
        "" => Native(http_file);
    "__is_of_connection" in [] (name: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Whether a header belongs to one connection, or to one host: then it is not handed on.",
        "" => Native(is_of_connection);
}

fn owner(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let number = vm.system.sockets.find(args.bytes(0));
    Ok(number.map_or(Value::NIL, |number| vm.own_socket(number)))
}

fn address(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let (function, text) = (args.string(0), args.string(1));
    let wrong = || {
        let shown = text.escape_debug();
        Fault::range(format!("`{function}` takes an address such as \"127.0.0.1:8080\", got \"{shown}\""))
    };
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let port: u16 = port.parse().map_err(|_| wrong())?;
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    if host.is_empty() || inner.is_none() && host.contains(':') {
        return Err(wrong());
    }
    let host = vm.heap.text(inner.unwrap_or(host).as_bytes());
    Ok(vm.heap.array(&[host, Value::small(port.into())]).value())
}

fn report(vm: &mut Vm, args: Arguments) -> Result<Value> {
    crate::http::report(vm, &Fault::thrown(args.value(0)));
    Ok(Value::NIL)
}

fn http_answer(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let headers = vm.heap.caseless_map();
    let map = vm.heap.map(5);
    for (name, value) in [
        ("status", Value::small(200)),
        ("headers", headers.value()),
        ("body", Value::NIL),
        ("sent", Value::FALSE),
        ("request", args.value(0)),
    ] {
        map.set_text(&mut vm.heap, name, value)?;
    }
    map.set_prototype(objects::number("http::Response").expect("it is listed"));
    Ok(map.value())
}

fn http_allowed(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let Some(server) = vm.http_server(args.bytes(0)) else { return Ok(vm.heap.array(&[]).value()) };
    let allowed = server.routes.borrow().allowed(args.bytes(1));
    let allowed: Vec<Value> = allowed.iter().map(|method| vm.heap.text(method.as_bytes())).collect();
    Ok(vm.heap.array(&allowed).value())
}

/// A folder that a script answers from.
struct Folder(Rc<Files>);

impl Payload for Folder {
    fn type_name(&self) -> &'static str {
        "folder"
    }

    fn trace(&self, _: &mut Marker) {}
}

fn http_folder(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let options = http_static::options("http::Server.static", args.optional(1))?;
    let files = Files::at(builtins::files::path_of(args.bytes(0)), options);
    Ok(vm.heap.payload(Folder(Rc::new(files))))
}

fn http_file(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let folder = args.value(0).as_payload::<Folder>().expect("the library passes what `__http_folder` gave");
    let request = args.map(1);
    let text = |name: &str| request.get_text(name.as_bytes()).and_then(Value::as_bytes).unwrap_or_default();
    let query = Some(text("query_string")).filter(|query| !query.is_empty());
    let method = String::from_utf8_lossy(text("method"));
    let question = Question { method: &method, path: text("path"), query };
    let headers = request.get_text(b"headers").and_then(Value::as_map);
    let fields = headers.into_iter().flat_map(Map::iter);
    let fields = fields.filter_map(|(name, value)| Some((name.as_bytes()?, value.as_bytes()?)));
    let answer = folder.0.find(&question, fields, args.bytes(2));
    vm.start(Finding(answer))
}

/// Waits for the answer about a file.
struct Finding(Box<dyn Answer>);

impl Operation for Finding {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let Some(response) = self.0.poll(vm, waiter) else { return Ok(None) };
        handed_on(vm, response).map(Some)
    }

    fn abandon(&mut self, vm: &mut Vm, _: Waiter) {
        self.0.abandon(vm);
    }
}

/// A response as values of the script.
fn handed_on(vm: &mut Vm, response: Response) -> Result<Value> {
    let headers = vm.heap.map(4);
    for line in response.fields.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
        let (name, value) = (&line[..colon], line.get(colon + 1..).unwrap_or_default().trim_ascii());
        let (name, value) = (vm.heap.text(name), vm.heap.text(value));
        headers.set(&mut vm.heap, name, value)?;
    }
    let body = match response.body {
        Body::Bytes(bytes) => vm.heap.checked_text(&bytes)?,
        Body::Text(text) => text,
        source @ Body::Source(_) => vm.heap.payload(Found::new(source)),
    };
    Ok(vm.heap.array(&[Value::small(response.status.into()), headers.value(), body]).value())
}

fn is_of_connection(_: &mut Vm, args: Arguments) -> Result<Value> {
    let name = args.value(0).as_bytes().unwrap_or_default();
    let belongs = field::is_framing(name) || field::is_hop_by_hop(name) || name.eq_ignore_ascii_case(b"host");
    Ok(belongs.into())
}
