//! Compile-time messages: their codes are one table, a message is a value until it is shown.

use crate::span::Span;

/// A message about a place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its kind; see [`Code`].
    pub code: Code,
    /// The source file, by index in the order in which files were loaded.
    pub source: u32,
    /// The marked place.
    pub span: Span,
    /// What is wrong, one line, lower case, names in backquotes.
    pub message: String,
    /// What may be done about it, e.g. "did you mean `count`?".
    pub help: Option<String>,
}

/// Whether a program with this diagnostic is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It does not compile.
    Error,
    /// It compiles.
    Warning,
}

macro_rules! codes {
    ($($name:ident = $code:literal $severity:ident; $title:literal; $example:literal; $explanation:literal)*) => {
        /// The kinds of mistakes, each with a stable code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $title] $name,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            /// The stable code, such as `E0101`.
            pub const fn text(self) -> &'static str { match self { $(Self::$name => $code),* } }
            /// A few words for lists.
            pub const fn title(self) -> &'static str { match self { $(Self::$name => $title),* } }
            /// Whether it stops compilation.
            pub const fn severity(self) -> Severity { match self { $(Self::$name => Severity::$severity),* } }
            /// A program that has this mistake and no other.
            pub const fn example(self) -> &'static str { match self { $(Self::$name => $example),* } }
            /// What it means and what to do.
            pub const fn explanation(self) -> &'static str { match self { $(Self::$name => $explanation),* } }
        }
    };
}

codes! {
    UnexpectedCharacter = "E0001" Error; "unexpected character"; "let x = 1 $ 2"; "The character starts no token of the language. Text belongs in quotes."
    UnterminatedString = "E0002" Error; "unterminated string"; "let s = \"abc"; "A string, f-string or raw string has no closing quote before the end of the file."
    BadEscape = "E0003" Error; "unknown escape"; "let s = \"a\\q\""; "Known escapes are \\n \\t \\r \\0 \\\\ \\\" \\' \\xHH and \\u{H…}. A backslash itself is written \\\\."
    BadNumber = "E0004" Error; "malformed number"; "let n = 0xZZ"; "A number needs digits of its base; letters cannot follow it."
    UnterminatedComment = "E0005" Error; "unterminated comment"; "/* never closed"; "A block comment ends with */; comments nest."
    BadFormat = "E0006" Error; "malformed format"; "let x = 1\nlog(f\"{x:q}\")"; "A specification is [[fill]align][+][#][0][width][.precision][d|x|X|b|o|e|f|%]; braces in text are doubled."
    UnexpectedToken = "E0101" Error; "unexpected token"; "log(1 +)"; "The parser expected something else here; the message names what."
    Unclosed = "E0102" Error; "unclosed bracket"; "log((1 + 2)"; "A bracket, brace or parenthesis has no partner."
    TooDeep = "E0103" Error; "nested too deeply"; ""; "Expressions and blocks may nest 2,000 levels deep."
    BadTarget = "E0104" Error; "cannot be assigned to"; "1 + 2 = 3"; "Only variables, elements and fields can be assigned to."
    UnknownName = "E0201" Error; "unknown name"; "log(cout)"; "No variable, function, builtin or module of that name is visible here."
    AssignToConst = "E0202" Error; "assignment to a constant"; "const K = 1\nK = 2"; "A name declared with `const` keeps its first value. Use `let` if it must change."
    DuplicateName = "E0203" Error; "name declared twice"; "fn f(a, a) { return a }"; "A parameter list, pattern or import binds the same name twice."
    OutsideLoop = "E0204" Error; "break or continue outside a loop"; "break"; "`break` and `continue` belong inside a loop of the same function."
    UnknownLabel = "E0205" Error; "unknown loop label"; "loop { break outer }"; "The label names no loop that encloses this place."
    UnknownModule = "E0207" Error; "unknown module"; "use std::nosuch"; "There is no builtin module of that name."
    UnknownMember = "E0208" Error; "unknown member of a module"; "import math\nlog(math.sqr(2))"; "The module exports no such name."
    ImportNotFound = "E0209" Error; "imported file not found"; "import \"./nowhere\""; "The path is taken relative to the importing file; `.sn` may be left out."
    ImportCycle = "E0210" Error; "files import each other"; ""; "A file cannot need itself to be ready: move what both need into a third file."
    ExportNotTop = "E0211" Error; "export below the top level"; "if true { export let x = 1 }"; "Only declarations at the top level of a file can be exported."
    TooLarge = "E0212" Error; "too large for the bytecode"; ""; "A function has more than 65,000 variables or arguments."
    ArgumentCount = "W0301" Warning; "wrong number of arguments"; "fn f(a) { return a }\nf(1, 2)"; "The call throws an error of kind `arity` when it runs."
    AssignedCondition = "W0302" Warning; "assignment as a condition"; "let x = 1\nif x = 2 { log(x) }"; "`=` assigns; `==` compares. The condition is the value that was assigned."
}

impl Diagnostic {
    /// A diagnostic without help in the first source file.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self { code, source: 0, span, message: message.into(), help: None }
    }

    /// The same with help.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
