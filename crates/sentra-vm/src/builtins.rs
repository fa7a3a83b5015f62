//! The registry: every builtin, in tables by area.
//!
//! A builtin's number is its place in all tables together; it holds within one build of the
//! VM only. Modules and saved bytecode name builtins.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use crate::builtin::{Body, Builtin, Shortcut, Types};
use crate::fault::Fault;
use crate::image::Receiver;
use crate::vm::Vm;

mod arrays;
mod asserts;
mod calendar;
mod capture;
#[cfg(feature = "system")]
mod certificates;
mod codes;
mod crypto;
#[cfg(feature = "system")]
mod database;
#[cfg(feature = "system")]
mod discovery;
#[cfg(feature = "system")]
mod dns;
#[cfg_attr(not(feature = "system"), path = "bare/environment.rs")]
mod environment;
#[cfg(feature = "system")]
mod exec;
mod fibers;
#[cfg(feature = "system")]
pub(crate) mod files;
#[cfg(feature = "system")]
mod filters;
#[cfg(feature = "system")]
mod http_client;
#[cfg(feature = "system")]
mod http_form;
#[cfg(feature = "system")]
mod http_server;
#[cfg(feature = "system")]
mod http_static;
mod input;
#[cfg(feature = "system")]
mod intrusions;
pub(crate) mod json;
mod library;
mod maps;
mod math;
#[cfg(feature = "system")]
mod modules;
mod net_address;
pub mod objects;
mod order;
mod output;
mod pack;
#[cfg(feature = "system")]
mod packets;
mod paths;
pub(crate) mod process;
mod prototypes;
mod random;
pub(crate) mod regex;
#[cfg(feature = "system")]
mod scan;
mod sequences;
mod settings;
#[cfg(feature = "system")]
mod sockets;
#[cfg(feature = "system")]
mod streams;
mod template;
#[cfg(feature = "system")]
mod testing;
pub(crate) mod text;
mod time;
#[cfg(feature = "system")]
mod tls_options;
#[cfg(feature = "system")]
mod tls_scan;
mod types;
#[cfg(feature = "system")]
mod websocket;

pub(crate) use environment::environment;
#[cfg(feature = "system")]
pub(crate) use net_address::{add_pair, query_map};
#[cfg(feature = "system")]
pub(crate) use streams::reading_failed;
#[cfg(feature = "system")]
pub(crate) use testing::temporary_parent;

/// All tables.
pub const TABLES: &[&[Builtin]] = &[
    output::TABLE,
    input::TABLE,
    types::TABLE,
    sequences::TABLE,
    text::TABLE,
    template::TABLE,
    regex::TABLE,
    arrays::TABLE,
    order::TABLE,
    maps::TABLE,
    math::TABLE,
    random::TABLE,
    json::TABLE,
    codes::TABLE,
    crypto::TABLE,
    #[cfg(feature = "system")]
    crypto::secrets::TABLE,
    #[cfg(feature = "system")]
    crypto::tokens::TABLE,
    net_address::TABLE,
    net_address::urls::TABLE,
    pack::TABLE,
    time::TABLE,
    calendar::TABLE,
    #[cfg(feature = "system")]
    files::TABLE,
    #[cfg(feature = "system")]
    streams::TABLE,
    fibers::TABLE,
    #[cfg(feature = "system")]
    sockets::TABLE,
    #[cfg(feature = "system")]
    http_form::TABLE,
    #[cfg(feature = "system")]
    http_server::TABLE,
    #[cfg(feature = "system")]
    http_static::TABLE,
    #[cfg(feature = "system")]
    websocket::TABLE,
    #[cfg(feature = "system")]
    http_client::TABLE,
    #[cfg(feature = "system")]
    dns::TABLE,
    #[cfg(feature = "system")]
    database::TABLE,
    #[cfg(feature = "system")]
    packets::TABLE,
    #[cfg(feature = "system")]
    discovery::TABLE,
    #[cfg(feature = "system")]
    scan::TABLE,
    #[cfg(feature = "system")]
    tls_scan::TABLE,
    #[cfg(feature = "system")]
    filters::TABLE,
    #[cfg(feature = "system")]
    intrusions::TABLE,
    paths::TABLE,
    process::TABLE,
    #[cfg(feature = "system")]
    environment::TABLE,
    #[cfg(feature = "system")]
    exec::TABLE,
    asserts::TABLE,
    capture::TABLE,
    #[cfg(feature = "system")]
    testing::TABLE,
    library::TABLE,
    prototypes::TABLE,
    #[cfg(feature = "system")]
    modules::TABLE,
    #[cfg(feature = "system")]
    modules::natives::TABLE,
    crate::host::TABLE,
];

/// Number of builtins.
pub const COUNT: usize = {
    let (mut count, mut table) = (0, 0);
    while table < TABLES.len() {
        count += TABLES[table].len();
        table += 1;
    }
    count
};

/// The modules that builtins belong to. A builtin's row names them, with `:name` where its
/// name in the module is another.
pub const MODULES: &[&str] = &[
    "array",
    "async",
    "cache",
    "console",
    "crypto",
    "db",
    "encoding",
    "fs",
    "http",
    "http::Server",
    "io",
    "json",
    "map",
    "math",
    "net",
    "net::PacketCapture",
    "net::TcpListener",
    "net::TcpStream",
    "net::UdpSocket",
    "net::UnixListener",
    "net::UnixStream",
    "net_address",
    "os",
    "queue",
    "redis",
    "regex",
    "string",
    "test",
    "time",
    "ws",
    "ws::Server",
];

/// The module that an entry of a row names, and what the builtin is called there.
pub fn member_of(entry: &'static str, name: &'static str) -> (&'static str, &'static str) {
    entry.rsplit_once(':').unwrap_or((entry, name))
}

/// The number of the builtin that is a module's member.
pub(crate) fn member(module: &str, name: &str) -> Option<u32> {
    let is = |builtin: &Builtin| builtin.modules.iter().any(|entry| member_of(entry, builtin.name) == (module, name));
    REGISTRY.iter().position(|builtin| is(builtin)).map(|number| number as u32)
}

/// The number of a module as a value: modules follow the builtins.
pub(crate) fn find_module(name: &str) -> Option<u32> {
    MODULES.iter().position(|&module| module == name).map(|at| (COUNT + at) as u32)
}

/// All builtins by number.
static REGISTRY: [&Builtin; COUNT] = {
    let mut registry = [&TABLES[0][0]; COUNT];
    let (mut number, mut table) = (0, 0);
    while table < TABLES.len() {
        let mut row = 0;
        while row < TABLES[table].len() {
            registry[number] = &TABLES[table][row];
            number += 1;
            row += 1;
        }
        table += 1;
    }
    registry
};

/// The shortcuts of all builtins by number.
pub(crate) static SHORTCUTS: [Shortcut; COUNT] = {
    let mut shortcuts = [Shortcut::of(REGISTRY[0]); COUNT];
    let mut number = 1;
    while number < COUNT {
        shortcuts[number] = Shortcut::of(REGISTRY[number]);
        number += 1;
    }
    shortcuts
};

/// The number of the builtin of that name.
pub fn find(name: &str) -> Option<u32> {
    static NUMBERS: OnceLock<HashMap<&'static str, u32, foldhash::fast::RandomState>> = OnceLock::new();
    let numbers =
        NUMBERS.get_or_init(|| REGISTRY.iter().zip(0..).map(|(builtin, number)| (builtin.name, number)).collect());
    numbers.get(name).copied()
}

/// Whether a builtin that is written in Sentra, and is not only a module's member, has this name.
pub(crate) fn names_library(name: &str) -> bool {
    static NAMES: OnceLock<HashSet<&'static str, foldhash::fast::RandomState>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let library = REGISTRY.iter().filter(|builtin| matches!(builtin.body, Body::Library));
        let library = library.filter(|builtin| !builtin.name.contains("::"));
        let aliases = |builtin: &Builtin| builtin.modules.iter().filter_map(|entry| Some(entry.rsplit_once(':')?.1));
        library.flat_map(|builtin| aliases(builtin).chain([builtin.name])).collect()
    });
    names.contains(name)
}

/// The builtin of that number, which `find` gave.
#[inline]
pub fn get(number: u32) -> &'static Builtin {
    REGISTRY[number as usize]
}

/// All builtins by number.
pub fn registry() -> &'static [&'static Builtin] {
    &REGISTRY
}

/// The name of the builtin of that number, empty if there is none.
pub fn name(number: u32) -> &'static str {
    REGISTRY.get(number as usize).map_or("", |builtin| builtin.name)
}

/// What a receiver's values count as among parameter types.
const RECEIVERS: [(Receiver, Types); Receiver::COUNT] = [
    (Receiver::String, Types::STRING),
    (Receiver::Array, Types::ARRAY),
    (Receiver::Map, Types::MAP),
    (Receiver::Number, Types::NUMBER.or(Types::INTEGER)),
    (Receiver::Function, Types::FUNCTION),
    (Receiver::Other, Types::OBJECT),
    (Receiver::Range, Types::RANGE),
    (Receiver::Task, Types::TASK),
    (Receiver::Channel, Types::CHANNEL),
    (Receiver::Error, Types::ERROR),
];

/// Whether a builtin is a method of values that such a receiver is: its first parameter
/// accepts them, and not simply everything.
fn is_method(builtin: &Builtin, receiver: usize) -> bool {
    let first = builtin.parameters.first().or(builtin.rest.as_ref());
    let hidden = builtin.name.starts_with("__");
    !hidden && first.is_some_and(|first| first.types != Types::ANY && first.types.intersects(RECEIVERS[receiver].1))
}

/// The builtin that is the method of that name for a receiver, by [`Receiver`].
pub(crate) fn method(name: &str, receiver: usize) -> Option<u32> {
    find(name).filter(|&number| is_method(get(number), receiver))
}

/// Whether values of that type have a method of that name.
pub(crate) fn has_method(name: &str, receiver: Receiver) -> bool {
    method(name, receiver as usize).is_some()
}

/// The method whose name is nearest to a misspelt one.
pub(crate) fn nearest_method(name: &str, receiver: Receiver) -> Option<&'static str> {
    let methods = REGISTRY.iter().filter(|builtin| is_method(builtin, receiver as usize));
    nearest(name, methods.map(|builtin| builtin.name))
}

/// The one of some names that is nearest to a misspelt one, if it is near enough.
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let most = ((name.len() + 1) / 3).max(1);
    names
        .map(|other| (distance(name.as_bytes(), other.as_bytes()), other))
        .filter(|(far, _)| *far <= most)
        .min()
        .map(|(_, near)| near)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
fn distance(from: &[u8], to: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, &a) in from.iter().take(64).enumerate() {
        let mut row = vec![i + 1];
        for (j, &b) in to.iter().enumerate() {
            let mut least = (last[j] + usize::from(a != b)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a == to[j - 1] && from[i - 1] == b {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

/// Leaves the reason of a failure with a fiber, for `last_error`.
pub(crate) fn note(vm: &mut Vm, fiber: u32, function: &str, kind: &str, message: &str) -> Result<(), Box<Fault>> {
    let map = vm.heap.map(3);
    for (key, text) in [("kind", kind), ("message", message), ("function", function)] {
        let text = vm.heap.text(text.as_bytes());
        map.set_text(&mut vm.heap, key, text)?;
    }
    if let Some(Some(fiber)) = vm.scheduler.fibers.get_mut(fiber as usize) {
        fiber.last_error = map.value();
    }
    Ok(())
}
