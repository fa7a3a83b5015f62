//! URLs taken apart, put together and resolved; queries as maps.

use sentra_netlib::code::percent;
use sentra_netlib::url::{Url, join};

use crate::builtin::{Arguments, Types};
use crate::builtins::codes::malformed;
use crate::builtins::settings::Settings;
use crate::fault::Fault;
use crate::heap::{Heap, Map};
use crate::show;
use crate::value::Value;
use crate::vm::Vm;

use super::describe;

/// What a pair of a query takes on the heap beyond its bytes, at most.
const PAIR_BYTES: usize = 160;

builtins! { TABLE:
    "url_parse" in ["net_address"] (url: Types::STRING) -> "map",
        faults ["parse", "memory"], Nothing,
        "The parts of an absolute URL: `scheme`, `user` and `password` (decoded), `host` (small letters, IPv6 without brackets, beyond ASCII as DNS writes it), `port` (of the scheme if none is named), `path` (as written), `query` (a map, decoded; the values of a repeated name in an array), `query_string`, `fragment`. What is not there is nil. What clients read differently (spaces, backslashes, octal IPv4, several `@`) is an error.",
        "let u = url_parse(\"https://ann@Example.com/a?x=1&y=b+c#top\")\nlog(u.scheme, u.user, u.host, u.port, u.path, u.query, u.fragment) // expect: https ann example.com 443 /a {\"x\": \"1\", \"y\": \"b c\"} top" => Native(url_parse);
    "url_build" in ["net_address"] (parts: Types::MAP) -> "string",
        faults ["parse", "range", "memory"], Nothing,
        "The URL of parts as `url_parse` gives them. A `query` map goes before `query_string`; the scheme's own port is left out; what could be taken for another part is encoded, or refused in a host.",
        "log(url_build({scheme: \"http\", host: \"::1\", port: 8080, path: \"/a b\", query: {q: \"x&y\", n: [1, 2]}})) // expect: http://[::1]:8080/a%20b?q=x%26y&n=1&n=2" => Native(url_build);
    "url_join" in ["net_address"] (base: Types::STRING, reference: Types::STRING) -> "string",
        faults ["parse", "memory"], Nothing,
        "The URL that a link means on the page of another URL (RFC 3986, section 5).",
        "log(url_join(\"http://a/b/c?q\", \"../d#e\")) // expect: http://a/d#e" => Native(url_join);
    "query_encode" in ["encoding", "net_address"] (values: Types::MAP) -> "string",
        faults ["memory", "range"], Nothing,
        "The map as a query or the body of a form; an array gives its name several times, nil gives nothing.",
        "log(query_encode({q: \"a b&c\", n: [1, 2], none: nil})) // expect: q=a+b%26c&n=1&n=2" => Native(query_encode);
    "query_decode" in ["encoding", "net_address"] (query: Types::STRING) -> "map",
        faults ["memory"], Nothing,
        "The names and values of a query or the body of a form; the values of a repeated name in an array.",
        "log(query_decode(\"q=a+b%26c&n=1&n=2\")) // expect: {\"q\": \"a b&c\", \"n\": [\"1\", \"2\"]}" => Native(query_decode);
}

type Result<T> = std::result::Result<T, Box<Fault>>;

/// What `url_parse` gives and `url_build` takes.
const PARTS: [&str; 9] = ["scheme", "user", "password", "host", "port", "path", "query", "query_string", "fragment"];

fn url_parse(vm: &mut Vm, args: Arguments) -> Result<Value> {
    vm.heap.reserve(args.bytes(0).len().saturating_mul(2))?;
    let url = Url::parse(args.bytes(0)).map_err(malformed)?;
    let heap = &mut vm.heap;
    let query = query_map(heap, url.query.as_deref().unwrap_or_default().as_bytes())?;
    let port = url.effective_port().map_or(Value::NIL, |port| Value::small(port.into()));
    let fields = [
        ("scheme", heap.text(url.scheme.as_bytes())),
        ("user", optional(heap, url.user)),
        ("password", optional(heap, url.password)),
        ("host", optional(heap, url.host)),
        ("port", port),
        ("path", heap.text(url.path.as_bytes())),
        ("query", query.value()),
        ("query_string", optional(heap, url.query)),
        ("fragment", optional(heap, url.fragment)),
    ];
    describe(heap, &fields)
}

fn optional(heap: &mut Heap, text: Option<impl AsRef<[u8]>>) -> Value {
    text.map_or(Value::NIL, |text| heap.text(text.as_ref()))
}

/// The decoded pairs of a query.
pub(crate) fn query_map(heap: &mut Heap, query: &[u8]) -> Result<Map> {
    let pairs = query.iter().filter(|&&byte| byte == b'&').count() + 1;
    heap.reserve(query.len().saturating_add(pairs.saturating_mul(PAIR_BYTES)))?;
    let map = heap.map(pairs);
    for (name, value) in percent::pairs(query) {
        let (name, value) = (heap.text(&name), heap.text(&value));
        add_pair(heap, map, name, value)?;
    }
    Ok(map)
}

/// Adds a value to those of a name: several are an array.
pub(crate) fn add_pair(heap: &mut Heap, map: Map, name: Value, value: Value) -> Result<()> {
    match map.get(heap, name) {
        None => map.set(heap, name, value),
        Some(before) => match before.as_array() {
            Some(values) => values.push(heap, value),
            None => {
                let values = heap.array_with_capacity(2);
                values.push(heap, before)?;
                values.push(heap, value)?;
                map.set(heap, name, values.value())
            }
        },
    }
}

fn query_decode(vm: &mut Vm, args: Arguments) -> Result<Value> {
    query_map(&mut vm.heap, args.bytes(0)).map(Map::value)
}

/// The map as a query.
fn query_text(heap: &Heap, values: Map) -> Result<Vec<u8>> {
    let text = |value: Value| {
        let mut out = Vec::new();
        show::text(heap, value, &mut out);
        out
    };
    let mut query = Vec::new();
    for (name, value) in values.iter() {
        let name = text(name);
        match value.as_array() {
            Some(values) => {
                for value in values.iter() {
                    percent::push_pair(&mut query, &name, &text(value));
                    heap.reserve_text(query.len())?;
                }
            }
            None if value.is_nil() => {}
            None => percent::push_pair(&mut query, &name, &text(value)),
        }
        heap.reserve_text(query.len())?;
    }
    Ok(query)
}

fn query_encode(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let query = query_text(&vm.heap, args.map(0))?;
    vm.heap.checked_text(&query)
}

fn url_build(vm: &mut Vm, args: Arguments) -> Result<Value> {
    let parts = Settings::new("url_build", args.optional(0), &PARTS)?;
    let bytes = |name| parts.get(name, Types::STRING).map(|value| value.and_then(Value::as_bytes).map(<[u8]>::to_vec));
    let query = parts.get("query", Types::MAP.or(Types::STRING))?;
    let query = match query.map(|query| (query, query.as_map())) {
        Some((_, Some(map))) => Some(query_text(&vm.heap, map)?).filter(|query| !query.is_empty()),
        Some((text, None)) => text.as_bytes().map(<[u8]>::to_vec),
        None => bytes("query_string")?,
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let scheme = parts.text("scheme")?.ok_or_else(|| Fault::range("`url_build` needs a `scheme`"))?;
    let url = Url {
        scheme,
        user: bytes("user")?,
        password: bytes("password")?,
        host: parts.text("host")?,
        port: parts.integer("port", 0, 65535)?.map(|port| port as u16),
        path: parts.text("path")?.unwrap_or_default(),
        query: query.map(text),
        fragment: parts.text("fragment")?,
    };
    let built = url.normalised().map_err(malformed)?.to_string();
    vm.heap.checked_text(built.as_bytes())
}

fn url_join(vm: &mut Vm, args: Arguments) -> Result<Value> {
    vm.heap.reserve(args.bytes(0).len().saturating_add(args.bytes(1).len()))?;
    let joined = join::join(args.bytes(0), args.bytes(1)).map_err(malformed)?;
    vm.heap.checked_text(joined.as_bytes())
}
