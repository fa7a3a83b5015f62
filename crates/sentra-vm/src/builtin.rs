//! What a builtin is, and the one form in which builtins are declared.
//!
//! A row of `builtins!` gives everything about a builtin. The registry (`builtins::TABLES`)
//! feeds the linker, `help`, completion, the compiler's manifest, the documentation and the
//! registry-wide tests. Argument counts and types are checked here, once, with one wording.

use crate::fault::Fault;
use crate::heap::Heap;
use crate::heap::object::Kind;
use crate::value::{Tag, Value};
use crate::vm::Vm;

/// What a builtin runs. The arguments have the declared types; missing optional ones are
/// [`Value::ABSENT`], which `Arguments` reads as nothing. A builtin never blocks: to wait it
/// parks the fiber (`Vm::park…`) and returns the [`Value::PENDING`] that it gets from that.
pub type Native = fn(&mut Vm, Arguments) -> Result<Value, Box<Fault>>;

/// How a builtin is made.
#[derive(Clone, Copy)]
pub enum Body {
    /// A Rust function.
    Native(Native),
    /// The function of the same name in the library written in Sentra (`lib/`).
    Library,
    /// Not a function but a value.
    Constant(fn(&mut Heap) -> Value),
}

/// What a builtin can reach besides its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Nothing, or the script's own output and clock.
    Nothing,
    /// Files and folders.
    Files,
    /// Other processes and this one's environment.
    Process,
    /// Sockets.
    Net,
    /// Raw sockets.
    RawNet,
}

/// Types that a parameter accepts, as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Types(u16);

impl Types {
    /// nil
    pub const NIL: Self = Self(1);
    /// A boolean.
    pub const BOOLEAN: Self = Self(1 << 1);
    /// Any number.
    pub const NUMBER: Self = Self(1 << 2);
    /// A number without fraction that fits 64 bits.
    pub const INTEGER: Self = Self(1 << 3);
    /// A string.
    pub const STRING: Self = Self(1 << 4);
    /// An array.
    pub const ARRAY: Self = Self(1 << 5);
    /// A map.
    pub const MAP: Self = Self(1 << 6);
    /// Anything callable.
    pub const FUNCTION: Self = Self(1 << 7);
    /// A range.
    pub const RANGE: Self = Self(1 << 8);
    /// An error value.
    pub const ERROR: Self = Self(1 << 9);
    /// A task.
    pub const TASK: Self = Self(1 << 10);
    /// A channel.
    pub const CHANNEL: Self = Self(1 << 11);
    /// Any other Rust value on the heap; the builtin looks itself.
    pub const OBJECT: Self = Self(1 << 12);
    /// Everything.
    pub const ANY: Self = Self(u16::MAX);

    /// Either of both.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the sets share a type.
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The set that a value belongs to.
    pub fn of(value: Value) -> Self {
        let Some(tag) = value.tag() else { return Self::number(value) };
        match tag {
            Tag::Immediate if value == Value::TRUE || value == Value::FALSE => Self::BOOLEAN,
            Tag::Immediate if value.is_nil() => Self::NIL,
            // Captured variables and marks, which only damaged code hands over.
            Tag::Immediate | Tag::Cell => Self(0),
            Tag::Text => Self::STRING,
            Tag::Array => Self::ARRAY,
            Tag::Map => Self::MAP,
            Tag::Function => Self::FUNCTION,
            Tag::Object => Self::of_object(value),
        }
    }

    fn number(value: Value) -> Self {
        if value.as_integer().is_some() { Self::NUMBER.or(Self::INTEGER) } else { Self::NUMBER }
    }

    fn of_object(value: Value) -> Self {
        match (value.kind(), value.type_name()) {
            (Some(Kind::Integer), _) => Self::NUMBER.or(Self::INTEGER),
            (Some(Kind::Range), _) => Self::RANGE,
            (Some(Kind::Error), _) => Self::ERROR,
            (_, "task") => Self::TASK,
            (_, "channel") => Self::CHANNEL,
            _ => Self::OBJECT,
        }
    }

    /// Whether the value is of one of these types.
    pub fn accept(self, value: Value) -> bool {
        self == Self::ANY || self.accept_by_tag(value) || self.intersects(Self::of(value))
    }

    /// Whether the value's tag alone tells that it is of one of these types.
    #[inline(always)]
    fn accept_by_tag(self, value: Value) -> bool {
        /// What values are whose tag tells it, by its last bits; the others look further.
        const OF_TAG: [Types; 8] = {
            let mut of = [Types(0); 8];
            of[Tag::Text as usize & 7] = Types::STRING;
            of[Tag::Array as usize & 7] = Types::ARRAY;
            of[Tag::Map as usize & 7] = Types::MAP;
            of[Tag::Function as usize & 7] = Types::FUNCTION;
            // Small integers have the bits after the last tag's.
            of[(Tag::Object as usize + 1) & 7] = Types::NUMBER.or(Types::INTEGER);
            of
        };
        let of =
            if value.tag_bits() < Tag::Immediate as u16 { Self::NUMBER } else { OF_TAG[value.tag_bits() as usize & 7] };
        self.intersects(of)
    }

    /// "string", "string or array", …
    pub fn describe(self) -> String {
        const NAMES: [&str; 13] = [
            "nil", "boolean", "number", "integer", "string", "array", "map", "function", "range", "error", "task",
            "channel", "object",
        ];
        if self == Self::ANY {
            return "any".into();
        }
        let names: Vec<&str> = (0..NAMES.len()).filter(|bit| self.0 & 1 << bit != 0).map(|bit| NAMES[bit]).collect();
        match names.split_last() {
            Some((last, [])) => (*last).into(),
            Some((last, others)) => format!("{} or {last}", others.join(", ")),
            None => String::new(),
        }
    }
}

/// A parameter of a builtin.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name in messages and documentation.
    pub name: &'static str,
    /// What it accepts.
    pub types: Types,
    /// What a missing argument means, as documentation says it; nothing if it is required.
    pub default: Option<&'static str>,
}

/// Everything about a builtin.
#[derive(Clone, Copy)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// The modules that it can be imported from.
    pub modules: &'static [&'static str],
    /// Its parameters, optional ones last.
    pub parameters: &'static [Parameter],
    /// How many of them are required.
    pub required: usize,
    /// What further arguments it takes.
    pub rest: Option<Parameter>,
    /// The type of its result, as documentation says it.
    pub result: &'static str,
    /// The kinds of faults that it may raise besides `type` and `arity`.
    pub faults: &'static [&'static str],
    /// What it reaches.
    pub capability: Capability,
    /// What it does.
    pub doc: &'static str,
    /// A program that shows it; each `// expect: …` line is a line of its output.
    pub example: &'static str,
    /// How it is made.
    pub body: Body,
}

impl Builtin {
    /// The most arguments; nothing if there is no limit.
    pub fn most(&self) -> Option<usize> {
        self.rest.is_none().then_some(self.parameters.len())
    }

    /// Whether it is a value and not a function.
    pub fn is_constant(&self) -> bool {
        matches!(self.body, Body::Constant(_))
    }

    /// `name(a: type, b: type = default) -> result`
    pub fn signature(&self) -> String {
        if self.is_constant() {
            return format!("{}: {}", self.name, self.result);
        }
        let one = |parameter: &Parameter| match parameter.default {
            Some(default) => format!("{}: {} = {default}", parameter.name, parameter.types.describe()),
            None => format!("{}: {}", parameter.name, parameter.types.describe()),
        };
        let mut parts: Vec<String> = self.parameters.iter().map(one).collect();
        parts.extend(self.rest.iter().map(|rest| format!("...{}", one(rest))));
        format!("{}({}) -> {}", self.name, parts.join(", "), self.result)
    }

    /// Fails unless these arguments fit the declaration.
    #[inline]
    pub fn check(&self, arguments: &[Value]) -> Result<(), Box<Fault>> {
        if arguments.len() < self.required || arguments.len() > self.parameters.len() && self.rest.is_none() {
            return Err(self.wrong_count(arguments.len()));
        }
        for (index, (parameter, &value)) in self.parameters.iter().zip(arguments).enumerate() {
            if !(parameter.types.accept(value) || parameter.default.is_some() && value.is_nil()) {
                return Err(self.wrong_type(index, parameter, value));
            }
        }
        match &self.rest {
            Some(rest) if arguments.len() > self.parameters.len() => self.check_rest(rest, arguments),
            _ => Ok(()),
        }
    }

    fn check_rest(&self, rest: &Parameter, arguments: &[Value]) -> Result<(), Box<Fault>> {
        let wrong = (self.parameters.len()..arguments.len()).find(|&index| !rest.types.accept(arguments[index]));
        wrong.map_or(Ok(()), |index| Err(self.wrong_type(index, rest, arguments[index])))
    }

    #[cold]
    fn wrong_count(&self, given: usize) -> Box<Fault> {
        let counts = describe_counts(self.required, self.most());
        Fault::new("arity", format!("`{}` takes {counts}, got {given}", self.name))
    }

    #[cold]
    fn wrong_type(&self, index: usize, parameter: &Parameter, value: Value) -> Box<Fault> {
        let (wanted, number) = (parameter.types.describe(), index + 1);
        let got = if Types::NUMBER.accept(value) && parameter.types.intersects(Types::INTEGER) {
            "a number with a fraction".to_string()
        } else {
            value.type_name().to_string()
        };
        Fault::type_error(format!(
            "`{}` expects {wanted} as argument {number} (`{}`), got {got}",
            self.name, parameter.name
        ))
    }
}

/// What most calls of a builtin look at, side by side: a few arguments whose tags tell that
/// they fit. Whatever is not decided here is left to [`Builtin::check`].
#[derive(Clone, Copy)]
pub struct Shortcut {
    /// The function, if it is a Rust one.
    pub native: Option<Native>,
    least: u8,
    most: u8,
    types: [Types; Self::PARAMETERS],
}

impl Shortcut {
    const PARAMETERS: usize = 4;

    /// The shortcut of a builtin.
    pub const fn of(builtin: &Builtin) -> Self {
        let native = match builtin.body {
            Body::Native(native) => Some(native),
            Body::Library | Body::Constant(_) => None,
        };
        let mut types = [Types(0); Self::PARAMETERS];
        let mut count = 0;
        while count < builtin.parameters.len() && count < Self::PARAMETERS {
            types[count] = builtin.parameters[count].types;
            count += 1;
        }
        Self { native, least: builtin.required as u8, most: count as u8, types }
    }

    /// Whether the arguments fit; if not, they may fit all the same.
    #[inline(always)]
    pub fn fits(&self, arguments: &[Value]) -> bool {
        let counts = self.least as usize..=self.most as usize;
        counts.contains(&arguments.len())
            && self.types.iter().zip(arguments).all(|(types, &value)| types.accept_by_tag(value))
    }
}

/// "2 arguments", "1 to 2 arguments", "at least 1 argument".
pub fn describe_counts(least: usize, most: Option<usize>) -> String {
    let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
    match most {
        Some(most) if most == least => format!("{most} {}", plural(most)),
        Some(most) => format!("{least} to {most} arguments"),
        None => format!("at least {least} {}", plural(least)),
    }
}

/// The arguments of one call. Reading an argument as a type that its declaration rules out
/// is a bug of the builtin and panics with its position.
#[derive(Clone, Copy)]
pub struct Arguments<'a>(pub &'a [Value]);

impl<'a> Arguments<'a> {
    /// Number of arguments given.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether none was given.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The argument, nil if it was not given.
    #[inline]
    pub fn value(self, index: usize) -> Value {
        self.0.get(index).copied().unwrap_or(Value::NIL)
    }

    /// The argument unless it is missing or nil.
    pub fn optional(self, index: usize) -> Option<Value> {
        self.0.get(index).copied().filter(|value| !value.is_nil())
    }

    /// The bytes of a string argument.
    #[inline]
    pub fn bytes(self, index: usize) -> &'a [u8] {
        self.value(index).as_bytes().expect("declared as string")
    }

    /// The text of a string argument, bytes that are not UTF-8 replaced.
    pub fn string(self, index: usize) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.bytes(index))
    }

    /// A number argument.
    #[inline]
    pub fn number(self, index: usize) -> f64 {
        self.value(index).as_number().expect("declared as number")
    }

    /// An integer argument.
    #[inline]
    pub fn integer(self, index: usize) -> i64 {
        self.value(index).as_integer().expect("declared as integer")
    }

    /// An array argument.
    #[inline]
    pub fn array(self, index: usize) -> crate::heap::Array {
        self.value(index).as_array().expect("declared as array")
    }

    /// A map argument.
    #[inline]
    pub fn map(self, index: usize) -> crate::heap::Map {
        self.value(index).as_map().expect("declared as map")
    }
}

/// Declares a table of builtins. A row reads
///
/// ```text
/// "pad_start" in ["string"] (s: Types::STRING, width: Types::INTEGER, fill: Types::STRING => "\" \"") -> "string",
///     faults ["range"], Nothing,
///     "What it does.", "log(pad_start(\"7\", 3, \"0\")) // expect: 007" => Native(pad_start);
/// ```
///
/// with `; ...more: ANY` after the parameters for further arguments.
#[macro_export]
macro_rules! builtins {
    ($table:ident: $($name:literal in [$($module:literal),*] ($($parameter:ident: $types:expr $(=> $default:literal)?),* $(; ...$rest:ident: $rest_types:expr)?) -> $result:literal,
        faults [$($fault:literal),*], $capability:ident,
        $doc:literal, $example:literal => $body:expr;)*) => {
        #[allow(unused_imports)]
        use $crate::builtin::Body::*;
        /// The builtins of this file.
        pub const $table: &[$crate::builtin::Builtin] = &[$($crate::builtin::Builtin {
            name: $name,
            modules: &[$($module),*],
            parameters: &[$($crate::builtin::Parameter {
                name: stringify!($parameter),
                types: $types,
                default: $crate::builtins!(@default $($default)?),
            }),*],
            required: 0 $(+ $crate::builtins!(@required $($default)?))*,
            rest: $crate::builtins!(@rest $($rest: $rest_types)?),
            result: $result,
            faults: &[$($fault),*],
            capability: $crate::builtin::Capability::$capability,
            doc: $doc,
            example: $example,
            body: $body,
        }),*];
    };
    (@required) => { 1 };
    (@required $default:literal) => { 0 };
    (@default) => { None };
    (@default $default:literal) => { Some($default) };
    (@rest) => { None };
    (@rest $rest:ident: $types:expr) => {
        Some($crate::builtin::Parameter { name: stringify!($rest), types: $types, default: None })
    };
}
