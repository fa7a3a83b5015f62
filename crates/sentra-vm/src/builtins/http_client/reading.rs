//! Arguments and options of requests.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use sentra_netlib::code::percent;
use sentra_netlib::url::Url;
use sentra_netlib::wire::http::field;

use super::{FeedValue, JarValue, Result};
use crate::builtin::{Arguments, Types};
use crate::builtins::settings::Settings as Options;
use crate::builtins::{files, tls_options};
use crate::fault::Fault;
use crate::fetch::request::{Fields, Request, Settings};
use crate::fetch::upload::{Body, Part};
use crate::heap::{Heap, Map};
use crate::show;
use crate::value::Value;
use crate::vm::Vm;

/// Seconds.
const TIMEOUT: f64 = 30.0;
const CONNECT_TIMEOUT: f64 = 10.0;
const MOST_REDIRECTS: usize = 10;

/// All options of requests.
const KNOWN: &[&str] = &[
    "headers",
    "query",
    "timeout",
    "connect_timeout",
    "follow_redirects",
    "max_redirects",
    "max_body",
    "decompress",
    "proxy",
    "on_progress",
    "stream",
    "form",
    "files",
    "file",
    "verify",
    "ca_file",
    "cert",
    "key",
    "server_name",
    "min_version",
    "max_version",
    "reconnect",
];

/// The request that a call asks for.
pub(super) fn request(vm: &mut Vm, builtin: &'static str, args: Arguments) -> Result<(Request, Settings)> {
    let options = Options::new(builtin, args.optional(5), KNOWN)?;
    let method = args.bytes(1).to_ascii_uppercase();
    if !field::is_token(&method) {
        let shown = String::from_utf8_lossy(args.bytes(1)).into_owned();
        return Err(Fault::range(format!("`{builtin}`: {shown:?} is no method")));
    }
    let url = url(&vm.heap, builtin, args.bytes(2), &options)?;
    let given = options.get("headers", Types::MAP)?.and_then(Value::as_map);
    let mut fields = Fields::new();
    // Those of the argument come later, and win.
    for map in given.into_iter().chain(args.optional(3).and_then(Value::as_map)) {
        add_fields(&vm.heap, builtin, map, &mut fields)?;
    }
    let body = body(vm, args.value(4))?;
    let settings = settings(vm, &options, args)?;
    Ok((Request { method, url, fields, body }, settings))
}

/// Whether a stream of events is opened again.
pub(super) fn reconnects(builtin: &'static str, args: Arguments) -> Result<bool> {
    Ok(Options::new(builtin, args.optional(5), KNOWN)?.flag("reconnect")?.unwrap_or(true))
}

fn url(heap: &Heap, builtin: &str, text: &[u8], options: &Options) -> Result<Url> {
    let wrong = |why: String| Fault::new("parse", format!("`{builtin}` needs a URL: {why}"));
    let mut url = Url::parse(text).and_then(Url::normalised).map_err(|malformed| wrong(malformed.to_string()))?;
    if !matches!(&*url.scheme, "http" | "https") {
        let scheme = &url.scheme;
        return Err(Fault::new("unsupported", format!("`{builtin}` speaks http and https, not `{scheme}`")));
    }
    let Some(query) = options.get("query", Types::MAP)?.and_then(Value::as_map) else { return Ok(url) };
    let mut pairs = url.query.take().map(String::into_bytes).unwrap_or_default();
    each_text(heap, query, |name, value| percent::push_pair(&mut pairs, name, value));
    url.query = Some(String::from_utf8_lossy(&pairs).into_owned());
    Ok(url)
}

/// The names and values of a map, those of arrays one by one; nil is left out.
pub(super) fn each_text(heap: &Heap, map: Map, mut take: impl FnMut(&[u8], &[u8])) {
    let mut text = Vec::new();
    for (key, value) in map.iter() {
        let mut name = Vec::new();
        show::text(heap, key, &mut name);
        let values = value.as_array().map_or_else(|| vec![value], |array| array.to_vec());
        for value in values.into_iter().filter(|value| !value.is_nil()) {
            text.clear();
            show::text(heap, value, &mut text);
            take(&name, &text);
        }
    }
}

fn add_fields(heap: &Heap, builtin: &str, map: Map, fields: &mut Fields) -> Result<()> {
    let is_new = fields.len();
    let mut scratch = Vec::new();
    let mut wrong = None;
    each_text(heap, map, |name, value| {
        scratch.clear();
        wrong = wrong.take().or(field::push(&mut scratch, name, value).err());
        // What came before from elsewhere gives way.
        if let Some(at) = fields[..is_new].iter().position(|(other, _)| other.eq_ignore_ascii_case(name)) {
            fields[at].0.clear();
        }
        fields.push((name.to_vec(), value.to_vec()));
    });
    fields.retain(|(name, _)| !name.is_empty());
    match wrong {
        Some(wrong) => Err(Fault::new("header", format!("`{builtin}`: {wrong}"))),
        None => Ok(()),
    }
}

/// What the library has made of the body.
fn body(vm: &Vm, value: Value) -> Result<Body> {
    if let Some(FeedValue(feed)) = value.as_payload() {
        return Ok(Body::Fed(Rc::clone(feed)));
    }
    if let Some(bytes) = value.as_bytes() {
        return Ok(if bytes.is_empty() { Body::None } else { Body::Parts(vec![Part::Bytes(bytes.into())]) });
    }
    let Some(parts) = value.as_array() else { return Ok(Body::None) };
    let part = |value: Value| match (value.as_bytes(), value.as_map()) {
        (Some(bytes), _) => Some(Ok(Part::Bytes(bytes.into()))),
        (_, Some(map)) => {
            let path = map.get_text(b"path").and_then(Value::as_bytes)?;
            let size = map.get_text(b"size").and_then(Value::as_integer)?;
            let path = files::path_of(path);
            let place = vm.system.permissions.read(&path).map_err(|error| files::failure("read", &path, &error));
            Some(place.map(|place| Part::File(Arc::new(place), size as u64)))
        }
        _ => None,
    };
    parts.iter().filter_map(part).collect::<Result<_>>().map(Body::Parts)
}

fn settings(vm: &Vm, options: &Options, args: Arguments) -> Result<Settings> {
    let jar = args.value(6).as_payload().map(|JarValue(jar)| Rc::clone(jar));
    options.get("on_progress", Types::FUNCTION)?;
    let streams = args.value(7) == Value::TRUE || options.flag("stream")?.unwrap_or(false);
    let proxy = match options.get("proxy", Types::STRING.or(Types::BOOLEAN))? {
        Some(Value::FALSE) => Some(String::new()),
        Some(Value::TRUE) | None => None,
        Some(_) => options.text("proxy")?,
    };
    Ok(Settings {
        timeout: seconds(options, "timeout", TIMEOUT)?,
        connect_timeout: seconds(options, "connect_timeout", CONNECT_TIMEOUT)?,
        most_redirects: options.integer("max_redirects", 0, 1000)?.map_or(MOST_REDIRECTS, |most| most as usize),
        follows: options.flag("follow_redirects")?.unwrap_or(true),
        tls: tls_options::client(vm, options)?,
        most_body: options.integer("max_body", 0, i64::MAX)?.map(|most| most as u64),
        decompresses: options.flag("decompress")?.unwrap_or(true),
        proxy,
        streams,
        jar,
    })
}

/// A time in seconds; nothing if it is too long to matter.
fn seconds(options: &Options, name: &str, usual: f64) -> Result<Option<Duration>> {
    let seconds = options.number(name)?.unwrap_or(usual);
    if seconds.is_nan() || seconds < 0.0 {
        let builtin = options.builtin();
        return Err(Fault::range(format!("`{builtin}` takes a time of 0 or more as option `{name}`, got {seconds}")));
    }
    Ok(Duration::try_from_secs_f64(seconds).ok())
}
