//! What the names of a text stand for, as `walk` has found it.

use std::collections::HashMap;

use sentra_compiler::span::Span;

use super::scope::Scope;

/// A declaration, by its place in [`Names::declarations`].
pub type Id = usize;

/// How a name is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `let`.
    Let,
    /// `var`: the whole function's.
    Var,
    /// `const`.
    Const,
    /// `fn name`.
    Function,
    /// A parameter.
    Parameter,
    /// The variable of a loop, of `catch`, of an arm.
    Local,
    /// `import`, `use`.
    Import,
}

/// What an import binds a name to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Import {
    /// A builtin module.
    Module(&'static str),
    /// A builtin.
    Builtin(&'static str),
    /// A file, by the path as it is written.
    File(String),
    /// A name that a file exports.
    Member {
        /// The path as it is written.
        path: String,
        /// The name in that file.
        name: String,
    },
}

/// The parameters of a function, as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// Each with its default; the rest with its dots.
    pub parameters: Vec<String>,
}

impl Signature {
    /// The name of a parameter, without its default; nothing for the rest.
    pub fn name(&self, index: usize) -> Option<&str> {
        let parameter = self.parameters.get(index)?;
        let name = parameter.split(['=', ':']).next().unwrap_or_default().trim();
        (!name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')).then_some(name)
    }
}

/// A declared name.
#[derive(Clone, Debug)]
pub struct Declaration {
    /// The name.
    pub name: Box<str>,
    /// Where it stands.
    pub span: Span,
    /// The statement that declares it.
    pub extent: Span,
    /// How it is declared.
    pub kind: Kind,
    /// The scope that it belongs to, by its place in [`Names::scopes`].
    pub scope: usize,
    /// The byte from which the same function sees it.
    pub from: u32,
    /// Whether the name is also the key of a map pattern.
    pub is_key: bool,
    /// Whether other files can import it.
    pub exported: bool,
    /// Its parameters, if it is known to be a function.
    pub signature: Option<Signature>,
    /// What it was imported from.
    pub import: Option<Import>,
    /// The fields that it is seen with.
    pub fields: Vec<Box<str>>,
    /// The builtin whose result it was declared with.
    pub made_by: Option<&'static str>,
}

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Something that the text declares.
    Declaration(Id),
    /// A builtin.
    Builtin(&'static str),
    /// A builtin module.
    Module(&'static str),
    /// A member of an imported file.
    Member {
        /// The path as it is written.
        path: String,
        /// The name in that file.
        name: String,
    },
    /// A field or method of a value.
    Field,
    /// Nothing that is known.
    Unknown,
}

/// A name where it stands.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// Where.
    pub span: Span,
    /// What it stands for.
    pub target: Target,
    /// Whether it is declared here.
    pub declares: bool,
}

/// An argument of a call.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// Where it stands.
    pub span: Span,
    /// Whether it says itself what it is: a function, a map.
    pub speaks: bool,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// The name that is called.
    pub callee: Span,
    /// Its arguments.
    pub arguments: Vec<Argument>,
}

/// The names of a text.
#[derive(Debug, Default)]
pub struct Names {
    /// Its scopes, each after the one around it.
    pub scopes: Vec<Scope>,
    /// What it declares, in order.
    pub declarations: Vec<Declaration>,
    /// Every name, in order.
    pub occurrences: Vec<Occurrence>,
    /// Every call of a name.
    pub calls: Vec<Call>,
    /// The paths that it imports files by, and where they stand.
    pub imports: Vec<(String, Span)>,
    /// Places that could not be parsed.
    pub errors: Vec<Span>,
}

impl Names {
    /// The name at a byte, or that ends there.
    pub fn at(&self, offset: u32) -> Option<&Occurrence> {
        let end = self.occurrences.partition_point(|occurrence| occurrence.span.start <= offset);
        self.occurrences[..end].last().filter(|occurrence| offset <= occurrence.span.end)
    }

    /// Where a declared name occurs.
    pub fn uses(&self, id: Id) -> impl Iterator<Item = &Occurrence> {
        self.occurrences.iter().filter(move |occurrence| occurrence.target == Target::Declaration(id))
    }

    /// What the file exports under a name.
    pub fn exported(&self, name: &str) -> Option<Id> {
        self.declarations.iter().rposition(|declaration| declaration.exported && &*declaration.name == name)
    }

    /// What is declared and visible at a byte, by name: the nearest of each.
    pub fn visible(&self, offset: u32) -> HashMap<&str, Id> {
        let mut found = HashMap::new();
        let innermost = self.scope_at(offset);
        let mut scope = Some(innermost);
        while let Some(index) = scope {
            for name in self.scopes[index].names.keys() {
                if let Some(id) = self.declared_in(index, name, innermost, offset) {
                    found.entry(&**name).or_insert(id);
                }
            }
            scope = self.scopes[index].parent;
        }
        found
    }
}
