//! What each word of a document is, for colours: the lexer's tokens, and for names what they stand for.

use lsp_types::{
    SemanticToken, SemanticTokenModifier, SemanticTokenType, SemanticTokens, SemanticTokensLegend,
    SemanticTokensParams, SemanticTokensRangeParams, SemanticTokensRangeResult, SemanticTokensResult,
};
use sentra_compiler::layout::is_keyword;
use sentra_compiler::span::Span;
use sentra_compiler::token::{Token, TokenKind};

use super::{Refusal, opened};
use crate::analysis::Analysis;
use crate::analysis::names::{Id, Import, Kind, Occurrence, Target};
use crate::documents::Documents;

const NAMESPACE: u32 = 0;
const FUNCTION: u32 = 1;
const VARIABLE: u32 = 2;
const PARAMETER: u32 = 3;
const PROPERTY: u32 = 4;
const KEYWORD: u32 = 5;
const STRING: u32 = 6;
const NUMBER: u32 = 7;
const COMMENT: u32 = 8;

const DECLARATION: u32 = 1;
const READONLY: u32 = 2;
const DEFAULT_LIBRARY: u32 = 4;

/// What the numbers above mean to the client.
pub(crate) fn legend() -> SemanticTokensLegend {
    SemanticTokensLegend {
        token_types: vec![
            SemanticTokenType::NAMESPACE,
            SemanticTokenType::FUNCTION,
            SemanticTokenType::VARIABLE,
            SemanticTokenType::PARAMETER,
            SemanticTokenType::PROPERTY,
            SemanticTokenType::KEYWORD,
            SemanticTokenType::STRING,
            SemanticTokenType::NUMBER,
            SemanticTokenType::COMMENT,
        ],
        token_modifiers: vec![
            SemanticTokenModifier::DECLARATION,
            SemanticTokenModifier::READONLY,
            SemanticTokenModifier::DEFAULT_LIBRARY,
        ],
    }
}

pub(super) fn full(
    documents: &mut Documents,
    params: SemanticTokensParams,
) -> Result<Option<SemanticTokensResult>, Refusal> {
    let (analysis, _) = opened(documents, &params.text_document.uri)?;
    Ok(Some(SemanticTokensResult::Tokens(tokens(&analysis, Span::new(0, u32::MAX)))))
}

pub(super) fn range(
    documents: &mut Documents,
    params: SemanticTokensRangeParams,
) -> Result<Option<SemanticTokensRangeResult>, Refusal> {
    let (analysis, _) = opened(documents, &params.text_document.uri)?;
    let wanted = analysis.text.span(params.range);
    Ok(Some(SemanticTokensRangeResult::Tokens(tokens(&analysis, wanted))))
}

fn tokens(analysis: &Analysis, wanted: Span) -> SemanticTokens {
    let mut writer = Writer { analysis, data: Vec::new(), line: 0, start: 0 };
    let first = analysis.tokens.partition_point(|token| token.span.end < wanted.start);
    for token in analysis.tokens[first..].iter().take_while(|token| token.span.start <= wanted.end) {
        if let Some((kind, modifiers)) = colour(analysis, token) {
            writer.token(token.span, kind, modifiers);
        }
    }
    SemanticTokens { result_id: None, data: writer.data }
}

fn colour(analysis: &Analysis, token: &Token) -> Option<(u32, u32)> {
    use TokenKind as T;
    match token.kind {
        T::Comment => Some((COMMENT, 0)),
        T::Number => Some((NUMBER, 0)),
        T::String | T::RawString | T::FormatStart | T::FormatText | T::FormatEnd => Some((STRING, 0)),
        kind if kind == T::Name || is_keyword(kind) => {
            // Layout knows which words are keywords, and which keywords are names.
            let word = laid_out(analysis, token).unwrap_or(kind);
            if is_keyword(word) || matches!(word, T::As | T::Case | T::Default | T::From | T::Select | T::Use) {
                return Some((KEYWORD, 0));
            }
            let occurrence = analysis.names.at(token.span.start).filter(|other| other.span == token.span);
            occurrence.and_then(|occurrence| of_name(analysis, occurrence))
        }
        _ => None,
    }
}

/// What layout has made of a token.
fn laid_out(analysis: &Analysis, token: &Token) -> Option<TokenKind> {
    let first = analysis.words.partition_point(|word| word.span.start < token.span.start);
    let here = analysis.words[first..].iter().take_while(|word| word.span.start == token.span.start);
    here.into_iter().find(|word| word.span == token.span).map(|word| word.kind)
}

fn of_name(analysis: &Analysis, occurrence: &Occurrence) -> Option<(u32, u32)> {
    let declares = if occurrence.declares { DECLARATION } else { 0 };
    Some(match &occurrence.target {
        Target::Declaration(id) => {
            let (kind, modifiers) = of_declaration(analysis, *id);
            (kind, modifiers | declares)
        }
        Target::Builtin(_) => (FUNCTION, DEFAULT_LIBRARY),
        Target::Module(_) => (NAMESPACE, DEFAULT_LIBRARY),
        Target::Member { .. } => (FUNCTION, 0),
        Target::Field => (PROPERTY, 0),
        Target::Unknown => return None,
    })
}

fn of_declaration(analysis: &Analysis, id: Id) -> (u32, u32) {
    let declaration = &analysis.names.declarations[id];
    match (&declaration.import, declaration.kind) {
        (Some(Import::Module(_)), _) => (NAMESPACE, DEFAULT_LIBRARY),
        (Some(Import::Builtin(_)), _) => (FUNCTION, DEFAULT_LIBRARY),
        (Some(Import::File(_)), _) => (NAMESPACE, 0),
        (Some(Import::Member { .. }), _) => (FUNCTION, 0),
        (None, Kind::Parameter) => (PARAMETER, 0),
        (None, Kind::Const) => (VARIABLE, READONLY),
        (None, _) if declaration.signature.is_some() => (FUNCTION, 0),
        (None, _) => (VARIABLE, 0),
    }
}

/// Writes tokens as the protocol wants them: each relative to the one before, none longer than a line.
struct Writer<'a> {
    analysis: &'a Analysis,
    data: Vec<SemanticToken>,
    line: u32,
    start: u32,
}

impl Writer<'_> {
    fn token(&mut self, span: Span, kind: u32, modifiers: u32) {
        let text = &self.analysis.text;
        for line in text.line(span.start)..=text.line(span.end.saturating_sub(1).max(span.start)) {
            let whole = text.line_span(line);
            let part = Span::new(span.start.max(whole.start), span.end.min(whole.end));
            if part.start < part.end {
                self.part(line, part, kind, modifiers);
            }
        }
    }

    fn part(&mut self, line: u32, part: Span, kind: u32, modifiers: u32) {
        let text = &self.analysis.text;
        let start = text.position(part.start).character;
        let delta_line = line - self.line;
        self.data.push(SemanticToken {
            delta_line,
            delta_start: if delta_line == 0 { start - self.start } else { start },
            length: text.length(text.slice(part)),
            token_type: kind,
            token_modifiers_bitset: modifiers,
        });
        (self.line, self.start) = (line, start);
    }
}
