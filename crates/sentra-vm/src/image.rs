//! Linked code: what the interpreter runs.
//!
//! `link` turns a verified module into functions whose wide operands are numbers of this
//! VM's tables. Functions live as long as the VM.

use sentra_bytecode::{Capture, Debug, Handler, Instruction, Position};

use crate::value::Value;
use std::rc::Rc;

/// A linked function.
#[derive(Debug)]
#[repr(C)]
pub struct Function {
    /// Its first instruction. The hint fields are written while it runs.
    pub code: *mut Instruction,
    /// The deepest stack of any instruction, arguments included.
    pub max_depth: u32,
    /// The argument count that needs no preparation; `u32::MAX` if there is none.
    pub exact: u32,
    /// Declared parameters without the rest parameter.
    pub parameters: u16,
    /// The fewest arguments.
    pub required: u16,
    /// Whether further arguments are collected.
    pub rest: bool,
    /// Whether it belongs to the builtin library and is left out of traces.
    pub library: bool,
    /// Its name.
    pub name: Rc<str>,
    /// Its file, by index in the VM's sources.
    pub source: u32,
    /// Number of instructions.
    pub len: u32,
    /// Captured variables.
    pub captures: Box<[Capture]>,
    /// What catches faults, innermost first.
    pub handlers: Box<[Handler]>,
    /// Where instructions come from.
    pub positions: Box<[Position]>,
    /// What a debugger shows of it, if there may be one.
    pub debug: Debug,
    /// The one closure of a function without captures, made when first needed.
    pub closure: Value,
}

impl Function {
    /// Moves a function to where its address stays; `Functions` frees it.
    pub(crate) fn place(self) -> *mut Self {
        Box::into_raw(Box::new(self))
    }

    /// The line of an instruction; 0 if that is not known.
    pub fn line(&self, instruction: u32) -> u32 {
        let next = self.debug.statements.partition_point(|statement| statement.instruction <= instruction);
        let statement = self.debug.statements[..next].last().map(|statement| statement.line);
        statement.or_else(|| self.position(instruction).map(|position| position.line)).unwrap_or(0)
    }

    /// The source position of an instruction.
    pub fn position(&self, instruction: u32) -> Option<Position> {
        let next = self.positions.partition_point(|position| position.instruction <= instruction);
        self.positions[..next].last().copied()
    }
}

/// All functions of a VM. Instructions name them by index; their addresses stay until the
/// VM is dropped.
#[derive(Debug, Default)]
pub(crate) struct Functions(Vec<*mut Function>);

impl Functions {
    /// Adds a function that `Function::place` gave.
    pub fn push(&mut self, function: *mut Function) {
        self.0.push(function);
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Function> {
        // SAFETY: as below.
        self.0.iter().map(|&function| unsafe { &*function })
    }

    /// The closures that stand for functions as values, as far as they were made.
    pub fn closures(&self) -> impl Iterator<Item = Value> + '_ {
        // SAFETY: functions live as long as `self`.
        self.0.iter().map(|&function| unsafe { (*function).closure })
    }
}

impl std::ops::Deref for Functions {
    type Target = [*mut Function];

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Drop for Functions {
    fn drop(&mut self) {
        for function in self.0.drain(..) {
            // SAFETY: `place` made it of a box, `link` its code of a boxed slice of that
            // length; the VM is going, so nothing runs any more.
            unsafe {
                let function = Box::from_raw(function);
                drop(Box::from_raw(std::ptr::slice_from_raw_parts_mut(function.code, function.len as usize)));
            }
        }
    }
}

/// A method name as call sites use it: the key, and the builtin for each type of receiver.
#[derive(Clone, Debug)]
pub struct Method {
    /// The interned name.
    pub key: Value,
    /// Builtins by [`Receiver`], `u32::MAX` where the type has no such method.
    pub builtins: [u32; Receiver::COUNT],
}

/// Types that have methods of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// Strings.
    String,
    /// Arrays.
    Array,
    /// Maps.
    Map,
    /// Numbers.
    Number,
    /// Functions.
    Function,
    /// Booleans and nil.
    Other,
    /// Ranges.
    Range,
    /// Tasks.
    Task,
    /// Channels.
    Channel,
    /// Errors.
    Error,
}

impl Receiver {
    /// How many there are.
    pub const COUNT: usize = 10;
}
