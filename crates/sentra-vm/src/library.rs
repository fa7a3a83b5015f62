//! The library that is written in Sentra: what of it a program needs, and the methods of its objects.
//!
//! `build.rs` has compiled it. The base (`lib/*.sn`, and `lib/system/*.sn` where there is
//! a system) belongs together; a module (`lib/modules/`) is linked
//! when a program first names one of its members. A module whose name is listed in `builtins::objects` is a
//! prototype: its functions are the methods of the maps that `__object` makes.

use std::collections::{HashMap, HashSet};

use sentra_bytecode::{Constant, Export, Module, decode, verify};

use crate::builtins::{self, objects};
use crate::heap::map::Map;
use crate::value::Value;
use crate::vm::Vm;

include!(concat!(env!("OUT_DIR"), "/library.rs"));

/// What a program has of the library.
#[derive(Default)]
pub(crate) struct Linked {
    base: bool,
    modules: HashSet<&'static str>,
    /// Methods by the prototype's number less one.
    prototypes: Vec<Prototype>,
}

/// The methods of objects of one kind.
#[derive(Default)]
struct Prototype {
    methods: HashMap<Value, u32, foldhash::fast::RandomState>,
    missing: Option<u32>,
}

impl Linked {
    /// The function that is a method of a map with a prototype.
    #[inline]
    pub fn method(&self, map: Map, name: Value) -> Option<u32> {
        self.prototype(map)?.methods.get(&name).copied()
    }

    /// The function that gives fields which such a map has not.
    #[inline]
    pub fn missing(&self, map: Map) -> Option<u32> {
        self.prototype(map)?.missing
    }

    fn prototype(&self, map: Map) -> Option<&Prototype> {
        self.prototypes.get(usize::from(map.prototype()).checked_sub(1)?)
    }
}

/// A part of the library that is about to be linked.
struct Part {
    /// The module's name; empty for the base.
    name: &'static str,
    code: Module,
}

impl Vm {
    /// Links what a program may need of the library. It comes before the program: both take
    /// numbers from the same tables.
    pub(crate) fn load_library_for(&mut self, program: &Module) -> Result<(), String> {
        let mut parts = Vec::new();
        let texts = texts(program).any(builtins::names_library);
        self.gather(texts, externs(program), &mut parts)?;
        let mut next = 0;
        while let Some(part) = parts.get(next) {
            next += 1;
            let base = texts_of(part).iter().any(|text| builtins::names_library(text));
            // An object's prototype is named by a text.
            let names: Vec<String> = texts_of(part).into_iter().chain(externs(&part.code).map(str::to_owned)).collect();
            self.gather(base, names.iter().map(String::as_str), &mut parts)?;
        }
        self.number(&mut parts);
        parts.iter().try_for_each(|part| self.link_library(&part.code))
    }

    /// Adds the parts that these names need and that are not linked yet.
    fn gather<'a>(
        &mut self,
        base: bool,
        names: impl Iterator<Item = &'a str>,
        parts: &mut Vec<Part>,
    ) -> Result<(), String> {
        let names: Vec<&str> = names.collect();
        if (base || names.iter().any(|name| builtins::names_library(name))) && !self.linked.base {
            self.linked.base = true;
            for &(name, bytes) in BASE {
                parts.push(Part { name: "", code: read(name, bytes)? });
            }
        }
        for &(module, bytes) in MODULES {
            if !self.linked.modules.contains(module) && names.iter().any(|name| needs(name, module)) {
                self.linked.modules.insert(module);
                parts.push(Part { name: module, code: read(module, bytes)? });
            }
        }
        Ok(())
    }

    /// Says which function each builtin and each method is, before code that names them is linked.
    fn number(&mut self, parts: &mut [Part]) {
        let mut first = self.functions.len() as u32;
        for part in parts {
            let exports: Vec<(String, u32)> = exports(&part.code);
            for (name, function) in exports {
                let name = plain(&name).to_owned();
                let full = if part.name.is_empty() { name.clone() } else { format!("{}::{name}", part.name) };
                match (builtins::find(&full), objects::number(part.name)) {
                    (Some(number), _) => drop(self.library.insert(number, first + function)),
                    (None, Some(prototype)) => self.add_method(prototype, &name, first + function),
                    (None, None) => {}
                }
                // Traces leave the library out; what is recorded of calls goes by these names.
                part.code.functions[function as usize].name = full;
            }
            first += part.code.functions.len() as u32;
        }
    }

    fn add_method(&mut self, prototype: u8, name: &str, function: u32) {
        let at = usize::from(prototype) - 1;
        if self.linked.prototypes.len() <= at {
            self.linked.prototypes.resize_with(at + 1, Prototype::default);
        }
        let key = self.heap.intern(name.as_bytes());
        // Keeps the name as long as the VM lives.
        self.constants.push(key);
        self.keys.push(Box::default());
        let prototype = &mut self.linked.prototypes[at];
        if name == objects::MISSING {
            prototype.missing = Some(function);
        }
        prototype.methods.insert(key, function);
    }
}

/// Whether a program that names this builtin or module needs that module of the library.
fn needs(name: &str, module: &str) -> bool {
    let member = name.rsplit_once("::").is_some_and(|(within, _)| within == module);
    let within = || module.strip_prefix(name).is_some_and(|rest| rest.starts_with("::"));
    name == module || member || within()
}

fn texts(module: &Module) -> impl Iterator<Item = &str> {
    module.constants.iter().filter_map(|constant| match constant {
        Constant::String(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    })
}

fn texts_of(part: &Part) -> Vec<String> {
    texts(&part.code).map(str::to_owned).collect()
}

fn externs(module: &Module) -> impl Iterator<Item = &str> {
    module.externs.iter().map(|extern_| extern_.name.as_str())
}

fn exports(module: &Module) -> Vec<(String, u32)> {
    let exports = module.sources.iter().flat_map(|source| &source.exports);
    let functions = exports.filter_map(|(name, export)| match export {
        Export::Function(function) => Some((name.clone(), *function)),
        Export::Global(_) => None,
    });
    functions.collect()
}

/// A method whose name is a word of the language has a line behind it in its file.
fn plain(name: &str) -> &str {
    name.strip_suffix('_').unwrap_or(name)
}

fn read(name: &str, bytes: &[u8]) -> Result<Module, String> {
    if bytes.is_empty() {
        return Err(format!("the builtin library's `{name}` did not compile when this was built"));
    }
    let mut module = decode(bytes).map_err(|error| format!("the builtin library's `{name}` is damaged: {error}"))?;
    verify(&mut module).map_err(|error| format!("the builtin library's `{name}` is damaged: {error}"))?;
    Ok(module)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::builtin::Body;

    fn parts() -> Vec<Part> {
        let named = |table: &'static [(&'static str, &'static [u8])], base: bool| {
            table.iter().map(move |&(name, bytes)| Part {
                name: if base { "" } else { name },
                code: read(name, bytes).expect("the library compiles"),
            })
        };
        named(BASE, true).chain(named(MODULES, false)).collect()
    }

    #[test]
    fn every_builtin_of_the_library_is_there() {
        let mut found = BTreeSet::new();
        for part in parts() {
            let full = |name: String| if part.name.is_empty() { name } else { format!("{}::{name}", part.name) };
            found.extend(exports(&part.code).into_iter().map(|(name, _)| full(name)));
        }
        let library = builtins::registry().iter().filter(|builtin| matches!(builtin.body, Body::Library));
        let missing: Vec<&str> = library.map(|builtin| builtin.name).filter(|name| !found.contains(*name)).collect();
        assert!(missing.is_empty(), "without a function: {missing:?}");
    }

    #[test]
    fn every_method_is_declared_and_every_declared_method_is_there() {
        for part in parts() {
            let Some(object) = objects::OBJECTS.iter().find(|object| object.name == part.name) else { continue };
            let builtin = |name: &String| builtins::find(&format!("{}::{name}", part.name)).is_some();
            let exports = exports(&part.code).into_iter().map(|(name, _)| name);
            let found: BTreeSet<String> = exports
                .map(|name| plain(&name).to_owned())
                .filter(|name| !builtin(name) && name != objects::MISSING)
                .collect();
            let declared: BTreeSet<String> = object.methods.iter().map(|method| method.name().to_owned()).collect();
            assert_eq!(found, declared, "{}", part.name);
        }
    }

    #[test]
    fn every_object_has_a_module() {
        let names: BTreeSet<&str> = MODULES.iter().map(|(name, _)| *name).collect();
        let missing: Vec<&str> =
            objects::OBJECTS.iter().map(|object| object.name).filter(|name| !names.contains(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
