//! A syntax tree as a row of events, in the order in which it is written: whoever looks at whole programs
//! (the rules of the linter, the language server) reads those that it needs, and does not walk the tree
//! itself. The parser has limited the depth that this recurses to.

use crate::ast::*;
use crate::span::Span;

/// What declares a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declares {
    /// `let`, `var`, `const`.
    Variable(Declaration),
    /// `fn name`.
    Function,
    /// `import` of a builtin module, or `use`; names out of a module or file.
    Import,
    /// A parameter of a function.
    Parameter,
    /// The variable of a loop, of `catch`, of an arm.
    Local,
}

/// A name where it is declared.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'a> {
    /// The name.
    pub name: &'a Name,
    /// What declares it.
    pub by: Declares,
    /// Whether a use is expected: not of parameters, loop variables, parts of arrays, exports.
    pub expects_use: bool,
    /// Whether it is also the key of a map pattern: `{host}`.
    pub is_key: bool,
}

/// One event.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A scope opens.
    Open(Span),
    /// It closes.
    Close,
    /// A function's body begins.
    Enter,
    /// It ends.
    Leave,
    /// A name is declared.
    Declare(Declared<'a>),
    /// A name is used.
    Use(&'a Name),
    /// A statement, before its parts.
    Statement(&'a Statement),
    /// An expression, before its parts.
    Expression(&'a Expression),
    /// The statements of a block or of the file, before them.
    Body(&'a [Statement]),
}

/// The events of a file.
pub fn events(ast: &Ast) -> Vec<Event<'_>> {
    let mut walk = Walk { events: Vec::new() };
    walk.scope(Span::new(0, u32::MAX), |walk| walk.body(&ast.body));
    walk.events
}

struct Walk<'a> {
    events: Vec<Event<'a>>,
}

/// What a pattern's names are declared by, and whether they have to be used.
#[derive(Clone, Copy)]
struct Binds {
    by: Declares,
    expects_use: bool,
}

const LOCAL: Binds = Binds { by: Declares::Local, expects_use: false };
const PARAMETER: Binds = Binds { by: Declares::Parameter, expects_use: false };

impl<'a> Walk<'a> {
    fn scope(&mut self, span: Span, inside: impl FnOnce(&mut Self)) {
        self.events.push(Event::Open(span));
        inside(self);
        self.events.push(Event::Close);
    }

    fn body(&mut self, body: &'a [Statement]) {
        self.events.push(Event::Body(body));
        body.iter().for_each(|statement| self.statement(statement));
    }

    fn block(&mut self, block: &'a Block) {
        self.scope(block.span, |walk| walk.body(&block.body));
    }

    fn declare(&mut self, name: &'a Name, binds: Binds) {
        let Binds { by, expects_use } = binds;
        self.events.push(Event::Declare(Declared { name, by, expects_use, is_key: false }));
    }

    fn pattern(&mut self, pattern: &'a Pattern, binds: Binds) {
        match &pattern.kind {
            PatternKind::Name(name) => self.declare(name, binds),
            PatternKind::Array { elements, rest } => {
                let binds = Binds { expects_use: false, ..binds };
                elements.iter().for_each(|element| self.pattern(element, binds));
                rest.iter().for_each(|rest| self.declare(rest, binds));
            }
            PatternKind::Map(fields) => fields.iter().for_each(|(key, field)| self.field(key, field, binds)),
            PatternKind::Literal(value) => self.expression(value),
            PatternKind::Wildcard | PatternKind::Range { .. } => {}
        }
    }

    fn field(&mut self, key: &'a Name, field: &'a Pattern, binds: Binds) {
        self.pattern(field, binds);
        if key.span == field.span
            && let Some(Event::Declare(declared)) = self.events.last_mut()
        {
            declared.is_key = true;
        }
    }

    fn statement(&mut self, statement: &'a Statement) {
        use StatementKind as S;
        self.events.push(Event::Statement(statement));
        match &statement.kind {
            S::Variable { declaration, pattern, value, export } => {
                value.iter().for_each(|value| self.expression(value));
                self.pattern(pattern, Binds { by: Declares::Variable(*declaration), expects_use: !export });
            }
            S::Function { name, function, export } => {
                self.declare(name, Binds { by: Declares::Function, expects_use: !export });
                self.function(function);
            }
            S::Expression(value) | S::Throw(value) | S::Defer(value) => self.expression(value),
            S::Return(value) => value.iter().for_each(|value| self.expression(value)),
            S::Block(block) | S::Loop { body: block, .. } => self.block(block),
            S::While { condition, body, .. } => {
                self.expression(condition);
                self.block(body);
            }
            S::ForClauses { init, condition, step, body, .. } => self.scope(statement.span, |walk| {
                init.iter().for_each(|init| walk.statement(init));
                condition.iter().chain(step).for_each(|value| walk.expression(value));
                walk.block(body);
            }),
            S::ForIn { key, value, iterable, body, .. } => {
                self.expression(iterable);
                self.scope(Span::new(iterable.span.end, statement.span.end), |walk| {
                    key.iter().chain([value]).for_each(|pattern| walk.pattern(pattern, LOCAL));
                    walk.block(body);
                });
            }
            S::Try { body, catch, finally } => {
                self.block(body);
                if let Some(catch) = catch {
                    self.scope(catch.body.span, |walk| {
                        catch.name.iter().for_each(|name| walk.declare(name, LOCAL));
                        walk.block(&catch.body);
                    });
                }
                finally.iter().for_each(|finally| self.block(finally));
            }
            S::Send { channel, value } => [channel, value].into_iter().for_each(|part| self.expression(part)),
            S::Select { arms, default } => self.select(arms, default.as_ref()),
            S::Import { .. } | S::ImportNames { .. } | S::Use(_) => self.import(&statement.kind),
            S::Break(_) | S::Continue(_) | S::Error => {}
        }
    }

    fn import(&mut self, kind: &'a StatementKind) {
        let binds = Binds { by: Declares::Import, expects_use: true };
        match kind {
            StatementKind::Import { alias: Some(alias), .. } => self.declare(alias, binds),
            StatementKind::Import { path: ImportPath::Module(name), .. } => self.declare(name, binds),
            StatementKind::ImportNames { names, .. } => {
                names.iter().for_each(|(name, other)| self.declare(other.as_ref().unwrap_or(name), binds));
            }
            StatementKind::Use(path) => path.last().into_iter().for_each(|name| self.declare(name, binds)),
            _ => {}
        }
    }

    fn select(&mut self, arms: &'a [SelectArm], default: Option<&'a Block>) {
        for arm in arms {
            self.scope(arm.span, |walk| {
                match &arm.operation {
                    SelectOperation::Receive { name, channel } => {
                        walk.expression(channel);
                        name.iter().for_each(|name| walk.declare(name, LOCAL));
                    }
                    SelectOperation::Send { channel, value } => {
                        [channel, value].into_iter().for_each(|part| walk.expression(part));
                    }
                }
                walk.block(&arm.body);
            });
        }
        default.into_iter().for_each(|default| self.block(default));
    }

    fn function(&mut self, function: &'a Function) {
        self.events.push(Event::Enter);
        self.scope(function.span, |walk| {
            for parameter in &function.parameters {
                parameter.default.iter().for_each(|value| walk.expression(value));
                walk.pattern(&parameter.pattern, PARAMETER);
            }
            function.rest.iter().for_each(|rest| walk.declare(rest, PARAMETER));
            match &function.body {
                FunctionBody::Block(block) | FunctionBody::BlockValue(block) => walk.body(&block.body),
                FunctionBody::Expression(value) => walk.expression(value),
            }
        });
        self.events.push(Event::Leave);
    }

    fn expression(&mut self, expression: &'a Expression) {
        use ExpressionKind as E;
        self.events.push(Event::Expression(expression));
        match &expression.kind {
            E::Name(name) => self.events.push(Event::Use(name)),
            E::Lambda(function) => self.function(function),
            E::Block(block) => self.block(block),
            E::If { condition, then, otherwise } => {
                self.expression(condition);
                self.block(then);
                otherwise.iter().for_each(|otherwise| self.expression(otherwise));
            }
            E::Match { value, arms } => {
                self.expression(value);
                arms.iter().for_each(|arm| self.arm(arm));
            }
            other => parts(other).into_iter().for_each(|part| self.expression(part)),
        }
    }

    fn arm(&mut self, arm: &'a MatchArm) {
        self.scope(arm.span, |walk| {
            arm.patterns.iter().for_each(|pattern| walk.pattern(pattern, LOCAL));
            arm.guard.iter().for_each(|guard| walk.expression(guard));
            walk.expression(&arm.body);
        });
    }
}

/// The expressions right inside one that opens no scope.
pub fn parts(kind: &ExpressionKind) -> Vec<&Expression> {
    use ExpressionKind as E;
    match kind {
        E::Format(parts) => parts
            .iter()
            .filter_map(|part| match part {
                FormatPart::Value { value, .. } => Some(value),
                FormatPart::Text(_) => None,
            })
            .collect(),
        E::Array(items) => items.iter().collect(),
        E::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
        E::Unary(_, part) | E::Receive(part) | E::Spawn(part) => vec![part],
        E::Field { object, .. } => vec![object],
        E::Binary(_, a, b) | E::Logical(_, a, b) | E::Index(a, b) => vec![a, b],
        E::Range { from: a, to: b, .. } | E::Assign { target: a, value: b, .. } => vec![a, b],
        E::Ternary(a, b, c) => vec![a, b, c],
        E::Call { callee, arguments } => [&**callee].into_iter().chain(arguments).collect(),
        E::Slice { object, from, to } => [&**object].into_iter().chain(from.as_deref()).chain(to.as_deref()).collect(),
        _ => Vec::new(),
    }
}
