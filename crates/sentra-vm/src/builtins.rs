//! The registry: every builtin, in tables by area.
//!
//! A builtin's number is its place in all tables together; it holds within one build of the
//! VM only. Modules and saved bytecode name builtins.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use sentra_bytecode::Module;
use sentra_compiler::compile::{CompileOptions, compile, with_stack};
use sentra_compiler::load::NoLoader;
use sentra_compiler::render::render;

use crate::builtin::{Body, Builtin, Shortcut, Types};
use crate::fault::Fault;
use crate::image::Receiver;
use crate::vm::Vm;

mod arrays;
mod asserts;
mod calendar;
mod certificates;
mod codes;
mod crypto;
mod dns;
mod exec;
mod fibers;
pub(crate) mod files;
mod http_client;
mod http_form;
mod http_server;
mod http_static;
mod input;
pub(crate) mod json;
mod library;
mod maps;
mod math;
mod net_address;
mod order;
mod output;
mod pack;
mod paths;
pub(crate) mod process;
mod random;
pub(crate) mod regex;
mod sequences;
mod settings;
mod sockets;
mod streams;
mod template;
mod testing;
pub(crate) mod text;
mod time;
mod tls_options;
mod types;
mod websocket;

pub(crate) use net_address::{add_pair, query_map};
pub(crate) use streams::reading_failed;
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
    crypto::tokens::TABLE,
    net_address::TABLE,
    net_address::urls::TABLE,
    pack::TABLE,
    time::TABLE,
    calendar::TABLE,
    files::TABLE,
    streams::TABLE,
    fibers::TABLE,
    sockets::TABLE,
    http_form::TABLE,
    http_server::TABLE,
    http_static::TABLE,
    websocket::TABLE,
    http_client::TABLE,
    dns::TABLE,
    paths::TABLE,
    process::TABLE,
    exec::TABLE,
    asserts::TABLE,
    testing::TABLE,
    library::TABLE,
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
    "console",
    "crypto",
    "encoding",
    "fs",
    "io",
    "json",
    "map",
    "math",
    "net_address",
    "os",
    "regex",
    "string",
    "test",
    "time",
];

/// The number of the builtin that is a module's member.
pub(crate) fn member(module: &str, name: &str) -> Option<u32> {
    let is = |builtin: &Builtin| {
        builtin.modules.iter().any(|entry| match entry.split_once(':') {
            Some((within, alias)) => within == module && alias == name,
            None => *entry == module && builtin.name == name,
        })
    };
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

/// Whether a builtin that is written in Sentra has this name, on its own or in a module.
pub(crate) fn names_library(name: &str) -> bool {
    static NAMES: OnceLock<HashSet<&'static str, foldhash::fast::RandomState>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let library = REGISTRY.iter().filter(|builtin| matches!(builtin.body, Body::Library));
        let aliases = |builtin: &Builtin| builtin.modules.iter().filter_map(|entry| Some(entry.split_once(':')?.1));
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

/// The parts of the library that is written in Sentra.
const LIBRARY: &[(&str, &str)] = &[
    ("core.sn", include_str!("../lib/core.sn")),
    ("fibers.sn", include_str!("../lib/fibers.sn")),
    ("testing.sn", include_str!("../lib/testing.sn")),
    ("regex.sn", include_str!("../lib/regex.sn")),
    ("http.sn", include_str!("../lib/http.sn")),
];

/// The library, compiled. Programs that use none of it never pay for this.
pub(crate) fn library_modules() -> Vec<Module> {
    LIBRARY.iter().map(|&(path, source)| compile_library(path, source)).collect()
}

fn compile_library(path: &str, source: &str) -> Module {
    let options = CompileOptions { library: true, ..CompileOptions::default() };
    match with_stack(|| compile(path, source.as_bytes(), &mut NoLoader, &options)) {
        Ok(compiled) => compiled.module,
        Err(rejected) => {
            unreachable!("the library compiles: {}", render(&rejected.diagnostics, &rejected.sources, false))
        }
    }
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
