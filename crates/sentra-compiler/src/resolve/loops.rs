//! Loops, `break` and `continue`.

use super::{Loop, Resolver, suggest};
use crate::ast::{self, Block, Expression, ExpressionKind, Name, PatternKind, Statement};
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{self, LoopId, StmtKind, VariableKind};
use crate::span::Span;

impl<'a> Resolver<'_, '_, 'a> {
    fn open_loop(&mut self, label: &'a Option<Name>) -> LoopId {
        let context = self.current_mut();
        let id = context.next_loop;
        context.next_loop += 1;
        context.loops.push(Loop { label: label.as_ref().map(|label| &*label.text), id });
        id
    }

    fn loop_body(&mut self, body: &'a Block) -> ir::Block {
        let body = self.block(body);
        self.current_mut().loops.pop();
        body
    }

    pub(super) fn while_loop(
        &mut self,
        label: &'a Option<Name>,
        condition: &'a Expression,
        body: &'a Block,
    ) -> StmtKind {
        let condition = self.condition(condition);
        let id = self.open_loop(label);
        StmtKind::While { id, condition, step: None, body: self.loop_body(body), fresh: Vec::new() }
    }

    pub(super) fn endless_loop(&mut self, label: &'a Option<Name>, body: &'a Block) -> StmtKind {
        let id = self.open_loop(label);
        StmtKind::Loop { id, step: None, body: self.loop_body(body), fresh: Vec::new() }
    }

    pub(super) fn for_clauses(
        &mut self,
        label: &'a Option<Name>,
        init: Option<&'a Statement>,
        condition: Option<&'a Expression>,
        step: Option<&'a Expression>,
        body: &'a Block,
    ) -> StmtKind {
        self.open_scope();
        let mut statements = Vec::new();
        if let Some(init) = init {
            self.announce_statement(init);
            statements.extend(self.statement(init));
        }
        let fresh = self.scopes.last().map(|scope| scope.declared.clone()).unwrap_or_default();
        let condition = condition.map(|condition| self.condition(condition));
        let id = self.open_loop(label);
        let body_span = body.span;
        let body = self.loop_body(body);
        let step = step.map(|step| self.expression(step));
        let kind = match condition {
            Some(condition) => StmtKind::While { id, condition, step, body, fresh },
            None => StmtKind::Loop { id, step, body, fresh },
        };
        statements.push(ir::Stmt { kind, span: body_span });
        let declared = self.close_scope();
        StmtKind::Block(ir::Block { body: statements, declared })
    }

    pub(super) fn for_in(
        &mut self,
        label: &'a Option<Name>,
        key: Option<&'a ast::Pattern>,
        value: &'a ast::Pattern,
        iterable: &'a Expression,
        body: &'a Block,
    ) -> StmtKind {
        if let (None, PatternKind::Name(name), ExpressionKind::Range { from, to, inclusive }) =
            (key, &value.kind, &iterable.kind)
        {
            return self.for_range(label, name, (from, to, *inclusive), body);
        }
        let iterable = self.expression(iterable);
        self.open_scope();
        let mut names = std::collections::HashSet::new();
        key.into_iter().chain([value]).for_each(|pattern| self.check_pattern_names(pattern, &mut names));
        let key = key.map(|key| self.binding_pattern(key, VariableKind::Plain));
        let value = self.binding_pattern(value, VariableKind::Plain);
        let id = self.open_loop(label);
        let body = self.loop_body(body);
        self.close_scope();
        StmtKind::ForIn { id, key, value, iterable, body }
    }

    fn for_range(
        &mut self,
        label: &'a Option<Name>,
        name: &'a Name,
        (from, to, inclusive): (&'a Expression, &'a Expression, bool),
        body: &'a Block,
    ) -> StmtKind {
        let (from, to) = (self.expression(from), self.expression(to));
        self.open_scope();
        let variable = self.declare(&name.text, VariableKind::Plain);
        let id = self.open_loop(label);
        let body = self.loop_body(body);
        self.close_scope();
        StmtKind::ForRange { id, variable, from, to, inclusive, body }
    }

    /// The loop that `break` or `continue` means, reported if there is none.
    pub(super) fn target_loop(&mut self, label: &'a Option<Name>, word: &str, span: Span) -> Option<LoopId> {
        let loops = &self.current().loops;
        let Some(name) = label else {
            let innermost = loops.last().map(|innermost| innermost.id);
            if innermost.is_none() {
                self.error(Code::OutsideLoop, span, format!("`{word}` outside a loop"));
            }
            return innermost;
        };
        if let Some(found) = loops.iter().rev().find(|other| other.label == Some(&*name.text)) {
            return Some(found.id);
        }
        let known = loops.iter().filter_map(|other| other.label);
        let nearest = suggest::nearest(&name.text, known);
        let mut diagnostic =
            Diagnostic::new(Code::UnknownLabel, name.span, format!("no enclosing loop is labelled `{}`", name.text));
        diagnostic.help = nearest.map(|nearest| format!("did you mean `{nearest}`?"));
        self.report(diagnostic);
        None
    }
}
