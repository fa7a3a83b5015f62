//! Members of modules: what `math.sqrt`, `std::net::http` and `tools.run` stand for.

use sentra_compiler::manifest::Manifest;

use super::names::{Import, Names, Target};

/// What stands before a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The word `std`.
    Std,
    /// A builtin module.
    Module(&'static str),
    /// An imported file, by the path as it is written.
    File(String),
}

impl Names {
    /// What a name stands for by itself.
    pub fn target(&self, name: &str, scope: usize, at: u32) -> Target {
        let manifest = Manifest::get();
        if let Some(id) = self.look_up(name, scope, at) {
            return Target::Declaration(id);
        }
        match (manifest.builtin(name).filter(|builtin| !builtin.is_internal()), manifest.module(name)) {
            (Some(builtin), _) => Target::Builtin(builtin.name),
            (None, Some(module)) => Target::Module(module),
            (None, None) => Target::Unknown,
        }
    }

    /// What a path such as `std::net::http` names, if it is no value.
    pub fn owner(&self, path: &[&str], scope: usize, at: u32) -> Option<Owner> {
        let (first, rest) = path.split_first()?;
        let first = match self.look_up(first, scope, at).map(|id| &self.declarations[id]) {
            Some(declaration) => match declaration.import.as_ref() {
                Some(Import::Module(module)) => Owner::Module(module),
                Some(Import::File(path)) => Owner::File(path.clone()),
                _ => return None,
            },
            None if *first == "std" => Owner::Std,
            None => Owner::Module(Manifest::get().module(first)?),
        };
        rest.iter().try_fold(first, |owner, name| owner.module(name))
    }
}

impl Owner {
    /// The module that this has as its member. `std` has all, and `net` those that use the network.
    fn module(&self, name: &str) -> Option<Self> {
        let manifest = Manifest::get();
        let found = match self {
            Self::Std => manifest.module(name),
            Self::Module(module) => {
                let outer = (*module == "net").then(|| manifest.module(name)).flatten();
                manifest.nested(module, name).or(outer)
            }
            Self::File(_) => None,
        };
        found.map(Self::Module)
    }

    /// What a member is.
    pub fn member(&self, name: &str) -> Target {
        let manifest = Manifest::get();
        if let Self::File(path) = self {
            return Target::Member { path: path.clone(), name: name.to_owned() };
        }
        if let Self::Module(module) = self
            && let Some(builtin) = manifest.member(module, name)
        {
            return Target::Builtin(builtin.name);
        }
        match self.module(name) {
            Some(Self::Module(module)) => Target::Module(module),
            _ => Target::Unknown,
        }
    }

    /// The members that it has: each with what it is.
    pub fn members(&self) -> Vec<(&'static str, Target)> {
        let manifest = Manifest::get();
        let plain = |name: &&str| !name.contains("::");
        let names: Vec<&'static str> = match self {
            Self::Std => manifest.modules().filter(plain).collect(),
            Self::Module(module) => {
                let inner = manifest.modules().filter_map(|name| name.strip_prefix(module)?.strip_prefix("::"));
                manifest.members(module).chain(inner.filter(plain)).collect()
            }
            Self::File(_) => Vec::new(),
        };
        names.into_iter().map(|name| (name, self.member(name))).collect()
    }
}
