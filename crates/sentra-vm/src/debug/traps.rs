//! Instructions that the debugger has put `break` in the place of.

use std::collections::HashMap;

use sentra_bytecode::Opcode;

use super::code::{self, Address};

/// Every place where the interpreter leaves for the debugger.
#[derive(Default)]
pub(super) struct Traps(HashMap<Address, Trap>);

struct Trap {
    original: Opcode,
    /// How many want it.
    count: u32,
}

impl Traps {
    /// Wants a trap there.
    pub fn hold(&mut self, at: Address) {
        let trap = self.0.entry(at).or_insert_with(|| Trap { original: code::read(at).op, count: 0 });
        trap.count += 1;
        code::patch(at, Opcode::Break);
    }

    /// Wants it no longer.
    pub fn release(&mut self, at: Address) {
        let Some(trap) = self.0.get_mut(&at) else { return };
        trap.count -= 1;
        if trap.count == 0 {
            code::patch(at, trap.original);
            self.0.remove(&at);
        }
    }

    /// Whether there is one.
    pub fn has(&self, at: Address) -> bool {
        self.0.contains_key(&at)
    }

    /// What the program has there.
    pub fn original(&self, at: Address) -> Opcode {
        self.0.get(&at).map_or_else(|| code::read(at).op, |trap| trap.original)
    }

    /// Lets the original instruction run while its trap is off.
    pub fn lift(&self, at: Address) {
        if let Some(trap) = self.0.get(&at) {
            code::patch(at, trap.original);
        }
    }

    /// Puts a trap back, if one is still wanted.
    pub fn restore(&self, at: Address) {
        if self.0.contains_key(&at) {
            code::patch(at, Opcode::Break);
        }
    }
}
