//! What must hold for any bytes at all. The fuzz targets run the same functions.

use sentra_bytecode::format::seal;
use sentra_bytecode::{Flow, Function, Module, Operand, VerifyError, decode, encode, list, verify};

/// Bytes are refused, or are a module that is written and read again unchanged.
pub fn decode_any(bytes: &[u8]) -> bool {
    let Ok(module) = decode(bytes) else { return false };
    assert_eq!(decode(&encode(&module)).as_ref(), Ok(&module));
    list(&module, &|_| None);
    true
}

/// As [`decode_any`], with a checksum that fits; what `verify` accepts keeps its promises.
pub fn verify_any(bytes: &[u8]) -> Option<Result<(), VerifyError>> {
    let mut sealed = bytes.to_vec();
    seal(&mut sealed);
    decode_any(&sealed);
    let mut module = decode(&sealed).ok()?;
    let verdict = verify(&mut module);
    if verdict.is_ok() {
        assert_promises(&module);
        let once = module.clone();
        assert_eq!(verify(&mut module), Ok(()), "what was accepted is accepted again");
        assert_eq!(module, once, "and needs no more changes");
    }
    Some(verdict)
}

/// Walks at random through each function as the interpreter would and checks each step
/// against the list of proofs, by other means than `verify`.
pub fn assert_promises(module: &Module) {
    for (seed, function) in module.functions.iter().enumerate() {
        for start in 0..4 {
            walk(module, function, seed as u64 * 4 + start);
        }
    }
}

fn walk(module: &Module, function: &Function, seed: u64) {
    let mut dice = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut roll = |sides: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        (dice % sides as u64) as usize
    };
    let mut at = 0;
    let mut depth = usize::from(function.parameters) + usize::from(function.rest);
    for _ in 0..2000 {
        let instruction = function.code[at];
        assert_step(module, function, at, depth);
        let (pops, pushes) = instruction.effect();
        let rest = depth - pops as usize;
        let guards = |handler: &&sentra_bytecode::Handler| (handler.start as usize..handler.end as usize).contains(&at);
        if let Some(handler) = function.handlers.iter().find(guards)
            && roll(8) == 0
        {
            assert!(usize::from(handler.depth) <= rest);
            depth = usize::from(handler.depth) + 1;
            at = handler.target as usize;
            continue;
        }
        let jumps = match instruction.op.flow() {
            Flow::Next => false,
            Flow::Jump => true,
            Flow::Branch => roll(2) == 0,
            Flow::End => return,
        };
        if jumps {
            at = (at as i64 + 1 + i64::from(instruction.jump().unwrap())) as usize;
            depth = rest + instruction.jump_pushes() as usize;
        } else {
            at += 1;
            depth = rest + pushes as usize;
        }
    }
}

fn assert_step(module: &Module, function: &Function, at: usize, depth: usize) {
    let instruction = function.code[at];
    assert!(depth <= usize::from(function.max_depth));
    assert!(instruction.slots().all(|slot| usize::from(slot) < depth));
    let wide = instruction.wide() as usize;
    for operand in instruction.op.operands() {
        let holds = match operand {
            Operand::FlagX => instruction.x <= 1,
            Operand::CaptureA => usize::from(instruction.a) < function.captures.len(),
            Operand::Constant | Operand::String | Operand::Keys => wide < module.constants.len(),
            Operand::Global => wide < module.globals.len(),
            Operand::Function => wide < module.functions.len(),
            Operand::Extern => wide < module.externs.len(),
            Operand::Source => wide < module.sources.len(),
            _ => true,
        };
        assert!(holds, "operand {operand:?} of {instruction:?}");
    }
}
