//! Folding of whole functions, from the leaves up.

use super::{binary, is_true, unary};
use crate::ir::{
    Block, Call, Callee, Constant, Expr, ExprKind, FunctionId, Ir, LogicalOperator, Pattern, PatternKind, Stmt,
    StmtKind, Storage, Target, UnaryOperator, Variable,
};

/// Folds every function of a program.
pub fn fold(ir: &mut Ir) {
    let Ir { functions, variables, .. } = ir;
    for (id, function) in functions.iter_mut().enumerate() {
        let fold = Fold { variables, function: id as FunctionId };
        for parameter in &mut function.parameters {
            parameter.default.iter_mut().for_each(|default| fold.expr(default));
            parameter.pattern.iter_mut().for_each(|pattern| fold.pattern(pattern));
        }
        fold.block(&mut function.body);
    }
}

struct Fold<'v> {
    variables: &'v [Variable],
    function: FunctionId,
}

impl Fold<'_> {
    fn block(&self, block: &mut Block) {
        block.body.iter_mut().for_each(|statement| self.stmt(statement));
    }

    fn stmt(&self, stmt: &mut Stmt) {
        match &mut stmt.kind {
            StmtKind::Expr(value) | StmtKind::Throw(value) | StmtKind::Return(Some(value)) => self.expr(value),
            StmtKind::Let(pattern, value) => {
                self.pattern(pattern);
                self.expr(value);
            }
            StmtKind::Block(block) => self.block(block),
            StmtKind::While { condition, step, body, .. } => {
                self.expr(condition);
                step.iter_mut().for_each(|step| self.expr(step));
                self.block(body);
            }
            StmtKind::Loop { step, body, .. } => {
                step.iter_mut().for_each(|step| self.expr(step));
                self.block(body);
            }
            StmtKind::ForRange { from, to, body, .. } => {
                self.expr(from);
                self.expr(to);
                self.block(body);
            }
            StmtKind::ForIn { key, value, iterable, body, .. } => {
                key.iter_mut().for_each(|key| self.pattern(key));
                self.pattern(value);
                self.expr(iterable);
                self.block(body);
            }
            StmtKind::Try { body, catch, finally } => {
                self.block(body);
                catch.iter_mut().for_each(|(_, block)| self.block(block));
                finally.iter_mut().for_each(|block| self.block(block));
            }
            StmtKind::Defer(call) => self.call(call),
            StmtKind::Send(channel, value) => {
                self.expr(channel);
                self.expr(value);
            }
            StmtKind::Select { arms, default } => {
                for arm in arms {
                    self.expr(&mut arm.channel);
                    arm.value.iter_mut().for_each(|value| self.expr(value));
                    self.block(&mut arm.body);
                }
                default.iter_mut().for_each(|block| self.block(block));
            }
            StmtKind::Return(None)
            | StmtKind::Function(_)
            | StmtKind::Break(_)
            | StmtKind::Continue(_)
            | StmtKind::Import(_) => {}
        }
    }

    fn pattern(&self, pattern: &mut Pattern) {
        match &mut pattern.kind {
            PatternKind::Literal(value) => self.expr(value),
            PatternKind::Range(from, to, _) => {
                self.expr(from);
                self.expr(to);
            }
            PatternKind::Array(elements, _) => elements.iter_mut().for_each(|element| self.pattern(element)),
            PatternKind::Map(entries) => entries.iter_mut().for_each(|(_, value)| self.pattern(value)),
            PatternKind::Wildcard | PatternKind::Bind(_) => {}
        }
    }

    fn call(&self, call: &mut Call) {
        match &mut call.callee {
            Callee::Value(value) | Callee::Method(value, _) => self.expr(value),
            Callee::Builtin(_) => {}
        }
        call.arguments.iter_mut().for_each(|argument| self.expr(argument));
    }

    fn target(&self, target: &mut Target) {
        match target {
            Target::Variable(_) => {}
            Target::Index(object, index) => {
                self.expr(object);
                self.expr(index);
            }
            Target::Field(object, _) => self.expr(object),
        }
    }

    fn expr(&self, expr: &mut Expr) {
        self.parts(&mut expr.kind);
        if let Some(simpler) = self.simpler(&mut expr.kind) {
            expr.kind = simpler;
        }
    }

    /// Folds what an expression contains.
    fn parts(&self, kind: &mut ExprKind) {
        match kind {
            ExprKind::Constant(_)
            | ExprKind::Variable(_)
            | ExprKind::Function(_)
            | ExprKind::Builtin(_)
            | ExprKind::Module(_) => {}
            ExprKind::Unary(_, value)
            | ExprKind::Format(value, _)
            | ExprKind::Field(value, _)
            | ExprKind::Receive(value)
            | ExprKind::Chain(value)
            | ExprKind::Unless(value) => self.expr(value),
            ExprKind::Binary(_, left, right)
            | ExprKind::Logical(_, left, right)
            | ExprKind::Range(left, right, _)
            | ExprKind::Index(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::If(condition, then, otherwise) => {
                self.expr(condition);
                self.expr(then);
                otherwise.iter_mut().for_each(|otherwise| self.expr(otherwise));
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::Match(_, value, arms) => {
                self.expr(value);
                for arm in arms {
                    arm.patterns.iter_mut().for_each(|pattern| self.pattern(pattern));
                    arm.guard.iter_mut().for_each(|guard| self.expr(guard));
                    self.expr(&mut arm.body);
                }
            }
            ExprKind::Text(parts) | ExprKind::Array(parts) => parts.iter_mut().for_each(|part| self.expr(part)),
            ExprKind::Map(entries) => {
                for (key, value) in entries {
                    self.expr(key);
                    self.expr(value);
                }
            }
            ExprKind::Assign(target, value) | ExprKind::Update(target, _, value) => {
                self.target(target);
                self.expr(value);
            }
            ExprKind::Slice(object, from, to) => {
                self.expr(object);
                from.iter_mut().chain(to).for_each(|bound| self.expr(bound));
            }
            ExprKind::Call(call) | ExprKind::Spawn(call) => self.call(call),
        }
    }

    /// What an expression whose parts are folded comes to, if that is simpler.
    fn simpler(&self, kind: &mut ExprKind) -> Option<ExprKind> {
        match kind {
            ExprKind::Variable(id) => self.literal(&self.variables[*id as usize]),
            ExprKind::Unary(UnaryOperator::Not, value) => match &mut value.kind {
                ExprKind::Constant(value) => unary(UnaryOperator::Not, value).map(ExprKind::Constant),
                _ => None,
            },
            ExprKind::Unary(operator, value) => match &value.kind {
                ExprKind::Constant(value) => unary(*operator, value).map(ExprKind::Constant),
                _ => None,
            },
            ExprKind::Binary(operator, left, right) => match (&left.kind, &right.kind) {
                (ExprKind::Constant(left), ExprKind::Constant(right)) => {
                    binary(*operator, left, right).map(ExprKind::Constant)
                }
                _ => None,
            },
            ExprKind::Logical(operator, left, right) => {
                let ExprKind::Constant(value) = &left.kind else { return None };
                let keeps = match operator {
                    LogicalOperator::And => !is_true(value),
                    LogicalOperator::Or => is_true(value),
                    LogicalOperator::Coalesce => *value != Constant::Nil,
                };
                Some(take(if keeps { left } else { right }))
            }
            ExprKind::If(condition, then, otherwise) => {
                let ExprKind::Constant(value) = &condition.kind else { return None };
                match (is_true(value), otherwise) {
                    (true, _) => Some(take(then)),
                    (false, Some(otherwise)) => Some(take(otherwise)),
                    (false, None) => Some(ExprKind::Constant(Constant::Nil)),
                }
            }
            _ => None,
        }
    }

    /// The literal to use instead of a variable: always for one of another function, which
    /// then needs no capture; in its own function only where an instruction takes it along.
    fn literal(&self, variable: &Variable) -> Option<ExprKind> {
        let constant = variable.constant.as_ref().filter(|_| !variable.assigned)?;
        let global = matches!(variable.storage, Storage::Global(_));
        if variable.public && global {
            return None;
        }
        let short = match constant {
            Constant::Nil | Constant::Boolean(_) => true,
            Constant::Integer(value) => i16::try_from(*value).is_ok(),
            _ => false,
        };
        (short || variable.function != self.function).then(|| ExprKind::Constant(constant.clone()))
    }
}

fn take(expr: &mut Expr) -> ExprKind {
    std::mem::replace(&mut expr.kind, ExprKind::Constant(Constant::Nil))
}
