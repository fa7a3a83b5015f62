//! HTTP requests: what scripts call. The functions are written in Sentra (`lib/http.sn`), so
//! that callbacks may wait; what they need of Rust is here. The requests themselves are made
//! in `crate::fetch`.

mod reading;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use sentra_netlib::code::percent;
use sentra_netlib::wire::http::{cookie, media_type};

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::fetch::upload::Feed;
use crate::fetch::{self, Fetch, save, stream};
use crate::fiber::{Operation, Waiter};
use crate::heap::Marker;
use crate::heap::object::Payload;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// What a request's body may be.
const BODY: Types = Types::STRING.or(Types::FUNCTION).or(Types::CHANNEL).or(Types::ARRAY).or(Types::OBJECT);

builtins! { TABLE:
    "http_get" in [] (url: Types::STRING, options: Types::MAP => "{}") -> "map",
        faults ["busy", "certificate", "closed", "connection_refused", "connection_reset", "dns", "header", "http", "memory", "parse", "proxy", "range", "redirect", "timeout", "tls", "too_large", "unsupported"], Net,
        "Gets what a URL names: a map of `status_code`, `status`, `body`, `headers` (in any spelling), `url` (after redirects), `http_version` and `elapsed_ms`. Statuses of 400 and up are responses like others. Options of all these functions: `headers`, `query` (a map), `timeout` in seconds for the whole (30), `connect_timeout` (10), `follow_redirects` (true), `max_redirects` (10), `max_body` in bytes, `decompress` (true), `proxy` (by the environment; `\"\"` for none), `on_progress` (`fn(received, total)`), `stream` (the body is read by `for chunk in response.body`), and for TLS `verify` (true), `ca_file`, `cert` and `key` of the client's certificate, `server_name`, `min_version`, `max_version`.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nhttp_server_route(server.id, \"GET\", \"/hello\", fn(req) => \"hello\")\nhttp_server_start(server.id)\nlet response = http_get(f\"http://127.0.0.1:{server.port}/hello\")\nlog(response.status_code, response.body) // expect: 200 hello\nhttp_server_stop(server.id)" => Library;
    "http_head" in [] (url: Types::STRING, options: Types::MAP => "{}") -> "map",
        faults [], Net,
        "Asks for the headers of what a URL names.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nhttp_server_route(server.id, \"GET\", \"/\", fn(req) => \"hello\")\nhttp_server_start(server.id)\nlog(http_head(f\"http://127.0.0.1:{server.port}/\").headers[\"content-length\"]) // expect: 5\nhttp_server_stop(server.id)" => Library;
    "http_post" in [] (url: Types::STRING, body: BODY => "nil", headers: Types::MAP => "{}", options: Types::MAP => "{}") -> "map",
        faults [], Net,
        "Posts a body: a string, or piece by piece what a channel, a stream, an array, a function that is called until it gives nil, or a function that takes another to send with gives. Options instead of a body: `form` (a map), `files` (a map of paths, or of maps with `path` or `content`, `filename`, `type`), `file` (a path).",
        "let server = http_server_create(\"127.0.0.1\", 0)\nhttp_server_route(server.id, \"POST\", \"/\", fn(req) => req.body.upper())\nhttp_server_start(server.id)\nlog(http_post(f\"http://127.0.0.1:{server.port}/\", \"hello\").body) // expect: HELLO\nhttp_server_stop(server.id)" => Library;
    "http_put" in [] (url: Types::STRING, body: BODY => "nil", headers: Types::MAP => "{}", options: Types::MAP => "{}") -> "map",
        faults [], Net,
        "Puts a body, which is as in `http_post`, at a URL.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nhttp_server_route(server.id, \"PUT\", \"/\", fn(req) => req.method + \" \" + req.body)\nhttp_server_start(server.id)\nlog(http_put(f\"http://127.0.0.1:{server.port}/\", \"hello\").body) // expect: PUT hello\nhttp_server_stop(server.id)" => Library;
    "http_patch" in [] (url: Types::STRING, body: BODY => "nil", headers: Types::MAP => "{}", options: Types::MAP => "{}") -> "map",
        faults [], Net,
        "Patches what a URL names with a body, which is as in `http_post`.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nhttp_server_route(server.id, \"PATCH\", \"/\", fn(req) => req.body)\nhttp_server_start(server.id)\nlog(http_patch(f\"http://127.0.0.1:{server.port}/\", \"hello\").body) // expect: hello\nhttp_server_stop(server.id)" => Library;
    "http_delete" in [] (url: Types::STRING, options: Types::MAP => "{}") -> "map",
        faults [], Net,
        "Deletes what a URL names.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nhttp_server_route(server.id, \"DELETE\", \"/:id\", fn(req) => \"no more \" + req.params.id)\nhttp_server_start(server.id)\nlog(http_delete(f\"http://127.0.0.1:{server.port}/7\").body) // expect: no more 7\nhttp_server_stop(server.id)" => Library;
    "http_request" in [] (method: Types::STRING, url: Types::STRING, headers: Types::MAP => "{}", body: BODY => "nil", options: Types::MAP => "{}") -> "map",
        faults [], Net,
        "Makes a request with any method. Headers that say where the body ends, or that concern one connection only, are left out: these are set as they have to be.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nhttp_server_route(server.id, \"ANY\", \"/\", fn(req) => req.method + \" \" + req.headers.x)\nhttp_server_start(server.id)\nlog(http_request(\"PURGE\", f\"http://127.0.0.1:{server.port}/\", {X: \"1\"}).body) // expect: PURGE 1\nhttp_server_stop(server.id)" => Library;
    "http_json" in [] (method: Types::STRING, url: Types::STRING, data: Types::ANY => "nil", options: Types::MAP => "{}") -> "map",
        faults [], Net,
        "Makes a request with a value as JSON, and decodes the response: its `json` is the value, or nil if the body is no JSON.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nhttp_server_route(server.id, \"POST\", \"/\", fn(req) => {got: json_decode(req.body)})\nhttp_server_start(server.id)\nlog(http_json(\"POST\", f\"http://127.0.0.1:{server.port}/\", [1, 2]).json.got) // expect: [1, 2]\nhttp_server_stop(server.id)" => Library;
    "http_download" in [] (url: Types::STRING, path: Types::STRING.or(Types::MAP) => "nil", options: Types::MAP => "{}") -> "string or number",
        faults ["http_status"], Net,
        "The body of what a URL names; with a path it goes to that file, which is there when it is whole, and the result is the number of bytes. A status outside 200 to 299 is an error `http_status`. Takes options after the URL too.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nhttp_server_route(server.id, \"GET\", \"/file\", fn(req) => \"contents\")\nhttp_server_start(server.id)\nlet url = f\"http://127.0.0.1:{server.port}/file\"\nlog(http_download(url), http_download(url, \"copy\")) // expect: contents 8\nlog(file_read(\"copy\")) // expect: contents\nhttp_server_stop(server.id)" => Library;
    "http_session" in [] (options: Types::MAP => "{}") -> "map",
        faults [], Net,
        "Requests that share cookies and options: `get`, `head`, `post`, `put`, `patch`, `delete`, `request`, `json`, `download` and `stream` as the functions above, `cookies()` (maps of `name`, `value`, `domain`, `path`, `expires`, `secure`) and `clear()`.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nhttp_server_route(server.id, \"GET\", \"/in\", fn(req) => http_response(200, \"\", {\"Set-Cookie\": \"id=7\"}))\nhttp_server_route(server.id, \"GET\", \"/who\", fn(req) => req.headers.cookie)\nhttp_server_start(server.id)\nlet session = http_session()\nsession.get(f\"http://127.0.0.1:{server.port}/in\")\nlog(session.get(f\"http://127.0.0.1:{server.port}/who\").body) // expect: id=7\nhttp_server_stop(server.id)" => Library;
    "http_stream" in [] (url: Types::STRING, options: Types::MAP => "{}") -> "events",
        faults ["http_status"], Net,
        "The events that a server sends (`text/event-stream`), for `for`: maps of `event`, `data` and `id`. A stream that breaks off is opened again behind its last event, unless the option `reconnect` is false; a status of 204 ends it.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nhttp_server_route(server.id, \"GET\", \"/\", fn(req) => http_response(200, \"data: hello\\n\\n\", {\"Content-Type\": \"text/event-stream\"}))\nhttp_server_start(server.id)\nfor event in http_stream(f\"http://127.0.0.1:{server.port}/\", {reconnect: false}) { log(event.event, event.data) } // expect: message hello\nhttp_server_stop(server.id)" => Library;
    "__http_events" in [] (name: Types::STRING, method: Types::STRING, url: Types::STRING, headers: Types::ANY, body: Types::ANY, options: Types::ANY, jar: Types::ANY, streams: Types::BOOLEAN, stream: Types::OBJECT) -> "events",
        faults [], Net,
        "The events of a body, and how to ask for more.",
        "try { http_stream(\"nowhere\") } catch e { log(e.kind) } // expect: parse" => Native(events);
    "__http" in [] (name: Types::STRING, method: Types::STRING, url: Types::STRING, headers: Types::ANY, body: Types::ANY, options: Types::ANY, jar: Types::ANY, streams: Types::BOOLEAN) -> "map",
        faults [], Net,
        "Makes a request. The body is a string, an array of strings and files, or a feed.",
        "try { http_get(\"nowhere\") } catch e { log(e.kind) } // expect: parse" => Native(request);
    "__http_jar" in [] () -> "jar",
        faults [], Nothing,
        "A jar for cookies.",
        "log(http_session().cookies()) // expect: []" => Native(jar);
    "__http_cookies" in [] (jar: Types::OBJECT, clear: Types::BOOLEAN) -> "array",
        faults [], Nothing,
        "The cookies of a jar, which is empty afterwards if that is wanted.",
        "log(http_session().cookies()) // expect: []" => Native(cookies);
    "__http_feed" in [] () -> "feed",
        faults [], Nothing,
        "Where a fiber leaves the pieces of a request's body.",
        "try { http_post(\"nowhere\", [\"a\"]) } catch e { log(e.kind) } // expect: parse" => Native(feed);
    "__http_fill" in [] (feed: Types::OBJECT, piece: Types::ANY) -> "boolean",
        faults [], Nothing,
        "Leaves a piece when there is room, nil for the end, or false if there will be none: whether anyone wants more.",
        "try { http_post(\"nowhere\", [\"a\"]) } catch e { log(e.kind) } // expect: parse" => Native(fill);
    "__http_pull" in [] (body: Types::OBJECT, path: Types::ANY, reports: Types::BOOLEAN) -> "array or nil",
        faults [], Net,
        "Reads a body on, up to its end, into memory or a file; if reports are wanted, how far it is from time to time.",
        "try { http_download(\"nowhere\", \"copy\") } catch e { log(e.kind) } // expect: parse" => Native(pull);
    "__http_text" in [] (body: Types::OBJECT) -> "string",
        faults ["memory"], Nothing,
        "The text of a body that was read to its end.",
        "try { http_get(\"nowhere\", {on_progress: fn(got, total) => nil}) } catch e { log(e.kind) } // expect: parse" => Native(text);
    "__http_form" in [] (form: Types::MAP) -> "string",
        faults ["memory"], Nothing,
        "A form as a body.",
        "try { http_post(\"nowhere\", nil, nil, {form: {a: 1}}) } catch e { log(e.kind) } // expect: parse" => Native(form);
    "__http_media_type" in [] (name: Types::ANY) -> "string",
        faults [], Nothing,
        "The media type of a file by its name.",
        "try { http_post(\"nowhere\", nil, nil, {files: {a: {content: \"b\", filename: \"b.png\"}}}) } catch e { log(e.kind) } // expect: parse" => Native(media_type_of);
    "__http_close" in [] (body: Types::OBJECT) -> "boolean",
        faults [], Net,
        "Reads no more of a body.",
        "try { http_download(\"nowhere\", \"copy\") } catch e { log(e.kind) } // expect: parse" => Native(close);
}

/// A jar as a value.
struct JarValue(fetch::request::Jar);

impl Payload for JarValue {
    fn type_name(&self) -> &'static str {
        "jar"
    }

    fn trace(&self, _: &mut Marker) {}
}

/// A feed as a value.
struct FeedValue(Rc<RefCell<Feed>>);

impl Payload for FeedValue {
    fn type_name(&self) -> &'static str {
        "feed"
    }

    fn trace(&self, _: &mut Marker) {}
}

fn request(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let builtin = super::get(super::find(&args.string(0)).expect("the library names builtins")).name;
    let (request, settings) = reading::request(vm, builtin, args)?;
    vm.start(Fetch::new(builtin, request, Rc::new(settings)))
}

fn events(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let builtin = super::get(super::find(&args.string(0)).expect("the library names builtins")).name;
    let (request, settings) = reading::request(vm, builtin, args)?;
    let reconnects = reading::reconnects(builtin, args)?;
    fetch::events::make(vm, builtin, request, settings, args.value(8), reconnects)
}

fn jar(vm: &mut Vm, _: Arguments) -> Result<Value> {
    Ok(vm.heap.payload(JarValue(Rc::default())))
}

fn cookies(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let Some(JarValue(jar)) = args.value(0).as_payload() else { return Ok(Value::NIL) };
    let cookies: Vec<cookie::Cookie> = jar.borrow().cookies().to_vec();
    if args.value(1) == Value::TRUE {
        jar.borrow_mut().clear();
    }
    let list = vm.heap.array_with_capacity(cookies.len());
    for cookie in cookies {
        let map = vm.heap.map(6);
        let texts = [
            ("name", &cookie.name[..]),
            ("value", &cookie.value),
            ("domain", cookie.domain.as_bytes()),
            ("path", cookie.path.as_bytes()),
        ];
        for (key, text) in texts {
            let text = vm.heap.text(text);
            map.set_text(&mut vm.heap, key, text)?;
        }
        let expires = cookie.expires.map_or(Value::NIL, |seconds| Value::number(seconds as f64 * 1000.0));
        map.set_text(&mut vm.heap, "expires", expires)?;
        map.set_text(&mut vm.heap, "secure", cookie.secure.into())?;
        list.push(&mut vm.heap, map.value())?;
    }
    Ok(list.value())
}

fn feed(vm: &mut Vm, _: Arguments) -> Result<Value> {
    Ok(vm.heap.payload(FeedValue(Rc::default())))
}

fn fill(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let Some(FeedValue(feed)) = args.value(0).as_payload() else { return Ok(Value::FALSE) };
    let feed = Rc::clone(feed);
    let piece = args.value(1);
    if piece == Value::FALSE {
        let waiting = feed.borrow_mut().break_off();
        waiting.into_iter().for_each(|waiter| vm.reactor.wake_soon(waiter));
        return Ok(Value::FALSE);
    }
    match piece.as_bytes() {
        Some([]) => Ok(Value::TRUE),
        Some(bytes) => {
            vm.heap.reserve(bytes.len())?;
            vm.start(Fill { feed, piece: Some(bytes.to_vec()), ends: false })
        }
        None if piece.is_nil() => vm.start(Fill { feed, piece: None, ends: true }),
        None => {
            let got = piece.type_name();
            Err(Fault::type_error(format!("a piece of a request's body is a string, got {got}")))
        }
    }
}

/// Waits until there is room for a piece.
struct Fill {
    feed: Rc<RefCell<Feed>>,
    piece: Option<Vec<u8>>,
    ends: bool,
}

impl Operation for Fill {
    fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Value>> {
        let mut feed = self.feed.borrow_mut();
        if feed.broken || feed.ended && !self.ends {
            return Ok(Some(Value::FALSE));
        }
        if !feed.has_room() {
            feed.fillers.push(waiter);
            return Ok(None);
        }
        debug_assert!(self.ends || self.piece.is_some(), "a piece is left once");
        let taker = feed.leave(self.piece.take());
        taker.into_iter().for_each(|waiter| vm.reactor.wake_soon(waiter));
        Ok(Some(Value::TRUE))
    }
}

fn pull(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let path = args.optional(1).and_then(Value::as_bytes).map(super::files::path_of);
    let path = path
        .map(|path| vm.system.permissions.write(&path).map_err(|error| super::files::failure("write", &path, &error)));
    let path = path.transpose()?;
    let pull = save::Pull::new(args.value(0), path.as_deref().map(Path::new), args.value(2) == Value::TRUE)?;
    vm.start(pull)
}

fn text(vm: &mut Vm, args: Arguments) -> Result<Value> {
    save::text(vm, args.value(0))
}

fn form(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let mut pairs = Vec::new();
    reading::each_text(&vm.heap, args.map(0), |name, value| percent::push_pair(&mut pairs, name, value));
    vm.heap.checked_text(&pairs)
}

fn media_type_of(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let name = args.value(0).as_bytes().unwrap_or_default();
    Ok(vm.heap.text(media_type::of_name(name).as_bytes()))
}

fn close(vm: &mut Vm, args: Arguments) -> Result<Value> {
    Ok(stream::close(vm, args.value(0)).into())
}
