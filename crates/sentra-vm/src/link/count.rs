//! Code that counts its instructions, for `--stats`: a `count` with the length of what follows stands before
//! each run of instructions that execution enters only at its beginning.

use std::collections::BTreeSet;

use sentra_bytecode::{Flow, Function, Instruction, Opcode, Operand};

/// The function with its instructions counted; nothing if a jump would not reach any more.
pub(super) fn counted(function: &Function) -> Option<Function> {
    let starts = starts(function);
    let mut result = Function { code: Vec::with_capacity(function.code.len() + starts.len()), ..function.clone() };
    // Where each instruction has gone, and where execution that goes there arrives.
    let (mut places, mut arrivals) = (Vec::new(), Vec::new());
    let mut ends = starts.iter().skip(1).copied().chain([function.code.len()]);
    for (index, instruction) in function.code.iter().enumerate() {
        arrivals.push(result.code.len());
        if starts.contains(&index) {
            let length = ends.next().unwrap_or(index) - index;
            result.code.push(Instruction::with_wide(Opcode::Count, 0, length as u32));
        }
        places.push(result.code.len());
        result.code.push(*instruction);
    }
    arrivals.push(result.code.len());
    for (index, instruction) in function.code.iter().enumerate() {
        let Some(distance) = instruction.jump() else { continue };
        let target = arrivals[(index as i64 + 1 + i64::from(distance)) as usize];
        let moved = target as i64 - places[index] as i64 - 1;
        set_jump(&mut result.code[places[index]], moved)?;
    }
    for handler in &mut result.handlers {
        handler.start = arrivals[handler.start as usize] as u32;
        handler.end = arrivals[handler.end as usize] as u32;
        handler.target = arrivals[handler.target as usize] as u32;
    }
    result
        .positions
        .iter_mut()
        .for_each(|position| position.instruction = places[position.instruction as usize] as u32);
    for statement in &mut result.debug.statements {
        statement.instruction = arrivals[statement.instruction as usize] as u32;
    }
    for variable in &mut result.debug.variables {
        variable.start = arrivals[variable.start as usize] as u32;
        variable.end = arrivals[variable.end as usize] as u32;
    }
    Some(result)
}

/// The first instructions of runs.
fn starts(function: &Function) -> BTreeSet<usize> {
    let mut starts: BTreeSet<usize> = function.handlers.iter().map(|handler| handler.target as usize).collect();
    starts.insert(0);
    for (index, instruction) in function.code.iter().enumerate() {
        if let Some(distance) = instruction.jump() {
            starts.insert((index as i64 + 1 + i64::from(distance)) as usize);
        }
        if instruction.op.flow() != Flow::Next && index + 1 < function.code.len() {
            starts.insert(index + 1);
        }
    }
    starts
}

fn set_jump(instruction: &mut Instruction, distance: i64) -> Option<()> {
    match instruction.op.operands().contains(&Operand::LongJump) {
        true => instruction.set_wide(i32::try_from(distance).ok()? as u32),
        false => instruction.c = i16::try_from(distance).ok()? as u16,
    }
    Some(())
}
