//! The unit of compilation: a whole program with everything it imports.
//!
//! The compiler produces a `Module`, `encode` writes it to a `.sbc` file, `decode` reads it
//! back, `verify` proves that running it stays inside its bounds.

use crate::instruction::Instruction;

/// A compiled program: one shared constant pool and all functions of all its source files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Module {
    /// Constants shared by all functions.
    pub constants: Vec<Constant>,
    /// All functions; instructions name them by index.
    pub functions: Vec<Function>,
    /// Variables at the top level of a source file that outlive its main function.
    pub globals: Vec<Global>,
    /// Builtins that the program uses.
    pub externs: Vec<Extern>,
    /// The source files, in the order in which they were found.
    pub sources: Vec<Source>,
    /// The index in `sources` of the file that the program starts with.
    pub entry: u32,
}

impl Module {
    /// Drops what only messages and debuggers need: where instructions come from, and names.
    pub fn strip(&mut self) {
        for function in &mut self.functions {
            function.positions = Vec::new();
            function.debug = Debug::default();
        }
    }
}

/// A value known at compile time.
#[derive(Clone, Debug)]
pub enum Constant {
    /// A double, or an integer that a double holds exactly. Compared by its bits.
    Number(f64),
    /// An integer of 2^53 or more in magnitude.
    Integer(i64),
    /// A byte string.
    String(Box<[u8]>),
    /// The keys of a map literal: indices of distinct string constants.
    Keys(Box<[u32]>),
}

impl PartialEq for Constant {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.to_bits() == b.to_bits(),
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Keys(a), Self::Keys(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Constant {}

impl std::hash::Hash for Constant {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Number(number) => number.to_bits().hash(state),
            Self::Integer(integer) => integer.hash(state),
            Self::String(bytes) => bytes.hash(state),
            Self::Keys(keys) => keys.hash(state),
        }
    }
}

/// One function's code and what the VM must know to call it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Function {
    /// Its name for traces; `""` for a lambda, the file's name for a main function.
    pub name: String,
    /// The index in `Module::sources` of the file that declares it.
    pub source: u32,
    /// Declared parameters, without a rest parameter.
    pub parameters: u16,
    /// Parameters that have no default: the fewest arguments of a call.
    pub required: u16,
    /// Whether a rest parameter follows; it takes the slot after the others.
    pub rest: bool,
    /// Where each captured variable comes from when the closure is made.
    pub captures: Vec<Capture>,
    /// The deepest stack of any instruction, arguments included. `verify` computes it anew.
    pub max_depth: u16,
    /// The instructions; the last one never falls through.
    pub code: Vec<Instruction>,
    /// What catches faults, innermost first.
    pub handlers: Vec<Handler>,
    /// Where instructions come from, by rising instruction index; empty when stripped.
    pub positions: Vec<Position>,
    /// What a debugger shows of it; empty when stripped.
    pub debug: Debug,
}

/// What a debugger must know of a function and the VM need not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Debug {
    /// Where statements begin, by rising instruction index.
    pub statements: Vec<Statement>,
    /// The variables that it sees, in the order in which they were declared.
    pub variables: Vec<Variable>,
}

impl Debug {
    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty() && self.variables.is_empty()
    }
}

/// The first instruction of a statement, and where the statement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The instruction.
    pub instruction: u32,
    /// Line, counted from 1.
    pub line: u32,
    /// Column in bytes, counted from 1.
    pub column: u32,
}

/// A variable, and the instructions before which it is in sight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Where its value is.
    pub place: Place,
    /// The first instruction that sees it.
    pub start: u32,
    /// The first one after that which does not.
    pub end: u32,
}

/// Where a variable is. Whether a slot or a captured value holds a cell is seen when it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a slot of its function.
    Slot(u16),
    /// Among the captured values of its closure.
    Capture(u16),
    /// In a global.
    Global(u32),
    /// Nowhere: it stands for a function without captures.
    Function(u32),
}

/// Where a closure takes a captured variable from, in the function that makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// A slot of the enclosing function.
    Slot(u16),
    /// A captured variable of the enclosing function.
    Outer(u16),
}

/// A guarded range of instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// First guarded instruction.
    pub start: u32,
    /// The instruction after the last guarded one.
    pub end: u32,
    /// Where execution goes on, with the thrown value pushed.
    pub target: u32,
    /// The stack depth, from the function's first slot, to which it is cut before the push.
    /// No guarded instruction pops below it.
    pub depth: u16,
    /// Whether it also sees a fiber's cancellation.
    pub kind: HandlerKind,
}

/// What a handler was written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandlerKind {
    /// `catch`: sees thrown values, not cancellation.
    Catch,
    /// `finally` or `defer`: sees everything and throws it on.
    Finally,
}

/// The source range of an instruction and of those after it, up to the next entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The first instruction that comes from here.
    pub instruction: u32,
    /// Line, counted from 1.
    pub line: u32,
    /// Column in bytes, counted from 1.
    pub column: u32,
    /// Length of the marked range in bytes, at least 1; cut at the end of the line when shown.
    pub length: u32,
}

/// A variable at the top level of a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Global {
    /// Its name, for messages and for sessions that link by name.
    pub name: String,
    /// Whether the embedding session shares it by name with later modules (the REPL).
    pub shared: bool,
}

/// A builtin that the program uses, linked by name before the program runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Extern {
    /// The builtin's name.
    pub name: String,
}

/// A source file of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// Path as it was found, relative to the program's first file where possible.
    pub path: String,
    /// The function that runs the file's top level.
    pub main: u32,
    /// What other files may import, by name.
    pub exports: Vec<(String, Export)>,
}

/// What an exported name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// A global variable.
    Global(u32),
    /// A function without captures.
    Function(u32),
}
