//! The first request: what the client can do decides how positions are counted, and the answer says
//! what the server can.

use lsp_types::*;
use serde_json::Value;

use crate::analysis::lines::Encoding;
use crate::documents::Documents;
use crate::requests::{Refusal, semantic};

/// Takes what the client says of itself.
pub(super) fn initialize(documents: &mut Documents, params: Value) -> Result<Value, Refusal> {
    let params: InitializeParams = serde_json::from_value(params).map_err(Refusal::parameters)?;
    let general = params.capabilities.general.unwrap_or_default();
    let offered = general.position_encodings.unwrap_or_default();
    if offered.contains(&PositionEncodingKind::UTF8) {
        documents.encoding = Encoding::Utf8;
    }
    let edits = params.capabilities.workspace.and_then(|workspace| workspace.workspace_edit);
    documents.versioned_edits = edits.and_then(|edits| edits.document_changes).unwrap_or(false);
    let options = params.initialization_options.unwrap_or_default();
    documents.explanations = options.get("explanations").and_then(Value::as_str).map(str::to_owned);
    #[allow(deprecated)] // Older clients name one folder.
    let root = params.root_uri.into_iter().collect::<Vec<_>>();
    let folders = params.workspace_folders.unwrap_or_default().into_iter().map(|folder| folder.uri).collect::<Vec<_>>();
    let folders = if folders.is_empty() { root } else { folders };
    documents.folders = folders.iter().map(|uri| crate::uri::path_of(uri.as_str()).into()).collect();
    let info = ServerInfo { name: "sentra-lsp".to_owned(), version: Some(env!("CARGO_PKG_VERSION").to_owned()) };
    let result = InitializeResult { capabilities: capabilities(documents.encoding), server_info: Some(info) };
    serde_json::to_value(result).map_err(Refusal::parameters)
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    let words = |words: &[&str]| Some(words.iter().map(|word| (*word).to_owned()).collect());
    ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            ..TextDocumentSyncOptions::default()
        })),
        completion_provider: Some(CompletionOptions {
            trigger_characters: words(&[".", ":", "\"", "/"]),
            resolve_provider: Some(true),
            ..CompletionOptions::default()
        }),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: words(&["(", ","]),
            ..SignatureHelpOptions::default()
        }),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        workspace_symbol_provider: Some(OneOf::Left(true)),
        document_formatting_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: WorkDoneProgressOptions::default(),
        })),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        inlay_hint_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        semantic_tokens_provider: Some(SemanticTokensServerCapabilities::SemanticTokensOptions(
            SemanticTokensOptions {
                legend: semantic::legend(),
                range: Some(true),
                full: Some(SemanticTokensFullOptions::Bool(true)),
                ..SemanticTokensOptions::default()
            },
        )),
        ..ServerCapabilities::default()
    }
}
