//! SQLite's errors in the words of this program.

use rusqlite::ErrorCode;
use rusqlite::ffi;

use super::guard::Guard;
use crate::database::failure::Failure;

/// The failure that an error stands for.
pub(super) fn failure(error: rusqlite::Error, guard: &Guard) -> Failure {
    match error {
        rusqlite::Error::SqliteFailure(error, message) => told(error, message, guard),
        rusqlite::Error::SqlInputError { error, msg, offset, .. } => {
            let mut failure = told(error, Some(msg), guard);
            if failure.kind == "syntax" && offset >= 0 {
                failure.message = format!("{} (at byte {offset})", failure.message);
            }
            failure
        }
        rusqlite::Error::MultipleStatement => {
            Failure::new("syntax", "there is more than one statement; they have to be given one by one")
        }
        rusqlite::Error::NulError(_) => Failure::new("syntax", "a statement may not contain the character NUL"),
        other => Failure::new("sql", other.to_string()),
    }
}

fn told(error: ffi::Error, message: Option<String>, guard: &Guard) -> Failure {
    let message = message.unwrap_or_else(|| error.to_string());
    if message.starts_with("not authorized") {
        return Failure::new("permission", guard.take_refusal().unwrap_or(message));
    }
    let kind = match error.code {
        ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch => "constraint",
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => "busy",
        ErrorCode::ReadOnly => "readonly",
        ErrorCode::DiskFull => "full",
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => "corrupt",
        ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => "io",
        ErrorCode::OutOfMemory => "memory",
        ErrorCode::TooBig => "range",
        ErrorCode::OperationInterrupted => "interrupted",
        ErrorCode::AuthorizationForStatementDenied => "permission",
        _ => of_message(&message),
    };
    Failure::new(kind, message)
}

/// Most of what is wrong with a statement has one code, and only the message tells what it is.
fn of_message(message: &str) -> &'static str {
    let has = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
    if has(&["syntax error", "incomplete input", "unrecognized token", "parser stack overflow", "Recursion limit"]) {
        "syntax"
    } else if has(&["no such ", "has no column", "already exists", "ambiguous column"]) {
        "schema"
    } else {
        "sql"
    }
}
