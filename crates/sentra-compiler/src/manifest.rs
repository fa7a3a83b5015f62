//! What the compiler knows of the builtins: names, modules and argument counts, read from
//! `manifest.txt`, and of the objects that modules give, read from `objects.txt`. Both are generated
//! from the VM's registry.

use std::collections::HashMap;
use std::sync::OnceLock;

/// All builtins and builtin modules.
#[derive(Debug, Default)]
pub struct Manifest {
    builtins: HashMap<&'static str, Builtin>,
    modules: HashMap<&'static str, HashMap<&'static str, &'static str>>,
    objects: Vec<Object>,
}

/// A kind of object that a module gives, such as `http::Server`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// Its name.
    pub name: &'static str,
    /// What it is and which fields it has.
    pub doc: &'static str,
    /// Its methods.
    pub methods: Vec<Method>,
}

/// A method of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// `name(a, b = default) -> result`
    pub signature: &'static str,
    /// What it does.
    pub doc: &'static str,
}

impl Method {
    /// What it is called by.
    pub fn name(&self) -> &'static str {
        self.signature.split('(').next().unwrap_or_default()
    }
}

/// What is known of a builtin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// Whether it is a value rather than a function.
    pub constant: bool,
    /// The fewest arguments.
    pub min: u16,
    /// The most arguments, if there is a limit.
    pub max: Option<u16>,
    /// Its parameters and result as text.
    pub signature: &'static str,
    /// What it does, in one line.
    pub doc: &'static str,
}

impl Builtin {
    /// Whether only library code may use it.
    pub fn is_internal(&self) -> bool {
        self.name.starts_with("__")
    }
}

impl Manifest {
    /// The manifest of this build.
    pub fn get() -> &'static Self {
        static MANIFEST: OnceLock<Manifest> = OnceLock::new();
        MANIFEST.get_or_init(|| Self {
            objects: objects(include_str!("objects.txt")),
            ..Self::parse(include_str!("manifest.txt"))
        })
    }

    /// One builtin a line, in columns separated by tabs: name, modules (`-` for none; a
    /// module that calls it otherwise is written `module:member`), kind, fewest arguments,
    /// most arguments (`*`: any number), signature, doc.
    fn parse(text: &'static str) -> Self {
        let mut manifest = Self::default();
        for line in text.lines() {
            let mut columns = line.split('\t');
            let mut next = || columns.next().unwrap_or("");
            let (name, modules, kind, min, max) = (next(), next(), next(), next(), next());
            let builtin = Builtin {
                name,
                constant: kind == "constant",
                min: min.parse().unwrap_or(0),
                max: max.parse().ok(),
                signature: next(),
                doc: next(),
            };
            manifest.builtins.insert(name, builtin);
            for module in modules.split(',').filter(|module| *module != "-") {
                let (module, member) = module.rsplit_once(':').unwrap_or((module, name));
                manifest.modules.entry(module).or_default().insert(member, name);
            }
        }
        manifest
    }

    /// The objects that modules give.
    pub fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// The builtin of that name.
    pub fn builtin(&self, name: &str) -> Option<&Builtin> {
        self.builtins.get(name)
    }

    /// The names of all builtins that programs may use, in no order.
    pub fn builtins(&self) -> impl Iterator<Item = &'static str> {
        self.builtins.values().filter(|builtin| !builtin.is_internal()).map(|builtin| builtin.name)
    }

    /// The name of a module, for as long as the program runs.
    pub fn module(&self, name: &str) -> Option<&'static str> {
        self.modules.get_key_value(name).map(|(name, _)| *name)
    }

    /// The module that another has as its member: `Server` of `http` is `http::Server`.
    pub fn nested(&self, module: &str, name: &str) -> Option<&'static str> {
        self.module(&format!("{module}::{name}"))
    }

    /// The names of all modules, in no order.
    pub fn modules(&self) -> impl Iterator<Item = &'static str> {
        self.modules.keys().copied()
    }

    /// Whether a module has a builtin or a module of that name.
    pub fn has_member(&self, module: &str, member: &str) -> bool {
        self.member(module, member).is_some() || self.nested(module, member).is_some()
    }

    /// The builtin that a module calls `member`.
    pub fn member(&self, module: &str, member: &str) -> Option<&Builtin> {
        self.builtin(self.modules.get(module)?.get(member)?)
    }

    /// What a module offers, in no order.
    pub fn members(&self, module: &str) -> impl Iterator<Item = &'static str> {
        self.modules.get(module).into_iter().flat_map(|members| members.keys().copied())
    }
}

/// One object a line, its name and what it is, with its methods below: an empty column, signature, doc.
fn objects(text: &'static str) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    for line in text.lines() {
        let (first, rest) = line.split_once('\t').unwrap_or((line, ""));
        match (first, objects.last_mut()) {
            ("", Some(object)) => {
                let (signature, doc) = rest.split_once('\t').unwrap_or((rest, ""));
                object.methods.push(Method { signature, doc });
            }
            _ => objects.push(Object { name: first, doc: rest, methods: Vec::new() }),
        }
    }
    objects
}
