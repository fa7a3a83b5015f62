//! What is written is read back.

use sentra_bytecode::{Opcode, decode, encode, verify};

use crate::build::*;

#[test]
fn smallest_program_round_trips_and_verifies() {
    let mut module = program(vec![op(Opcode::Nil), op(Opcode::Return)]);
    assert_eq!(decode(&encode(&module)), Ok(module.clone()));
    verify(&mut module).unwrap();
    assert_eq!(module.functions[0].max_depth, 1);
    assert!(decode(&encode(&module)[..20]).unwrap_err().to_string().contains("checksum"));
}
