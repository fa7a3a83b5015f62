//! Why an embedding program's request failed.

use std::fmt;

use sentra_compiler::diagnostic::Diagnostic;

/// Why source text or a call gave no value.
#[derive(Clone, Debug)]
pub enum Error {
    /// The source does not compile.
    Compile {
        /// What is wrong with it.
        diagnostics: Vec<Diagnostic>,
        /// The same as people read it, with source lines.
        report: String,
    },
    /// An error that the script did not catch.
    Fault {
        /// What happened.
        message: String,
        /// One word for programs, such as `type`, `range`, `timeout`; empty for thrown values.
        kind: String,
        /// The same as people read it, with source line and trace.
        report: String,
    },
    /// The script called `exit` with this status, or a signal ended it.
    Exit(i32),
    /// The program cannot be read or linked.
    Unusable(String),
}

impl Error {
    /// The error as people read it, in one or more lines.
    pub fn report(&self) -> String {
        match self {
            Self::Compile { report, .. } | Self::Fault { report, .. } => report.clone(),
            Self::Exit(_) | Self::Unusable(_) => format!("error: {self}\n"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compile { diagnostics, .. } => match diagnostics.first() {
                Some(first) => write!(f, "{}", first.message),
                None => write!(f, "the source does not compile"),
            },
            Self::Fault { message, .. } => write!(f, "{message}"),
            Self::Exit(status) => write!(f, "the program ended with status {status}"),
            Self::Unusable(message) => write!(f, "{message}"),
        }
    }
}

impl std::error::Error for Error {}
