//! What is wrong with documents: what the compiler says and, of what compiles, the linter.

use std::collections::BTreeMap;
use std::rc::Rc;

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag, Location,
    NumberOrString, PublishDiagnosticsParams, Range,
};
use sentra_compiler::compile;
use sentra_compiler::diagnostic::{self, Code, Severity};
use sentra_compiler::lint::lint_tree;
use sentra_compiler::load::SourceText;
use sentra_compiler::span::Span;

use crate::analysis::Analysis;
use crate::analysis::lines::Text;
use crate::analysis::names::Target;
use crate::documents::{Documents, OpenLoader};

/// At most so many places of another file are named by one message.
const MOST_RELATED: usize = 10;

/// A message about a document.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its kind.
    pub code: Code,
    /// The marked place.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What may be done about it.
    pub help: Option<String>,
    /// Places that have to do with it, by path, and what is there.
    related: Vec<(String, Range, String)>,
}

/// Checks a document that has changed and gives what to report of it.
pub(crate) fn next(documents: &mut Documents) -> Option<PublishDiagnosticsParams> {
    let path = documents.all().find(|document| document.stale)?.path.clone();
    let (found, reads) = check(documents, &path)?;
    let document = documents.at_mut(&path)?;
    document.stale = false;
    document.found = Rc::new(found);
    document.reads = reads;
    let document = documents.at(&path)?;
    let diagnostics = document.found.iter().map(|found| shown(documents, document.text(), found)).collect();
    Some(PublishDiagnosticsParams { uri: document.uri.clone(), diagnostics, version: Some(document.version) })
}

/// What is wrong with a document, and the files that it is made of.
fn check(documents: &Documents, path: &str) -> Option<(Vec<Found>, Vec<String>)> {
    let document = documents.at(path)?;
    let text = document.text().source.as_bytes();
    let mut loader = OpenLoader(documents);
    let analysis = document.analysis();
    let parsed = (&analysis.ast, analysis.mistakes.clone());
    let (mut diagnostics, sources) = compile::check(path, text, parsed, &mut loader);
    if diagnostics.iter().all(|diagnostic| diagnostic.code.severity() == Severity::Warning) {
        diagnostics = lint_tree(text, &analysis.ast, &diagnostics);
    }
    let own = diagnostics.iter().filter(|diagnostic| diagnostic.source == 0);
    let mut found: Vec<Found> = own.map(|diagnostic| own_message(&analysis, path, diagnostic)).collect();
    found.extend(elsewhere(documents, &analysis, path, &diagnostics, &sources));
    let reads = sources.into_iter().skip(1).map(|source| source.path);
    // A file that could not be had may come.
    let missing = analysis.names.imports.iter().map(|(written, _)| documents.imported(written, path));
    let mut reads: Vec<String> = reads.chain(missing).collect();
    reads.sort_unstable();
    reads.dedup();
    Some((found, reads))
}

fn own_message(analysis: &Analysis, path: &str, diagnostic: &diagnostic::Diagnostic) -> Found {
    let related = declared(analysis, diagnostic).map(|span| {
        let message = format!("`{}` is declared here", analysis.slice(span));
        (path.to_owned(), analysis.text.range(span), message)
    });
    Found {
        code: diagnostic.code,
        span: diagnostic.span,
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        related: related.into_iter().collect(),
    }
}

/// Where the name is declared that a message is about, if that is another place.
fn declared(analysis: &Analysis, diagnostic: &diagnostic::Diagnostic) -> Option<Span> {
    let names = &analysis.names;
    let occurrence = names.at(diagnostic.span.start)?;
    let Target::Declaration(id) = occurrence.target else { return None };
    let declaration = &names.declarations[id];
    let span = match diagnostic.code {
        Code::AssignToConst | Code::ArgumentCount => declaration.span,
        Code::DuplicateName => {
            let same = names.scopes[declaration.scope].names.get(&declaration.name)?;
            names.declarations[*same.first()?].span
        }
        _ => return None,
    };
    (span != occurrence.span).then_some(span)
}

/// One message at the import of each file that has errors.
fn elsewhere(
    documents: &Documents,
    analysis: &Analysis,
    path: &str,
    diagnostics: &[diagnostic::Diagnostic],
    sources: &[SourceText],
) -> Vec<Found> {
    let mut files: BTreeMap<u32, Vec<&diagnostic::Diagnostic>> = BTreeMap::new();
    let is_error = |diagnostic: &&diagnostic::Diagnostic| diagnostic.code.severity() == Severity::Error;
    for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.source != 0).filter(is_error) {
        files.entry(diagnostic.source).or_default().push(diagnostic);
    }
    let message = |(source, mistakes): (u32, Vec<&diagnostic::Diagnostic>)| {
        let file = sources.get(source as usize)?;
        let imports = &analysis.names.imports;
        let import = imports.iter().find(|(written, _)| documents.imported(written, path) == file.path);
        let text = Text::new(String::from_utf8_lossy(&file.text).into_owned(), documents.encoding);
        let related = mistakes.iter().take(MOST_RELATED);
        let related = related.map(|other| (file.path.clone(), text.range(other.span), other.message.clone()));
        Some(Found {
            code: mistakes[0].code,
            span: import.or(imports.first())?.1,
            message: format!("`{}` has errors: {}", file.path, mistakes[0].message),
            help: None,
            related: related.collect(),
        })
    };
    files.into_iter().filter_map(message).collect()
}

/// A message as the client shows it.
pub(crate) fn shown(documents: &Documents, text: &Text, found: &Found) -> Diagnostic {
    let related = found.related.iter().filter_map(|(path, range, message)| {
        let location = Location { uri: documents.uri(path)?, range: *range };
        Some(DiagnosticRelatedInformation { location, message: message.clone() })
    });
    let related: Vec<_> = related.collect();
    let unnecessary = matches!(found.code, Code::UnusedName | Code::UnusedImport | Code::Unreachable);
    let href = documents.explanations.as_ref().and_then(|page| page.replace("{code}", found.code.text()).parse().ok());
    Diagnostic {
        range: text.range(found.span),
        severity: Some(match found.code.severity() {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(found.code.text().to_owned())),
        code_description: href.map(|href| CodeDescription { href }),
        source: Some("sentra".to_owned()),
        message: match &found.help {
            Some(help) => format!("{}\nhelp: {help}", found.message),
            None => found.message.clone(),
        },
        related_information: (!related.is_empty()).then_some(related),
        tags: unnecessary.then(|| vec![DiagnosticTag::UNNECESSARY]),
        data: None,
    }
}
