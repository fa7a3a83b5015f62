//! Proves that running a module stays inside its bounds, or says where it would not. The
//! module may come from anywhere; no check here trusts the compiler.
//!
//! After `verify` has returned `Ok`, the interpreter may rely on the following, and on
//! nothing else. *Depth* is the number of values from the function's first slot to the top.
//!
//! For each instruction that can be reached in a function:
//! 1. There is one depth: whichever way execution arrives, the stack is that deep. The first
//!    instruction has depth `parameters + rest`.
//! 2. The depth is at least what the instruction pops.
//! 3. Every slot that it names lies below the depth before it, the pair of a loop's state
//!    (`a`, `a + 1`) included.
//! 4. No depth is above the function's `max_depth`, before or after any instruction, with
//!    what a taken jump or an entered handler pushes; `max_depth` is at most [`MAX_DEPTH`].
//! 5. Its jump lands on an instruction of the same function, and there is an instruction
//!    after it unless it jumps or ends the function for good.
//! 6. Its constant exists and has the kind that the opcode wants; its global, function,
//!    extern and source file exist; a flag is 0 or 1.
//! 7. `capture` operands lie below the number of the function's captures. The function of
//!    `function` and `call.function` has no captures; that of `closure` captures only slots
//!    below the depth there, and captured variables that the running function has. So a
//!    function with captures only ever runs as a closure, and only there stands `itself`.
//! 8. The keys constant of `map.keys` has exactly `a` keys, all of them strings and no two
//!    of them equal.
//!
//! For each handler of a function:
//! 9. `start <= end`, both within the code, and the target is an instruction whose depth is
//!    the handler's depth + 1.
//! 10. Each reachable guarded instruction leaves the handler's slots alone: its depth less
//!     what it pops is at least the handler's depth. So a fault in it, or in what it calls,
//!     finds live values in all those slots. (Code that leaves a guarded block downwards,
//!     as `break` does, must lie outside the range: split it into two handlers.)
//!
//! For the module:
//! 11. The entry file exists; each source file's main function exists and takes neither
//!     parameters nor captures; each function's source file exists; exports exist, exported
//!     functions have no captures, and no file exports a name twice.
//! 12. `required <= parameters`; a function has code; the position table rises.
//! 13. A number constant that is not a number has the one bit pattern of [`f64::NAN`]; an
//!     integer constant is at least 2^53 in magnitude.
//! 14. Fields that the opcode does not declare are 0, and an instruction that cannot be
//!     reached is `return.nil`: `verify` writes both itself rather than refuse them.
//! 15. No instruction is `break` or `count`, which only the virtual machine puts into code. What is
//!     known of variables names captures, globals and functions that exist, and instructions of the
//!     function; a slot that it names may lie above the depth.
//!
//! Not proved: what kind of value a slot holds. The interpreter must look before it takes
//! one for a cell, an array or a loop's state; cells and the mark of an argument that was not
//! given may turn up anywhere; a count of arguments may be wrong.

mod code;
mod handlers;
mod pool;
mod tables;

use std::fmt;

use crate::module::Module;
use pool::Pool;

/// The deepest stack that a function may have.
pub const MAX_DEPTH: u16 = 65_000;
/// The most instructions of a function.
pub const MAX_CODE: usize = 1 << 28;
/// The most variables that a closure captures: `capture` operands have 16 bits.
pub const MAX_CAPTURES: usize = 1 << 16;
/// The most source files of a program.
pub const MAX_SOURCES: usize = 1 << 16;

/// Why a module must not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyError {
    /// The function, by index and name, when one is to blame.
    pub function: Option<(u32, String)>,
    /// The index of the instruction to blame, and its mnemonic.
    pub instruction: Option<(u32, &'static str)>,
    /// Which rule is broken and how.
    pub what: String,
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid bytecode: ")?;
        if let Some((index, name)) = &self.function {
            write!(f, "function {index} `{}`: ", name.escape_debug())?;
        }
        if let Some((index, mnemonic)) = self.instruction {
            write!(f, "instruction {index} ({mnemonic}): ")?;
        }
        write!(f, "{}", self.what)
    }
}

impl std::error::Error for VerifyError {}

impl VerifyError {
    fn new(what: impl Into<String>) -> Self {
        Self { function: None, instruction: None, what: what.into() }
    }
}

/// Succeeds if running the module stays inside its bounds, as proved by the list above.
///
/// It computes `max_depth` anew, clears undeclared fields, and replaces unreachable
/// instructions. Time is linear in the size of the module (for handlers, times a logarithm).
///
/// # Errors
/// The first broken rule.
pub fn verify(module: &mut Module) -> Result<(), VerifyError> {
    pool::unify_nan(&mut module.constants);
    let pool = Pool::new(module)?;
    tables::check_sources(module)?;
    for index in 0..module.functions.len() {
        let function = &mut module.functions[index];
        tables::check_function(function, &pool)
            .and_then(|()| code::check(function, &pool))
            .map_err(|error| VerifyError { function: Some((index as u32, function.name.clone())), ..error })?;
    }
    Ok(())
}
