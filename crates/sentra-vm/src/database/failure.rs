//! Why a database did not do something.

use crate::fault::Fault;

/// A kind that programs can tell apart, and what people are told.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub kind: &'static str,
    pub message: String,
}

impl Failure {
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// The database was closed.
    pub fn closed() -> Self {
        Self::new("closed", "the database is closed")
    }

    /// The transaction is over.
    pub fn ended() -> Self {
        Self::new("closed", "the transaction has ended")
    }

    /// A table that there is not.
    pub fn no_table(table: &str) -> Self {
        Self::new("schema", format!("there is no table \"{}\"", table.escape_debug()))
    }

    /// A column that a table has not; the nearest that it has is told.
    pub fn no_column<'a>(table: &str, column: &str, columns: impl Iterator<Item = &'a str>) -> Self {
        let hint = crate::builtins::nearest(column, columns).map(|near| format!("; did you mean \"{near}\"?"));
        let (table, column) = (table.escape_debug(), column.escape_debug());
        Self::new("schema", format!("the table \"{table}\" has no column \"{column}\"{}", hint.unwrap_or_default()))
    }

    /// Results or values beyond the memory that is left.
    pub fn memory() -> Self {
        Self::new("memory", "the result is larger than the memory that is left")
    }

    /// Another number of parameters than the statement has.
    pub fn wrong_count(wanted: usize, given: usize) -> Self {
        let plural = if wanted == 1 { "parameter" } else { "parameters" };
        Self::new("range", format!("the statement has {wanted} {plural}, got {given}"))
    }
}

impl From<Failure> for Box<Fault> {
    fn from(failure: Failure) -> Self {
        Fault::new(failure.kind, failure.message)
    }
}
