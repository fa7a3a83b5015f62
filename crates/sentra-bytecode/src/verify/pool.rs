//! What instructions may refer to, boiled down so that each reference is judged in constant
//! time: kinds of constants, captures of functions, sizes of tables.

use std::collections::HashMap;

use super::{MAX_SOURCES, VerifyError};
use crate::format::EXACT;
use crate::module::{Capture, Constant, Function, Module};

/// The kind of a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    String,
    /// With the number of keys.
    Keys(usize),
}

/// What a function's captures ask of the function that makes the closure.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Needs {
    /// How many variables are captured.
    pub(super) captures: usize,
    /// The stack depth that covers every captured slot.
    pub(super) depth: u32,
    /// The number of captures that covers every captured capture.
    pub(super) outer: usize,
}

/// Everything that instructions may refer to.
pub(super) struct Pool {
    pub(super) constants: Vec<Kind>,
    pub(super) functions: Vec<Needs>,
    pub(super) globals: usize,
    pub(super) externs: usize,
    pub(super) sources: usize,
}

impl Pool {
    /// Judges the constants and sums up the tables.
    pub(super) fn new(module: &Module) -> Result<Self, VerifyError> {
        if module.sources.len() > MAX_SOURCES {
            return Err(VerifyError::new(format!("{} source files, more than {MAX_SOURCES}", module.sources.len())));
        }
        check_keys(&module.constants)?;
        Ok(Self {
            constants: module.constants.iter().enumerate().map(kind).collect::<Result<_, _>>()?,
            functions: module.functions.iter().map(needs).collect(),
            globals: module.globals.len(),
            externs: module.externs.len(),
            sources: module.sources.len(),
        })
    }
}

/// Gives every NaN the same bits: the VM keeps other values in the remaining patterns.
pub(super) fn unify_nan(constants: &mut [Constant]) {
    for constant in constants {
        if let Constant::Number(number) = constant
            && number.is_nan()
        {
            *number = f64::NAN;
        }
    }
}

fn kind((index, constant): (usize, &Constant)) -> Result<Kind, VerifyError> {
    match constant {
        Constant::Number(_) => Ok(Kind::Number),
        Constant::Integer(integer) if integer.unsigned_abs() < EXACT as u64 => {
            Err(VerifyError::new(format!("constant {index}: the integer {integer} must be a plain number")))
        }
        Constant::Integer(_) => Ok(Kind::Number),
        Constant::String(_) => Ok(Kind::String),
        Constant::Keys(keys) => Ok(Kind::Keys(keys.len())),
    }
}

fn needs(function: &Function) -> Needs {
    let mut needs = Needs { captures: function.captures.len(), ..Needs::default() };
    for capture in &function.captures {
        match *capture {
            Capture::Slot(slot) => needs.depth = needs.depth.max(u32::from(slot) + 1),
            Capture::Outer(index) => needs.outer = needs.outer.max(usize::from(index) + 1),
        }
    }
    needs
}

/// All keys are strings, and different ones. Each string's bytes are looked at once, however
/// many keys constants refer to it.
fn check_keys(constants: &[Constant]) -> Result<(), VerifyError> {
    let identities = string_identities(constants);
    let mut last_use = vec![usize::MAX; constants.len()];
    for (index, constant) in constants.iter().enumerate() {
        let Constant::Keys(keys) = constant else { continue };
        for &key in keys {
            let Some(identity) = identities.get(key as usize).copied().flatten() else {
                return Err(VerifyError::new(format!("constant {index}: key {key} is not a string constant")));
            };
            if last_use[identity] == index {
                return Err(VerifyError::new(format!("constant {index}: key {key} occurs twice")));
            }
            last_use[identity] = index;
        }
    }
    Ok(())
}

/// For each string constant the index of the first equal one.
fn string_identities<'a>(constants: &'a [Constant]) -> Vec<Option<usize>> {
    let mut first: HashMap<&'a [u8], usize> = HashMap::new();
    let identity = |(index, constant): (usize, &'a Constant)| match constant {
        Constant::String(bytes) => Some(*first.entry(bytes).or_insert(index)),
        _ => None,
    };
    constants.iter().enumerate().map(identity).collect()
}
