//! Why a request failed, in words and one word.

use sentra_netlib::NetError;
use sentra_netlib::error::kind_of;
use sentra_netlib::wire::http::coding::CodingError;
use sentra_netlib::wire::http::response::ResponseError;

use crate::fault::Fault;

/// A failure of one exchange.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A kind, and what happened.
    Told(&'static str, String),
    /// Of the connection.
    Net(NetError),
    /// Of the VM.
    Fault(Box<Fault>),
}

impl Failure {
    /// What the peer sent is not what HTTP allows.
    pub fn protocol(text: impl Into<String>) -> Self {
        Self::Told("http", text.into())
    }

    /// The time is up.
    pub fn timeout(doing: &str) -> Self {
        Self::Told("timeout", format!("timed out {doing}"))
    }

    /// The connection broke.
    pub fn broken(error: &std::io::Error, doing: &str) -> Self {
        let text = error.to_string();
        let words = &text[..text.find(" (os error").unwrap_or(text.len())];
        Self::Told(kind_of(error), format!("{words} {doing}"))
    }

    /// The fault that a script sees; `context` says what was asked for.
    pub fn into_fault(self, context: &str) -> Box<Fault> {
        match self {
            Self::Told(kind, text) => Fault::new(kind, format!("{context}: {text}")),
            Self::Net(error) => Fault::new(error.kind(), format!("{context}: {error}")),
            Self::Fault(fault) => fault,
        }
    }
}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        Self::Net(error)
    }
}

impl From<Box<Fault>> for Failure {
    fn from(fault: Box<Fault>) -> Self {
        Self::Fault(fault)
    }
}

impl From<ResponseError> for Failure {
    fn from(wrong: ResponseError) -> Self {
        Self::protocol(wrong.to_string())
    }
}

impl From<CodingError> for Failure {
    fn from(wrong: CodingError) -> Self {
        let kind = if wrong == CodingError::Bomb { "too_large" } else { "http" };
        Self::Told(kind, wrong.to_string())
    }
}
