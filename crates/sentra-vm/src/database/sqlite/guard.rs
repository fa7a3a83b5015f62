//! What statements of a script may not do: reach other files, load code, change how a connection works.
//!
//! SQLite asks the guard about everything that a statement would do, when it is prepared.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// Settings that can be read and set by anyone: they belong to the file.
const FREE: [&str; 3] = ["application_id", "user_version", "schema_version"];
/// Questions, some of them with an argument.
const QUESTIONS: [&str; 16] = [
    "collation_list",
    "compile_options",
    "data_version",
    "database_list",
    "foreign_key_check",
    "foreign_key_list",
    "freelist_count",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
];
/// Settings that can only be read.
const READ_ONLY: [&str; 10] = [
    "auto_vacuum",
    "busy_timeout",
    "cache_size",
    "encoding",
    "foreign_keys",
    "journal_mode",
    "page_count",
    "page_size",
    "synchronous",
    "query_only",
];

/// The guard of one connection.
#[derive(Default)]
pub(super) struct Guard {
    /// Whether a statement of our own is being prepared.
    off_duty: AtomicBool,
    refusal: Mutex<Option<String>>,
}

impl Guard {
    /// What a connection asks.
    pub fn duty(self: &Arc<Self>) -> impl FnMut(AuthContext<'_>) -> Authorization + Send + 'static + use<> {
        let guard = Arc::clone(self);
        move |context| guard.judge(&context.action)
    }

    /// Runs what is our own.
    pub fn without<R>(&self, run: impl FnOnce() -> R) -> R {
        self.off_duty.store(true, Ordering::Relaxed);
        let result = run();
        self.off_duty.store(false, Ordering::Relaxed);
        result
    }

    /// Why the last statement was refused.
    pub fn take_refusal(&self) -> Option<String> {
        self.refusal.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn judge(&self, action: &AuthAction<'_>) -> Authorization {
        if self.off_duty.load(Ordering::Relaxed) {
            return Authorization::Allow;
        }
        let Some(refusal) = refusal(action) else { return Authorization::Allow };
        *self.refusal.lock().unwrap_or_else(PoisonError::into_inner) = Some(refusal);
        Authorization::Deny
    }
}

/// Why an action is refused, if it is.
fn refusal(action: &AuthAction<'_>) -> Option<String> {
    match action {
        AuthAction::Attach { filename } => {
            Some(format!("a statement may not open another file (\"{}\")", filename.escape_debug()))
        }
        AuthAction::Detach { .. } => Some("a statement may not close a database".into()),
        AuthAction::Transaction { .. } | AuthAction::Savepoint { .. } => {
            Some("transactions are begun and ended by `transaction(f)`, not by statements".into())
        }
        AuthAction::Pragma { pragma_name, pragma_value } => {
            let name = pragma_name.to_ascii_lowercase();
            let fine = FREE.contains(&&*name)
                || QUESTIONS.contains(&&*name)
                || pragma_value.is_none() && READ_ONLY.contains(&&*name);
            (!fine).then(|| format!("a statement may not use `PRAGMA {}` so", name.escape_debug()))
        }
        AuthAction::Function { function_name } => {
            let name = function_name.to_ascii_lowercase();
            let refused = matches!(&*name, "load_extension" | "fts3_tokenizer");
            refused.then(|| format!("a statement may not use the function `{name}`"))
        }
        AuthAction::CreateTempTable { .. }
        | AuthAction::CreateTempView { .. }
        | AuthAction::CreateTempTrigger { .. }
        | AuthAction::CreateTempIndex { .. } => {
            Some("what is temporary belongs to one connection, and a database has several".into())
        }
        AuthAction::Unknown { code, .. } => Some(format!("a statement may not do this (action {code})")),
        _ => None,
    }
}
