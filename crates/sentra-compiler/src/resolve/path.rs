//! Members of modules: `math.sqrt`, `std::math::sqrt`, `tools.run`.

use super::scope::Binding;
use super::{Resolver, suggest};
use crate::ast::{Access, Expression, ExpressionKind, Name};
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{ExprKind, SourceId};
use crate::manifest::Builtin;

/// What an expression stands for before the program runs.
#[derive(Clone, Copy)]
pub enum Static {
    /// A builtin module.
    Module(&'static str),
    /// An imported file.
    File(SourceId),
    /// The word `std` before a module.
    Std,
}

impl<'a> Resolver<'_, '_, 'a> {
    /// The module that stands before a member, if the expression names one.
    pub(super) fn module_of(&mut self, expression: &'a Expression, access: Access, member: &'a Name) -> Option<Static> {
        match &expression.kind {
            ExpressionKind::Name(name) => match self.look_up(&name.text) {
                Some(Binding::Module(module)) => Some(Static::Module(module)),
                Some(Binding::File(source)) => Some(Static::File(source)),
                Some(Binding::Variable(_)) if access == Access::Path => self.hidden_module(name, member),
                Some(Binding::Variable(_) | Binding::Builtin(_)) => None,
                None if &*name.text == "std" => Some(Static::Std),
                None => self.unit.manifest.module(&name.text).map(Static::Module),
            },
            ExpressionKind::Field { object, name, access } => {
                let module = self.module_of(object, *access, name)?;
                self.nested_module(module, name)
            }
            _ => None,
        }
    }

    /// The module of a name that a variable hides: before `::` it is still meant if it has that member.
    fn hidden_module(&self, name: &Name, member: &Name) -> Option<Static> {
        let module = self.unit.manifest.module(&name.text)?;
        self.unit.manifest.has_member(module, &member.text).then_some(Static::Module(module))
    }

    /// The module that a module has as its member. `std` has all, and `net` those that use the network.
    fn nested_module(&self, module: Static, name: &Name) -> Option<Static> {
        let manifest = self.unit.manifest;
        let found = match module {
            Static::Std => manifest.module(&name.text),
            Static::Module(module) => {
                let outer = (module == "net").then(|| manifest.module(&name.text)).flatten();
                manifest.nested(module, &name.text).or(outer)
            }
            Static::File(_) => None,
        };
        found.map(Static::Module)
    }

    /// The builtin that `module.member` names, reported if there is none.
    pub(super) fn builtin_member(&mut self, module: &str, member: &'a Name) -> Option<&'static Builtin> {
        let found = self.unit.manifest.member(module, &member.text);
        if found.is_none() {
            let nearest = suggest::nearest(&member.text, self.unit.manifest.members(module));
            self.unknown_member(module, member, nearest.map(str::to_owned));
        }
        found
    }

    /// A member of a module as a value.
    pub(super) fn member(&mut self, module: Static, member: &'a Name) -> ExprKind {
        let missing = ExprKind::Constant(crate::ir::Constant::Nil);
        match module {
            Static::Module(outer) => match self.nested_module(module, member) {
                Some(Static::Module(inner)) if self.unit.manifest.member(outer, &member.text).is_none() => {
                    ExprKind::Builtin(self.extern_of(inner, member.span))
                }
                _ => match self.builtin_member(outer, member) {
                    Some(builtin) => ExprKind::Builtin(self.extern_of(builtin.name, member.span)),
                    None => missing,
                },
            },
            Static::File(source) => match self.exported(source, member) {
                Some(id) => self.read(id),
                None => missing,
            },
            Static::Std => {
                self.error(Code::UnknownModule, member.span, format!("there is no module `std::{}`", member.text));
                missing
            }
        }
    }

    /// The variable that a file exports under a name, reported if there is none.
    pub(super) fn exported(&mut self, source: SourceId, member: &Name) -> Option<crate::ir::VariableId> {
        let file = &self.unit.ir.sources[source as usize];
        let found = file.exports.get(&*member.text).copied();
        if found.is_none() {
            let nearest = suggest::nearest(&member.text, file.exports.keys().map(String::as_str)).map(str::to_owned);
            let path = file.path.clone();
            if !self.unit.broken.contains(&source) {
                self.unknown_member(&path, member, nearest);
            }
        }
        found
    }

    fn unknown_member(&mut self, module: &str, member: &Name, nearest: Option<String>) {
        let message = format!("`{module}` has no member `{}`", member.text);
        let mut diagnostic = Diagnostic::new(Code::UnknownMember, member.span, message);
        diagnostic.help = nearest.map(|nearest| format!("did you mean `{nearest}`?"));
        self.report(diagnostic);
    }
}
