//! The constant pool: each constant once.

use std::collections::HashMap;

use sentra_bytecode::Constant;

/// Constants by number, and numbers by constant.
#[derive(Default)]
pub struct Pool {
    /// The constants.
    pub constants: Vec<Constant>,
    numbers: HashMap<Constant, u32>,
}

impl Pool {
    /// The number of a constant.
    pub fn add(&mut self, constant: Constant) -> u32 {
        let next = self.constants.len() as u32;
        let constants = &mut self.constants;
        *self.numbers.entry(constant).or_insert_with_key(|constant| {
            constants.push(constant.clone());
            next
        })
    }

    /// The number of a string.
    pub fn string(&mut self, bytes: &[u8]) -> u32 {
        self.add(Constant::String(bytes.into()))
    }
}
