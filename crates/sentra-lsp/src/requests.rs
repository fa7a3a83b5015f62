//! The requests as a table: each method with the function that answers it from the analysis of a document.

mod actions;
mod completion;
mod describe;
mod folding;
mod formatting;
mod hints;
mod hover;
mod navigation;
mod rename;
pub(crate) mod semantic;
mod signature;
mod symbols;

use std::rc::Rc;

use lsp_server::ErrorCode;
use lsp_types::notification::{DidChangeTextDocument, DidCloseTextDocument, DidOpenTextDocument, Notification};
use lsp_types::notification::{DidChangeWatchedFiles, DidChangeWorkspaceFolders};
use lsp_types::request::{self, Request};
use lsp_types::{TextDocumentPositionParams, Uri};
use serde_json::Value;

use crate::analysis::Analysis;
use crate::documents::Documents;

/// Why a request is not answered.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub code: ErrorCode,
    pub message: String,
}

impl Refusal {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub fn parameters(error: serde_json::Error) -> Self {
        Self::new(ErrorCode::InvalidParams, error.to_string())
    }

    /// A request that was understood and cannot be done.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::RequestFailed, message)
    }
}

type Answer = fn(&mut Documents, Value) -> Result<Value, Refusal>;

macro_rules! table {
    ($($request:ident => $answer:path,)*) => {
        const REQUESTS: &[(&str, Answer)] = &[$((request::$request::METHOD, |documents, params| {
            let params = serde_json::from_value(params).map_err(Refusal::parameters)?;
            let result: <request::$request as Request>::Result = $answer(documents, params)?;
            serde_json::to_value(result).map_err(Refusal::parameters)
        })),*];
    };
}

table! {
    Completion => completion::complete,
    ResolveCompletionItem => completion::resolve,
    HoverRequest => hover::hover,
    SignatureHelpRequest => signature::help,
    GotoDefinition => navigation::definition,
    References => navigation::references,
    DocumentHighlightRequest => navigation::highlight,
    PrepareRenameRequest => rename::prepare,
    Rename => rename::rename,
    DocumentSymbolRequest => symbols::of_document,
    WorkspaceSymbolRequest => symbols::of_workspace,
    Formatting => formatting::format,
    SemanticTokensFullRequest => semantic::full,
    SemanticTokensRangeRequest => semantic::range,
    InlayHintRequest => hints::hints,
    FoldingRangeRequest => folding::fold,
    CodeActionRequest => actions::actions,
}

/// Answers a request.
pub(crate) fn answer(documents: &mut Documents, method: &str, params: Value) -> Result<Value, Refusal> {
    match REQUESTS.iter().find(|(name, _)| *name == method) {
        Some((_, answer)) => answer(documents, params),
        None => Err(Refusal::new(ErrorCode::MethodNotFound, format!("there is no method `{method}` here"))),
    }
}

/// Takes what the client says of itself.
pub(crate) fn notice(documents: &mut Documents, method: &str, params: Value) -> Result<(), Refusal> {
    match method {
        DidOpenTextDocument::METHOD => {
            let opened = read::<DidOpenTextDocument>(params)?.text_document;
            documents.open(opened.uri, opened.version, opened.text);
        }
        DidChangeTextDocument::METHOD => {
            let changed = read::<DidChangeTextDocument>(params)?;
            documents.change(&changed.text_document.uri, changed.text_document.version, changed.content_changes);
        }
        DidCloseTextDocument::METHOD => documents.close(&read::<DidCloseTextDocument>(params)?.text_document.uri),
        DidChangeWatchedFiles::METHOD => {
            for change in read::<DidChangeWatchedFiles>(params)?.changes {
                documents.spread(&crate::uri::path_of(change.uri.as_str()));
            }
        }
        DidChangeWorkspaceFolders::METHOD => {
            let event = read::<DidChangeWorkspaceFolders>(params)?.event;
            let path = |uri: &Uri| std::path::PathBuf::from(crate::uri::path_of(uri.as_str()));
            documents.folders.retain(|folder| !event.removed.iter().any(|gone| path(&gone.uri) == *folder));
            documents.folders.extend(event.added.iter().map(|added| path(&added.uri)));
        }
        // What the protocol adds may be passed over.
        _ => {}
    }
    Ok(())
}

fn read<N: Notification>(params: Value) -> Result<N::Params, Refusal> {
    serde_json::from_value(params).map_err(Refusal::parameters)
}

/// The analysis of an open document, and its path.
fn opened(documents: &Documents, uri: &Uri) -> Result<(Rc<Analysis>, String), Refusal> {
    let document = documents.get(uri);
    let document = document
        .ok_or_else(|| Refusal::new(ErrorCode::InvalidParams, format!("the document {} is not open", uri.as_str())))?;
    Ok((document.analysis(), document.path.clone()))
}

/// The same, and the byte at a position in it.
fn place(documents: &Documents, place: &TextDocumentPositionParams) -> Result<(Rc<Analysis>, String, u32), Refusal> {
    let (analysis, path) = opened(documents, &place.text_document.uri)?;
    let offset = analysis.text.offset(place.position);
    Ok((analysis, path, offset))
}

/// Whether the letters of a query come in a name in their order.
fn is_like(name: &str, query: &str) -> bool {
    let mut letters = name.chars();
    query.chars().all(|wanted| letters.any(|letter| letter == wanted))
}
