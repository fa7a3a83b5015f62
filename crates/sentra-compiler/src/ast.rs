//! The syntax tree, as the parser builds it. It holds what was written, nothing resolved.
//!
//! Every expression knows how deep it nests; the parser refuses what is deeper than
//! [`MAX_DEPTH`], so later stages may recurse.

use crate::span::Span;

/// The deepest nesting that the parser lets through.
pub const MAX_DEPTH: u32 = 2_000;

/// A whole source file.
#[derive(Clone, Debug, Default)]
pub struct Ast {
    /// Its statements.
    pub body: Vec<Statement>,
}

/// A name where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The text.
    pub text: Box<str>,
    /// Where it stands.
    pub span: Span,
}

/// A statement with its place.
#[derive(Clone, Debug)]
pub struct Statement {
    /// What it does.
    pub kind: StatementKind,
    /// Where it stands.
    pub span: Span,
}

/// `{ … }`.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Its statements; the value is that of a last expression statement.
    pub body: Vec<Statement>,
    /// From brace to brace.
    pub span: Span,
    /// How deep it nests: one more than its deepest statement.
    pub depth: u32,
}

/// How a variable is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declaration {
    /// `let`: block-scoped.
    Let,
    /// `var`: function-scoped.
    Var,
    /// `const`: block-scoped, assigned once.
    Const,
}

/// The statements of the language.
#[derive(Clone, Debug)]
#[allow(missing_docs, clippy::large_enum_variant)] // Fields are named as what they hold; loops are the largest.
pub enum StatementKind {
    /// `let pattern = value`; without a value, nil.
    Variable { declaration: Declaration, pattern: Pattern, value: Option<Expression>, export: bool },
    /// `fn name(…) { … }`.
    Function { name: Name, function: Box<Function>, export: bool },
    /// An expression for its effect (or as a block's value).
    Expression(Expression),
    /// `{ … }` on its own.
    Block(Block),
    /// `while c { }`.
    While { label: Option<Name>, condition: Expression, body: Block },
    /// `loop { }`.
    Loop { label: Option<Name>, body: Block },
    /// `for (init; condition; step) { }`.
    ForClauses {
        label: Option<Name>,
        init: Option<Box<Statement>>,
        condition: Option<Expression>,
        step: Option<Expression>,
        body: Block,
    },
    /// `for value in iterable { }`, `for key, value in iterable { }`.
    ForIn { label: Option<Name>, key: Option<Pattern>, value: Pattern, iterable: Expression, body: Block },
    /// `try { } catch e { } finally { }`; at least one of the two follows.
    Try { body: Block, catch: Option<Catch>, finally: Option<Block> },
    /// `throw value`.
    Throw(Expression),
    /// `defer call`.
    Defer(Expression),
    /// `return`, with or without a value.
    Return(Option<Expression>),
    /// `break`, with or without a label.
    Break(Option<Name>),
    /// `continue`, with or without a label.
    Continue(Option<Name>),
    /// `import math`, `import "path" as t`; the alias defaults to the last word of the path.
    Import { path: ImportPath, alias: Option<Name> },
    /// `import { a, b as c } from "path"`.
    ImportNames { path: ImportPath, names: Vec<(Name, Option<Name>)> },
    /// `use std::net::http;`: the words of the path.
    Use(Vec<Name>),
    /// `channel <- value`.
    Send { channel: Expression, value: Expression },
    /// `select { case … }`.
    Select { arms: Vec<SelectArm>, default: Option<Block> },
    /// What stands where a statement could not be parsed; its diagnostic has been made.
    Error,
}

/// `catch e { … }`.
#[derive(Clone, Debug)]
pub struct Catch {
    /// The name that the thrown value gets.
    pub name: Option<Name>,
    /// What runs.
    pub body: Block,
}

/// What an import names.
#[derive(Clone, Debug)]
pub enum ImportPath {
    /// `import math`: a builtin module.
    Module(Name),
    /// `import "lib/tools"`: a file; the text is the string's value.
    File(Name),
}

/// One arm of a `select`.
#[derive(Clone, Debug)]
pub struct SelectArm {
    /// What it waits for.
    pub operation: SelectOperation,
    /// What runs then.
    pub body: Block,
    /// The whole arm.
    pub span: Span,
}

/// What an arm of a `select` waits for.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // Fields are named as what they hold.
pub enum SelectOperation {
    /// `case <-channel:` or `case name = <-channel:`.
    Receive { name: Option<Name>, channel: Expression },
    /// `case channel <- value:`.
    Send { channel: Expression, value: Expression },
}

/// A function's parameters and body.
#[derive(Clone, Debug)]
pub struct Function {
    /// Parameters in order.
    pub parameters: Vec<Parameter>,
    /// `...rest`, last.
    pub rest: Option<Name>,
    /// What it runs.
    pub body: FunctionBody,
    /// The whole function.
    pub span: Span,
}

/// A parameter with its default.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// What it binds; mostly a name.
    pub pattern: Pattern,
    /// The value when no argument is given.
    pub default: Option<Expression>,
}

/// A function's body.
#[derive(Clone, Debug)]
pub enum FunctionBody {
    /// `fn f() { … }`: returns by `return`.
    Block(Block),
    /// `|x| { … }`: the block's value is returned.
    BlockValue(Block),
    /// `fn f(x) => …`, `|x| …`.
    Expression(Expression),
}

/// An expression with its place and nesting depth.
#[derive(Clone, Debug)]
pub struct Expression {
    /// What it computes.
    pub kind: ExpressionKind,
    /// Where it stands.
    pub span: Span,
    /// How deep it nests: one more than its deepest part.
    pub depth: u32,
}

/// The expressions of the language.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // Fields are named as what they hold.
pub enum ExpressionKind {
    /// `nil`.
    Nil,
    /// `true`, `false`.
    Boolean(bool),
    /// An integer that fits 64 bits.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A string, escapes resolved: bytes.
    String(Box<[u8]>),
    /// `f"…"`.
    Format(Vec<FormatPart>),
    /// A variable, function or module.
    Name(Name),
    /// `[a, b]`.
    Array(Vec<Expression>),
    /// `{key: value}`.
    Map(Vec<(Expression, Expression)>),
    /// `fn(x) { }`, `|x| …`.
    Lambda(Box<Function>),
    /// `!x`, `-x`, `~x`.
    Unary(UnaryOperator, Box<Expression>),
    /// `<-channel`.
    Receive(Box<Expression>),
    /// Arithmetic, bits and comparison.
    Binary(BinaryOperator, Box<Expression>, Box<Expression>),
    /// `&&`, `||`, `??`.
    Logical(LogicalOperator, Box<Expression>, Box<Expression>),
    /// `c ? a : b`.
    Ternary(Box<Expression>, Box<Expression>, Box<Expression>),
    /// `a..b`, `a..=b`.
    Range { from: Box<Expression>, to: Box<Expression>, inclusive: bool },
    /// `target = value`, `target += value`.
    Assign { target: Box<Expression>, operator: AssignOperator, value: Box<Expression> },
    /// `f(x)`; a method call has a `Field` as its callee.
    Call { callee: Box<Expression>, arguments: Vec<Expression> },
    /// `a[i]`.
    Index(Box<Expression>, Box<Expression>),
    /// `a[from:to]`.
    Slice { object: Box<Expression>, from: Option<Box<Expression>>, to: Option<Box<Expression>> },
    /// `a.name`, `a?.name`, `a::name`.
    Field { object: Box<Expression>, name: Name, access: Access },
    /// `if c { } else { }`; the else part is a block or another `if`.
    If { condition: Box<Expression>, then: Block, otherwise: Option<Box<Expression>> },
    /// `match v { … }`.
    Match { value: Box<Expression>, arms: Vec<MatchArm> },
    /// A block used as a value: an `else` part, a match arm, after `spawn`.
    Block(Block),
    /// `spawn f(x)`, `spawn { … }`, `go …`, `async { … }`.
    Spawn(Box<Expression>),
    /// What stands where an expression could not be parsed; its diagnostic has been made.
    Error,
}

/// A piece of an f-string.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // Fields are named as what they hold.
pub enum FormatPart {
    /// Text as it is.
    Text(Box<[u8]>),
    /// `{expression:spec}`.
    Value { value: Expression, spec: Option<Name> },
}

/// How a field is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// `.name`
    Dot,
    /// `?.name`: nil for nil; the rest of the chain is skipped.
    Optional,
    /// `::name`
    Path,
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `!`, `not`
    Not,
    /// `-`
    Negate,
    /// `~`
    BitNot,
}

/// Operators whose operands are both evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // Each is named as its opcode.
pub enum BinaryOperator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
}

/// Operators that may skip their right side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogicalOperator {
    /// `&&`, `and`
    And,
    /// `||`, `or`
    Or,
    /// `??`
    Coalesce,
}

/// `=` and its compound forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignOperator {
    /// `=`
    Set,
    /// `+=` and the like.
    Compound(BinaryOperator),
    /// `??=`
    Coalesce,
}

/// One arm of a `match`.
#[derive(Clone, Debug)]
pub struct MatchArm {
    /// Alternatives.
    pub patterns: Vec<Pattern>,
    /// `if …`
    pub guard: Option<Expression>,
    /// Its value; statements such as `return x` stand in a block.
    pub body: Expression,
    /// The whole arm.
    pub span: Span,
}

/// A pattern with its place.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// What it matches or binds.
    pub kind: PatternKind,
    /// Where it stands.
    pub span: Span,
}

/// Patterns of `match`, `let`, parameters and `for`; the last three take only names, `_`, arrays and maps.
#[derive(Clone, Debug)]
#[allow(missing_docs)] // Fields are named as what they hold.
pub enum PatternKind {
    /// `_`
    Wildcard,
    /// Binds the value.
    Name(Name),
    /// A literal (number with sign, string, boolean, nil), compared with `==`.
    Literal(Box<Expression>),
    /// `1..=9`
    Range { from: Box<Expression>, to: Box<Expression>, inclusive: bool },
    /// `[x, y, ...rest]`
    Array { elements: Vec<Pattern>, rest: Option<Name> },
    /// `{kind: "tcp", port: p, host}`: key and what its value must match; a bare name binds itself.
    Map(Vec<(Name, Pattern)>),
}
