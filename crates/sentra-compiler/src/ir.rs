//! The intermediate form: a program with every name resolved and every shorthand written out.
//!
//! It knows variables, not slots: `emit` gives a variable its place when it reaches the
//! declaration. Nothing here refers to source text except through spans.

use std::collections::HashMap;

pub use crate::ast::{BinaryOperator, LogicalOperator, UnaryOperator};
use crate::span::Span;

/// Index into [`Ir::functions`].
pub type FunctionId = u32;
/// Index into [`Ir::variables`]; a variable declared later has a higher one.
pub type VariableId = u32;
/// Index into [`Ir::sources`].
pub type SourceId = u32;
/// Index into [`Ir::externs`].
pub type ExternId = u32;
/// Names a loop within its function.
pub type LoopId = u32;

/// A whole program: all its files.
#[derive(Debug, Default)]
pub struct Ir {
    /// Every function, a file's main functions among them; a parent precedes its children.
    pub functions: Vec<Function>,
    /// Every variable of every function.
    pub variables: Vec<Variable>,
    /// Names of the builtins in use.
    pub externs: Vec<String>,
    /// Where each builtin stands in `externs`.
    pub extern_ids: HashMap<String, ExternId>,
    /// Variables that live outside any function's stack.
    pub globals: Vec<Global>,
    /// The files, the program's first one first.
    pub sources: Vec<Source>,
}

impl Ir {
    /// The extern of a builtin.
    pub fn extern_of(&mut self, name: &str) -> ExternId {
        if let Some(&id) = self.extern_ids.get(name) {
            return id;
        }
        let id = self.externs.len() as ExternId;
        self.externs.push(name.to_owned());
        self.extern_ids.insert(name.to_owned(), id);
        id
    }
}

/// A variable at the top level that functions or other files reach.
#[derive(Debug)]
pub struct Global {
    /// Its name.
    pub name: String,
    /// Whether a session shares it by name.
    pub shared: bool,
}

/// A source file.
#[derive(Debug)]
pub struct Source {
    /// Where it was found.
    pub path: String,
    /// The function that runs its top level.
    pub main: FunctionId,
    /// What it exports.
    pub exports: HashMap<String, VariableId>,
}

/// A variable.
#[derive(Debug)]
pub struct Variable {
    /// Its name; `""` for one that the compiler made.
    pub name: Box<str>,
    /// The function whose stack it lives on.
    pub function: FunctionId,
    /// How its declaration reads.
    pub kind: VariableKind,
    /// Whether it is assigned after its initialisation.
    pub assigned: bool,
    /// Whether a closure may capture it before its initialisation.
    pub early: bool,
    /// Whether it is declared at the top level of its file, outside any block.
    pub top: bool,
    /// Whether other files or a session see it.
    pub public: bool,
    /// The function that its initialiser or `fn` gives it.
    pub lambda: Option<FunctionId>,
    /// Its value, if that is a literal.
    pub constant: Option<Constant>,
    /// Where it lives; known after all uses are.
    pub storage: Storage,
}

/// How a variable was declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableKind {
    /// `let`, `var`, a parameter or a pattern.
    Plain,
    /// `const`, or a name that an import binds.
    Constant,
    /// `fn name`.
    Function(FunctionId),
}

/// Where a variable lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    /// In a slot of its function; closures copy it.
    Slot,
    /// In a cell that its function's slot and closures share.
    Cell,
    /// In a global.
    Global(u32),
    /// Nowhere: it stands for a function without captures.
    Function(FunctionId),
}

/// A literal value.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// `nil`
    Nil,
    /// `true` or `false`
    Boolean(bool),
    /// A number that is an integer.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// Bytes.
    String(Box<[u8]>),
}

/// A function.
#[derive(Debug, Default)]
pub struct Function {
    /// Its name for traces.
    pub name: String,
    /// The file that declares it.
    pub source: SourceId,
    /// The function that it stands in.
    pub parent: Option<FunctionId>,
    /// The variable that `fn name` declares.
    pub variable: Option<VariableId>,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// The fewest arguments of a call.
    pub required: u16,
    /// What takes the arguments beyond the parameters.
    pub rest: Option<VariableId>,
    /// Its `var`s that must exist from the start.
    pub vars: Vec<VariableId>,
    /// What it runs.
    pub body: Block,
    /// Whether it returns the value of its body.
    pub yields: bool,
    /// Whether it contains `defer`.
    pub defers: bool,
    /// Variables of enclosing functions that it uses itself.
    pub free: Vec<VariableId>,
    /// What its closure holds, its inner functions' needs included.
    pub captures: Vec<VariableId>,
    /// Whether it is used before its declaration, so that its scope must begin with making it.
    pub hoisted: bool,
    /// The first variable of the scope that declares it.
    pub scope_start: VariableId,
    /// The whole function.
    pub span: Span,
}

/// A parameter.
#[derive(Debug)]
pub struct Parameter {
    /// What takes the argument.
    pub variable: VariableId,
    /// How the argument is taken apart.
    pub pattern: Option<Pattern>,
    /// The value without an argument.
    pub default: Option<Expr>,
}

/// Statements in a scope of their own.
#[derive(Debug, Default)]
pub struct Block {
    /// The statements.
    pub body: Vec<Stmt>,
    /// The variables that `let`, `const` and `fn` declare directly in it.
    pub declared: Vec<VariableId>,
}

/// A statement.
#[derive(Debug)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of statements.
#[derive(Debug)]
pub enum StmtKind {
    /// An expression.
    Expr(Expr),
    /// Declares the variables of a pattern.
    Let(Pattern, Expr),
    /// The place of `fn name`.
    Function(VariableId),
    /// A block.
    Block(Block),
    /// A loop that tests first; `step` runs before each test but the first.
    While { id: LoopId, condition: Expr, step: Option<Expr>, body: Block, fresh: Vec<VariableId> },
    /// A loop without a test.
    Loop { id: LoopId, step: Option<Expr>, body: Block, fresh: Vec<VariableId> },
    /// A loop over the numbers of a range.
    ForRange { id: LoopId, variable: VariableId, from: Expr, to: Expr, inclusive: bool, body: Block },
    /// A loop over anything that can be iterated.
    ForIn { id: LoopId, key: Option<Pattern>, value: Pattern, iterable: Expr, body: Block },
    /// `try`
    Try { body: Block, catch: Option<(Option<VariableId>, Block)>, finally: Option<Block> },
    /// `throw`
    Throw(Expr),
    /// `defer`
    Defer(Box<Call>),
    /// `return`
    Return(Option<Expr>),
    /// `break`
    Break(LoopId),
    /// `continue`
    Continue(LoopId),
    /// Runs a file's main function once.
    Import(SourceId),
    /// `channel <- value`
    Send(Expr, Expr),
    /// `select`
    Select { arms: Vec<SelectArm>, default: Option<Block> },
}

/// One arm of a `select`.
#[derive(Debug)]
pub struct SelectArm {
    /// The channel.
    pub channel: Expr,
    /// What is sent; nothing when it receives.
    pub value: Option<Expr>,
    /// What the received value is called.
    pub variable: Option<VariableId>,
    /// What runs.
    pub body: Block,
}

/// An expression.
#[derive(Debug)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// The place to mark when it fails.
    pub span: Span,
}

impl Expr {
    /// An expression at a place.
    pub fn new(kind: ExprKind, span: Span) -> Self {
        Self { kind, span }
    }
}

/// The kinds of expressions.
#[derive(Debug)]
pub enum ExprKind {
    /// A literal.
    Constant(Constant),
    /// A variable's value.
    Variable(VariableId),
    /// A function's value.
    Function(FunctionId),
    /// A builtin's value.
    Builtin(ExternId),
    /// A file's exports.
    Module(SourceId),
    /// An operator with one operand.
    Unary(UnaryOperator, Box<Expr>),
    /// An operator with two.
    Binary(BinaryOperator, Box<Expr>, Box<Expr>),
    /// `&&`, `||`, `??`
    Logical(LogicalOperator, Box<Expr>, Box<Expr>),
    /// `if` and `? :`
    If(Box<Expr>, Box<Expr>, Option<Box<Expr>>),
    /// A block's last expression statement.
    Block(Box<Block>),
    /// `match`: the subject's variable, its value, the arms.
    Match(VariableId, Box<Expr>, Vec<Arm>),
    /// The texts of all parts in one string.
    Text(Vec<Expr>),
    /// A formatted value.
    Format(Box<Expr>, Box<str>),
    /// `[a, b]`
    Array(Vec<Expr>),
    /// `{k: v}`
    Map(Vec<(Expr, Expr)>),
    /// `a..b`, `a..=b`
    Range(Box<Expr>, Box<Expr>, bool),
    /// `target = value`
    Assign(Target, Box<Expr>),
    /// `target op= value`
    Update(Target, UpdateOperator, Box<Expr>),
    /// `a[i]`
    Index(Box<Expr>, Box<Expr>),
    /// `a[from:to]`
    Slice(Box<Expr>, Option<Box<Expr>>, Option<Box<Expr>>),
    /// `a.name`
    Field(Box<Expr>, Box<str>),
    /// A call.
    Call(Box<Call>),
    /// A call in a fiber of its own.
    Spawn(Box<Call>),
    /// `<-channel`
    Receive(Box<Expr>),
    /// A chain with `?.` in it: the value when [`ExprKind::Unless`] leaves it is nil.
    Chain(Box<Expr>),
    /// Within a chain: leaves it if the value is nil.
    Unless(Box<Expr>),
}

/// What an assignment changes.
#[derive(Debug)]
pub enum Target {
    /// A variable.
    Variable(VariableId),
    /// An element.
    Index(Box<Expr>, Box<Expr>),
    /// A field.
    Field(Box<Expr>, Box<str>),
}

/// How a compound assignment combines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateOperator {
    /// `+=` and the like.
    Binary(BinaryOperator),
    /// `??=`
    Coalesce,
}

/// A call.
#[derive(Debug)]
pub struct Call {
    /// What is called.
    pub callee: Callee,
    /// The arguments.
    pub arguments: Vec<Expr>,
}

/// What is called.
#[derive(Debug)]
pub enum Callee {
    /// A function value.
    Value(Expr),
    /// A builtin.
    Builtin(ExternId),
    /// A method of a value.
    Method(Expr, Box<str>),
}

/// An arm of a `match`.
#[derive(Debug)]
pub struct Arm {
    /// Alternatives.
    pub patterns: Vec<Pattern>,
    /// The variables that they bind.
    pub bound: Vec<VariableId>,
    /// What must hold besides.
    pub guard: Option<Expr>,
    /// The value.
    pub body: Expr,
}

/// A pattern.
#[derive(Debug)]
pub struct Pattern {
    /// What it matches or binds.
    pub kind: PatternKind,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of patterns.
#[derive(Debug)]
pub enum PatternKind {
    /// Anything.
    Wildcard,
    /// Anything, bound to a variable.
    Bind(VariableId),
    /// What equals a literal.
    Literal(Expr),
    /// What lies in a range.
    Range(Expr, Expr, bool),
    /// An array: its first elements and the rest.
    Array(Vec<Pattern>, Option<VariableId>),
    /// A map with these keys.
    Map(Vec<(Box<str>, Pattern)>),
}
