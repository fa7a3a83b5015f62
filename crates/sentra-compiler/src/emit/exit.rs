//! Ways out: `return`, `break` and `continue`, through whatever `finally` lies between.

use sentra_bytecode::Opcode;

use super::code::Code;
use super::label::Label;
use super::protect::FIRST_EXIT;
use crate::ir::{Expr, ExprKind, LoopId, StmtKind};

/// Something around the current place that a way out has to do with.
pub enum Context {
    /// A loop: where it ends, where its next turn begins, and the depth at both.
    Loop { id: LoopId, depth: u32, exit: Label, next: Label },
    /// Code that something runs after: its completion's slots, where that begins, and the
    /// ways out that lead there.
    Finally { slot: u16, label: Label, exits: Vec<Exit> },
}

/// A way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Out of the function.
    Return,
    /// Out of a loop.
    Break(LoopId),
    /// To the next turn of a loop.
    Continue(LoopId),
}

impl Code<'_, '_> {
    /// Whether something must run before the function may return.
    pub(super) fn in_finally(&self) -> bool {
        self.contexts.iter().any(|context| matches!(context, Context::Finally { .. }))
    }

    /// Returns the top.
    pub(super) fn return_top(&mut self) {
        let innermost = self.contexts.iter().rev().find_map(|context| match context {
            Context::Finally { slot, .. } => Some(*slot),
            Context::Loop { .. } => None,
        });
        match innermost {
            None => self.op(Opcode::Return),
            Some(slot) => {
                self.op_a(Opcode::SetLocal, slot + 1);
                self.leave(Exit::Return);
            }
        }
    }

    /// Takes a way out; what it drops is back on the (unreachable) stack afterwards.
    pub(super) fn leave(&mut self, exit: Exit) {
        for index in (0..self.contexts.len()).rev() {
            match &mut self.contexts[index] {
                Context::Finally { slot, label, exits } => {
                    let known = exits.iter().position(|known| *known == exit);
                    let place = known.unwrap_or(exits.len());
                    if known.is_none() {
                        exits.push(exit);
                    }
                    let (slot, label) = (*slot, *label);
                    self.op_wide(Opcode::IntLocal, slot, FIRST_EXIT + place as u32);
                    return self.drop_and_jump(u32::from(slot) + 2, label);
                }
                Context::Loop { id, depth, exit: end, next } => {
                    let (depth, end, next) = (*depth, *end, *next);
                    match exit {
                        Exit::Break(wanted) if wanted == *id => return self.drop_and_jump(depth, end),
                        Exit::Continue(wanted) if wanted == *id => return self.drop_and_jump(depth, next),
                        _ => {}
                    }
                }
            }
        }
        unreachable!("the resolver lets no way out pass that leads nowhere")
    }

    /// The label of a `break` or `continue` that is all of a block and only a jump.
    pub(super) fn plain_exit(&self, block: &Expr) -> Option<Label> {
        let ExprKind::Block(block) = &block.kind else { return None };
        let [statement] = &*block.body else { return None };
        let Some(Context::Loop { id, depth, exit, next }) = self.contexts.last() else { return None };
        match statement.kind {
            StmtKind::Break(wanted) if wanted == *id && self.depth == *depth => Some(*exit),
            StmtKind::Continue(wanted) if wanted == *id && self.depth == *depth => Some(*next),
            _ => None,
        }
    }

    /// Drops values and jumps, outside the guards whose handlers keep those values.
    fn drop_and_jump(&mut self, depth: u32, label: Label) {
        let before = self.depth;
        let here = self.here();
        self.guards.iter_mut().filter(|guard| guard.depth > depth).for_each(|guard| guard.pause(here));
        self.barrier = self.code.len();
        self.pop_to(depth);
        self.jump_to(label);
        let here = self.here();
        self.guards.iter_mut().filter(|guard| guard.depth > depth).for_each(|guard| guard.resume(here));
        self.depth = before;
    }
}
