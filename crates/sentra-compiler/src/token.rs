//! Tokens: what the lexer cuts the source into, and what layout makes of them.
//! A token owns no text; its span points into the source.

use logos::Logos;

use crate::lex::{Notes, scan};
use crate::span::Span;

/// A token with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

impl Token {
    /// The token's bytes.
    pub fn text(self, source: &[u8]) -> &[u8] {
        source.get(self.span.start as usize..self.span.end as usize).unwrap_or_default()
    }
}

/// The kinds of tokens. The patterns of the ordinary ones stand here; the lexer itself makes the
/// pieces of f-strings, layout makes the last group.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[logos(utf8 = false, extras = Notes)]
#[allow(missing_docs)] // Each is named by its pattern.
pub enum TokenKind {
    #[regex(r"[ \t\r\x0C]+")]
    #[token(b"\xEF\xBB\xBF")]
    Space,
    #[token("\n")]
    Newline,
    #[token("//", scan::line_comment)]
    #[token("#", scan::line_comment)]
    #[token("/*", scan::block_comment)]
    Comment,
    /// Bytes that start no token; their diagnostic has been made.
    Invalid,

    #[regex("[A-Za-z_][A-Za-z0-9_]*")]
    Name,
    #[regex("[0-9]", scan::number)]
    Number,
    #[token("\"", scan::string)]
    #[token("'", scan::string)]
    String,
    #[token("`", scan::raw_string)]
    RawString,
    #[token("f\"")]
    #[token("f'")]
    FormatStart,
    FormatText,
    FormatOpen,
    FormatSpec,
    FormatClose,
    FormatEnd,

    #[token("and")]
    And,
    #[token("break")]
    Break,
    #[token("catch")]
    Catch,
    #[token("const")]
    Const,
    #[token("continue")]
    Continue,
    #[token("defer")]
    Defer,
    #[token("else")]
    Else,
    #[token("export")]
    Export,
    #[token("false")]
    False,
    #[token("finally")]
    Finally,
    #[token("fn")]
    Fn,
    #[token("for")]
    For,
    #[token("if")]
    If,
    #[token("import")]
    Import,
    #[token("in")]
    In,
    #[token("let")]
    Let,
    #[token("loop")]
    Loop,
    #[token("match")]
    Match,
    #[token("nil")]
    #[token("null")]
    Nil,
    #[token("not")]
    Not,
    #[token("or")]
    Or,
    #[token("return")]
    Return,
    #[token("spawn")]
    Spawn,
    #[token("throw")]
    Throw,
    #[token("true")]
    True,
    #[token("try")]
    Try,
    #[token("var")]
    Var,
    #[token("while")]
    While,

    #[token("(")]
    LeftParen,
    #[token(")")]
    RightParen,
    #[token("[")]
    LeftSquare,
    #[token("]")]
    RightSquare,
    #[token("{")]
    LeftBrace,
    #[token("}")]
    RightBrace,
    #[token(",")]
    Comma,
    #[token(";")]
    Semicolon,
    #[token(":")]
    Colon,
    #[token("::")]
    ColonColon,
    #[token(".")]
    Dot,
    #[token("?.")]
    QuestionDot,
    #[token("..")]
    DotDot,
    #[token("..=")]
    DotDotEqual,
    #[token("...")]
    Ellipsis,
    #[token("?")]
    Question,
    #[token("??")]
    Coalesce,
    #[token("=>")]
    Arrow,
    #[token("<-")]
    LeftArrow,
    #[token("=")]
    Equal,
    #[token("+=")]
    PlusEqual,
    #[token("-=")]
    MinusEqual,
    #[token("*=")]
    StarEqual,
    #[token("/=")]
    SlashEqual,
    #[token("%=")]
    PercentEqual,
    #[token("??=")]
    CoalesceEqual,
    #[token("==")]
    EqualEqual,
    #[token("!=")]
    BangEqual,
    #[token("<")]
    Less,
    #[token("<=")]
    LessEqual,
    #[token(">")]
    Greater,
    #[token(">=")]
    GreaterEqual,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("&")]
    Ampersand,
    #[token("&&")]
    AndAnd,
    #[token("|")]
    Pipe,
    #[token("||")]
    OrOr,
    #[token("^")]
    Caret,
    #[token("~")]
    Tilde,
    #[token("<<")]
    ShiftLeft,
    #[token(">>")]
    ShiftRight,
    #[token("!")]
    Bang,

    /// The end of a statement: a newline that counts, or `;`.
    Terminator,
    /// `{` of a block.
    BlockOpen,
    /// `{` of a `match`.
    MatchOpen,
    /// `{` of a `select`.
    SelectOpen,
    /// `}` of a block, `match` or `select`.
    BlockClose,
    /// `{` of a map, map pattern or import list.
    MapOpen,
    /// Its `}`.
    MapClose,
    /// `|` beside a lambda's parameters.
    Bar,
    /// `||` before the body of a lambda without parameters.
    Bars,
    /// The words that are keywords only in their place.
    As,
    Case,
    Default,
    From,
    Select,
    Use,

    /// A finished block, as its enclosing statement sees it.
    Block,
    /// The finished arms of a `match`.
    MatchBody,
    /// The finished arms of a `select`.
    SelectBody,
    /// Before a statement.
    StatementMark,
    /// Before the arms of a `match`.
    ArmsMark,
}

/// The reserved words.
pub const KEYWORDS: &[&str] = &[
    "and", "break", "catch", "const", "continue", "defer", "else", "export", "false", "finally", "fn", "for", "if",
    "import", "in", "let", "loop", "match", "nil", "not", "null", "or", "return", "spawn", "throw", "true", "try",
    "var", "while",
];

/// The words that are keywords only in their place, and names elsewhere.
pub const WORDS_IN_PLACE: &[&str] = &["as", "async", "case", "default", "from", "go", "select", "use"];
