//! The instructions of a function: follows every way through the code once and finds the
//! one stack depth of each instruction.

use super::handlers;
use super::pool::{Kind, Pool};
use super::{MAX_DEPTH, VerifyError};
use crate::instruction::Instruction;
use crate::module::Function;
use crate::opcode::{Flow, Opcode, Operand};

/// The depth of an instruction that has not been reached; above every real one.
const UNREACHED: u16 = u16::MAX;

/// Proves rules 1 to 10 and tidies the code by rule 14.
pub(super) fn check(function: &mut Function, pool: &Pool) -> Result<(), VerifyError> {
    handlers::check_ranges(function)?;
    let mut walk =
        Walk { function, pool, depths: vec![UNREACHED; function.code.len()], pending: Vec::new(), deepest: 0 };
    walk.run()?;
    let Walk { depths, deepest, .. } = walk;
    handlers::check_depths(function, |index| match depths[index] {
        UNREACHED => None,
        depth => Some(u32::from(depth)),
    })?;
    function.max_depth = deepest;
    for (instruction, depth) in function.code.iter_mut().zip(depths) {
        *instruction = if depth == UNREACHED { Instruction::new(Opcode::ReturnNil) } else { canonical(instruction) };
    }
    Ok(())
}

/// The walk along all ways through a function.
struct Walk<'a> {
    function: &'a Function,
    pool: &'a Pool,
    /// The depth before each instruction.
    depths: Vec<u16>,
    /// Reached, but not yet looked at.
    pending: Vec<usize>,
    deepest: u16,
}

impl Walk<'_> {
    fn run(&mut self) -> Result<(), VerifyError> {
        let start = u32::from(self.function.parameters) + u32::from(self.function.rest);
        self.reach(0, start).map_err(VerifyError::new)?;
        for (index, handler) in self.function.handlers.iter().enumerate() {
            self.reach(handler.target as usize, u32::from(handler.depth) + 1)
                .map_err(|what| VerifyError::new(format!("handler {index}: {what}")))?;
        }
        while let Some(index) = self.pending.pop() {
            self.step(index).map_err(|what| {
                let mnemonic = self.function.code[index].op.mnemonic();
                VerifyError { instruction: Some((index as u32, mnemonic)), ..VerifyError::new(what) }
            })?;
        }
        Ok(())
    }

    /// Execution can arrive at an instruction with this depth.
    fn reach(&mut self, index: usize, depth: u32) -> Result<(), String> {
        if depth > u32::from(MAX_DEPTH) {
            return Err(format!("a stack of {depth} values is deeper than {MAX_DEPTH}"));
        }
        let depth = depth as u16;
        match self.depths[index] {
            UNREACHED => {
                self.depths[index] = depth;
                self.deepest = self.deepest.max(depth);
                self.pending.push(index);
                Ok(())
            }
            known if known == depth => Ok(()),
            known => Err(format!("instruction {index} is reached with {depth} and with {known} values on the stack")),
        }
    }

    /// Checks an instruction and goes to those after it.
    fn step(&mut self, index: usize) -> Result<(), String> {
        let instruction = &self.function.code[index];
        let depth = u32::from(self.depths[index]);
        if matches!(instruction.op, Opcode::Break | Opcode::Count) {
            return Err("only the virtual machine puts it there".into());
        }
        let (pops, pushes) = instruction.effect();
        let Some(rest) = depth.checked_sub(pops) else {
            return Err(format!("it pops {pops} values of {depth}"));
        };
        if let Some(slot) = instruction.slots().find(|slot| u32::from(*slot) >= depth) {
            return Err(format!("slot {slot} is not below the depth of {depth}"));
        }
        for operand in instruction.op.operands() {
            self.check_operand(instruction, *operand, depth)?;
        }
        if instruction.op == Opcode::Itself && self.function.captures.is_empty() {
            return Err("a function without captures need not run as a closure".into());
        }
        if let Some(target) = self.target(index, instruction)? {
            self.reach(target, rest + instruction.jump_pushes())?;
        }
        if matches!(instruction.op.flow(), Flow::Next | Flow::Branch) {
            if index + 1 == self.function.code.len() {
                return Err("execution runs off the end of the code".into());
            }
            self.reach(index + 1, rest + pushes)?;
        }
        Ok(())
    }

    /// Where its jump lands.
    fn target(&self, index: usize, instruction: &Instruction) -> Result<Option<usize>, String> {
        let Some(distance) = instruction.jump() else { return Ok(None) };
        let target = index as i64 + 1 + i64::from(distance);
        match usize::try_from(target) {
            Ok(target) if target < self.function.code.len() => Ok(Some(target)),
            _ => Err(format!("it jumps to {target}, outside the code")),
        }
    }

    fn check_operand(&self, instruction: &Instruction, operand: Operand, depth: u32) -> Result<(), String> {
        let wide = instruction.wide();
        let within = |count: usize, what: &str| match (wide as usize) < count {
            true => Ok(()),
            false => Err(format!("there is no {what} {wide}")),
        };
        match operand {
            Operand::FlagX if instruction.x > 1 => Err(format!("the flag is {}, not 0 or 1", instruction.x)),
            Operand::CaptureA if usize::from(instruction.a) >= self.function.captures.len() => {
                Err(format!("there is no capture {}", instruction.a))
            }
            Operand::Constant | Operand::String | Operand::Keys => self.check_constant(instruction, operand),
            Operand::Global => within(self.pool.globals, "global"),
            Operand::Extern => within(self.pool.externs, "extern"),
            Operand::Source => within(self.pool.sources, "source file"),
            Operand::Function => {
                within(self.pool.functions.len(), "function")?;
                self.check_function(instruction, depth)
            }
            _ => Ok(()),
        }
    }

    fn check_constant(&self, instruction: &Instruction, operand: Operand) -> Result<(), String> {
        let wide = instruction.wide();
        let Some(kind) = self.pool.constants.get(wide as usize) else {
            return Err(format!("there is no constant {wide}"));
        };
        match (operand, kind) {
            (Operand::Constant, Kind::Number | Kind::String) | (Operand::String, Kind::String) => Ok(()),
            (Operand::Keys, Kind::Keys(count)) if *count == usize::from(instruction.a) => Ok(()),
            (Operand::Keys, Kind::Keys(count)) => {
                Err(format!("constant {wide} has {count} keys, the instruction {} values", instruction.a))
            }
            (Operand::Constant, _) => Err(format!("constant {wide} is neither a number nor a string")),
            (Operand::String, _) => Err(format!("constant {wide} is not a string")),
            _ => Err(format!("constant {wide} is not a list of keys")),
        }
    }

    /// A function that is used as a value or called, with the captures that it needs.
    fn check_function(&self, instruction: &Instruction, depth: u32) -> Result<(), String> {
        let wide = instruction.wide();
        let needs = self.pool.functions[wide as usize];
        if instruction.op != Opcode::Closure {
            return if needs.captures == 0 { Ok(()) } else { Err(format!("function {wide} has captures")) };
        }
        if needs.depth > depth {
            return Err(format!("function {wide} captures slot {}, the depth is {depth}", needs.depth - 1));
        }
        if needs.outer > self.function.captures.len() {
            return Err(format!("function {wide} captures capture {}, which does not exist", needs.outer - 1));
        }
        Ok(())
    }
}

/// The instruction with the fields that its opcode declares, and no others.
fn canonical(instruction: &Instruction) -> Instruction {
    let mut kept = Instruction::new(instruction.op);
    for operand in instruction.op.operands() {
        match operand {
            Operand::FlagX => kept.x = instruction.x,
            Operand::SlotA | Operand::CountA | Operand::CaptureA => kept.a = instruction.a,
            Operand::SlotB | Operand::ImmediateB => kept.b = instruction.b,
            Operand::SlotC | Operand::ImmediateC | Operand::ShortJump => kept.c = instruction.c,
            _ => kept.set_wide(instruction.wide()),
        }
    }
    kept
}
