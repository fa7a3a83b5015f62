//! What is written is read back.

use sentra_bytecode::{Opcode, decode, encode, verify};

use crate::build::*;
use crate::random::Random;
use crate::{arbitrary, bodies, valid};

#[test]
fn smallest_program_round_trips_and_verifies() {
    let mut module = program(vec![op(Opcode::Nil), op(Opcode::Return)]);
    assert_eq!(decode(&encode(&module)), Ok(module.clone()));
    verify(&mut module).unwrap();
    assert_eq!(module.functions[0].max_depth, 1);
}

#[test]
fn arbitrary_modules_round_trip_and_never_break_verify() {
    for seed in 0..3000 {
        let mut module = arbitrary::module(&mut Random::new(seed));
        assert_eq!(decode(&encode(&module)).as_ref(), Ok(&module), "seed {seed}");
        if verify(&mut module).is_ok() {
            bodies::assert_promises(&module);
        }
    }
}

#[test]
fn valid_modules_are_accepted_and_use_every_opcode() {
    let mut used = vec![false; Opcode::ALL.len()];
    for seed in 0..1000 {
        let mut module = valid::module(&mut Random::new(seed));
        if let Err(error) = verify(&mut module) {
            panic!("seed {seed}: {error}");
        }
        bodies::assert_promises(&module);
        assert_eq!(decode(&encode(&module)).as_ref(), Ok(&module), "seed {seed}");
        for instruction in module.functions.iter().flat_map(|function| &function.code) {
            used[instruction.op as usize] = true;
        }
    }
    for opcode in [Opcode::Jump, Opcode::Return, Opcode::ReturnLocal, Opcode::Break, Opcode::Count] {
        used[opcode as usize] = true; // they end straight code, or stand in no file; the rule table has them
    }
    let missing: Vec<_> = Opcode::ALL.iter().filter(|opcode| !used[**opcode as usize]).collect();
    assert!(missing.is_empty(), "never generated: {missing:?}");
}

#[test]
fn stripped_modules_lose_positions_only() {
    let module = valid::module(&mut Random::new(1));
    let mut stripped = module.clone();
    stripped.strip();
    let read = decode(&encode(&stripped)).unwrap();
    assert!(read.functions.iter().all(|function| function.positions.is_empty()));
    assert!(encode(&stripped).len() < encode(&module).len());
    assert_eq!(read.functions[0].code, module.functions[0].code);
}
