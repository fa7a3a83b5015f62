//! Names as values and as targets, and what is said about unknown ones.

use super::scope::Binding;
use super::{Resolver, suggest};
use crate::ast::Name;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{ExprKind, VariableId, VariableKind};

/// Beyond so many unknown names a file says nothing new.
const MOST_REPORTED: usize = 100;

impl<'a> Resolver<'_, '_, 'a> {
    /// A name as a value.
    pub(super) fn name(&mut self, name: &'a Name) -> ExprKind {
        match self.look_up(&name.text) {
            Some(Binding::Variable(id)) => self.read(id),
            Some(Binding::File(source)) => ExprKind::Module(source),
            Some(Binding::Module(known) | Binding::Builtin(known)) => {
                ExprKind::Builtin(self.extern_of(known, name.span))
            }
            None if self.unit.builtin(&name.text).is_some() || self.is_module(&name.text) => {
                ExprKind::Builtin(self.extern_of(&name.text, name.span))
            }
            None => {
                self.unknown_name(name, "");
                ExprKind::Constant(crate::ir::Constant::Nil)
            }
        }
    }

    /// A variable's value: the constant itself where it is known.
    pub(super) fn read(&mut self, id: VariableId) -> ExprKind {
        if let Some(constant) = self.known(id) {
            return ExprKind::Constant(constant.clone());
        }
        self.use_variable(id);
        ExprKind::Variable(id)
    }

    pub(super) fn is_module(&self, name: &str) -> bool {
        self.unit.manifest.module(name).is_some()
    }

    /// The variable that an assignment to a name changes, reported if it may not.
    pub(super) fn target(&mut self, name: &'a Name) -> Option<VariableId> {
        match self.look_up(&name.text) {
            Some(Binding::Variable(id)) => {
                if !self.check_assignable(name, id) {
                    return None;
                }
                self.unit.ir.variables[id as usize].assigned = true;
                self.use_variable(id);
                Some(id)
            }
            Some(_) => {
                let message = format!("`{}` is a module and cannot be assigned to", name.text);
                self.error(Code::AssignToConst, name.span, message);
                None
            }
            None if self.unit.builtin(&name.text).is_some() => {
                let message = format!("`{}` is a builtin and cannot be assigned to", name.text);
                let help = format!("`let {} = …` makes a variable of that name", name.text);
                self.report(Diagnostic::new(Code::AssignToConst, name.span, message).with_help(help));
                None
            }
            None => {
                self.unknown_name(name, &format!("`let {} = …` declares a variable", name.text));
                None
            }
        }
    }

    fn check_assignable(&mut self, name: &Name, id: VariableId) -> bool {
        let variable = &self.unit.ir.variables[id as usize];
        let owner = self.unit.ir.functions[variable.function as usize].source;
        let message = if owner != self.source {
            format!("`{}` is imported: only its own file can assign it", name.text)
        } else if variable.kind == VariableKind::Constant {
            format!("`{}` is a constant and cannot be assigned to", name.text)
        } else {
            return true;
        };
        self.error(Code::AssignToConst, name.span, message);
        false
    }

    /// Reports an unknown name once, with the nearest known one or else `advice`.
    pub(super) fn unknown_name(&mut self, name: &'a Name, advice: &str) {
        if self.reported.len() >= MOST_REPORTED || !self.reported.insert(&name.text) || self.may_be_lost(&name.text) {
            return;
        }
        let mut diagnostic = Diagnostic::new(Code::UnknownName, name.span, format!("unknown name `{}`", name.text));
        diagnostic.help = self.advice(&name.text).or_else(|| (!advice.is_empty()).then(|| advice.to_owned()));
        self.report(diagnostic);
    }

    fn advice(&self, name: &str) -> Option<String> {
        if self.names.get(name).is_some_and(|entries| !entries.is_empty()) {
            return Some(format!("`{name}` is declared further below"));
        }
        if let Some(advice) = foreign_name(name) {
            return Some(advice.to_owned());
        }
        let visible = self.names.iter().filter(|(_, entries)| entries.iter().any(|entry| !entry.pending));
        let own = visible.map(|(name, _)| *name).chain(self.inherited.keys().map(String::as_str));
        suggest::nearest(name, own)
            .or_else(|| suggest::nearest(name, self.unit.manifest.builtins().chain(self.unit.manifest.modules())))
            .map(|nearest| format!("did you mean `{nearest}`?"))
    }

    /// Whether a syntax error may have swallowed the declaration: the word stands elsewhere too.
    fn may_be_lost(&self, name: &str) -> bool {
        if !self.damaged {
            return false;
        }
        let text = &self.unit.texts[self.source as usize].text;
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        text.split(|byte| !is_word(byte)).filter(|word| *word == name.as_bytes()).count() > 1
    }
}

/// What words of other languages are here.
fn foreign_name(name: &str) -> Option<&'static str> {
    Some(match name {
        "undefined" | "None" | "NULL" | "Nil" => "it is written `nil`",
        "True" => "it is written `true`",
        "False" => "it is written `false`",
        "console" => "write `log(…)`",
        "this" | "self" => "a function gets all it works with as parameters or captures it",
        "elif" | "elseif" | "elsif" => "write `else if`",
        _ => return None,
    })
}
