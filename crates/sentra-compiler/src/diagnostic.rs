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
            /// Whether only the linter says it.
            pub fn is_lint(self) -> bool { self.text().starts_with("W04") }
            /// Whether it is about `sentra.toml` and what that names, and its example is such a file.
            pub fn is_about_packages(self) -> bool { self.text().starts_with("E05") }
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
    PackageSyntax = "E0501" Error; "malformed sentra.toml"; "[package\nname = \"tools\""; "`sentra.toml` and `sentra.lock` are TOML: tables headed `[name]`, lines `key = value`, strings in quotes."
    PackageField = "E0502" Error; "wrong field of sentra.toml"; "[package]\nname = \"tools\"\nversion = \"0.1\""; "`[package]` has `name` and `version`, and may have `main`, `description` and `license`. A line of `[dependencies]` is `name = { path = \"…\" }` or `name = { git = \"…\" }`, the latter with one of `tag`, `rev` and `branch`, and with `subdir` if the package is not at the repository's root."
    DependencyName = "E0503" Error; "name that no dependency can have"; "[package]\nname = \"app\"\nversion = \"0.1.0\"\n[dependencies]\nmath = { path = \"../math\" }"; "Programs import a dependency by its name, so it is an identifier, no word of the language, and none of the builtin modules."
    DependencyMissing = "E0504" Error; "dependency that cannot be had"; ""; "The folder or the repository is not there, has no `sentra.toml`, is no package that could be used, or would have to be fetched and may not be. `sentrac fetch` gets what is missing."
    PackageCycle = "E0505" Error; "packages depend on each other"; ""; "A package cannot need itself to be ready: move what both need into a third package."
    LockFile = "E0506" Error; "sentra.lock does not fit"; ""; "With `--locked`, `sentra.lock` has to name exactly the packages that are used, with the hashes that their files have. `sentrac fetch` writes it; it belongs into version control."
    HashMismatch = "E0507" Error; "files that are not those of sentra.lock"; ""; "The files of a package have another hash than `sentra.lock` says: they were changed where `sentrac` keeps them, or the repository gives something else than it did. `sentrac fetch` gets them again; `sentrac update NAME` takes what is there now, after a look at what has changed."
    ArgumentCount = "W0301" Warning; "wrong number of arguments"; "fn f(a) { return a }\nf(1, 2)"; "The call throws an error of kind `arity` when it runs."
    AssignedCondition = "W0302" Warning; "assignment as a condition"; "let x = 1\nif x = 2 { log(x) }"; "`=` assigns; `==` compares. The condition is the value that was assigned."
    UnusedName = "W0401" Warning; "unused name"; "fn twice(n) {\n    let result = n * 2\n    return n * 2\n}\nlog(twice(21))"; "A variable or function is declared and nothing uses it: it is left over, or something else is used in its place. A name that begins with `_` says that it is meant so."
    UnusedImport = "W0402" Warning; "unused import"; "import math\nlog(1)"; "What is imported is never used. Take it out of the import."
    Unreachable = "W0403" Warning; "unreachable code"; "fn f() {\n    return 1\n    log(\"never\")\n}\nf()"; "The statement before it always leaves, by `return`, `throw`, `break` or `continue`."
    ShadowedBuiltin = "W0404" Warning; "builtin hidden by a name"; "fn len(x) { return 0 }\nlog(len([1]))"; "A function has the name of a builtin, or a variable has the name of one that the same file uses elsewhere: which of the two is meant depends on where it stands."
    LeakedSocket = "W0405" Warning; "socket never closed"; "fn banner(host) {\n    let socket = socket_create(\"TCP\", host, 22)\n    return socket_receive_line(socket)\n}\nlog(banner(\"localhost\"))"; "A function opens a socket, only reads, writes or asks it, and nobody else can close it. `defer socket_close(s)` closes it however the function ends."
    NeverTrue = "W0406" Warning; "comparison that is never true"; "let x = args()\nif type(x) == \"list\" { log(x) }"; "Whatever the variables hold, it is false: the two sides are of different types, or the conditions contradict each other."
    SecretCompared = "W0407" Warning; "secret compared with =="; "fn allowed(token, expected) { return token == expected }\nlog(allowed(\"a\", \"b\"))"; "`==` stops at the first byte that differs, so the time that it takes tells an attacker how much of a guess is right. `constant_time_eq(a, b)` takes the same time whatever they are."
    VerificationOff = "W0408" Warning; "TLS verification switched off"; "log(http_get(\"https://example.com/\", {verify: false}))"; "Without verification the connection is encrypted, but with whoever answers. Trust an authority of your own with `ca`, or allow it where certificates themselves are what is looked at."
    UnescapedRequest = "W0409" Warning; "request built from unescaped input"; "fn look_up(req) {\n    return http_get(f\"http://backend/find?name={req.query.name}\")\n}\nlog(look_up({query: {name: \"x\"}}))"; "What somebody else has sent goes into a URL as it came, so it can add parameters, leave the path, or name another host. `url_encode(…)` keeps it one part of the URL."
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
