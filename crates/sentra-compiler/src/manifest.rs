//! What the compiler knows of the builtins: names, modules and argument counts, read from
//! `manifest.txt`, which is generated from the VM's registry.

use std::collections::HashMap;
use std::sync::OnceLock;

/// All builtins and builtin modules.
#[derive(Debug, Default)]
pub struct Manifest {
    builtins: HashMap<&'static str, Builtin>,
    modules: HashMap<&'static str, HashMap<&'static str, &'static str>>,
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
        MANIFEST.get_or_init(|| Self::parse(include_str!("manifest.txt")))
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
                let (module, member) = module.split_once(':').unwrap_or((module, name));
                manifest.modules.entry(module).or_default().insert(member, name);
            }
        }
        manifest
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

    /// The names of all modules, in no order.
    pub fn modules(&self) -> impl Iterator<Item = &'static str> {
        self.modules.keys().copied()
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
