//! Faults: runtime errors that scripts can catch.

use std::rc::Rc;

use crate::heap::Marker;
use crate::value::Value;

/// What is being thrown: a value that a script threw, or a runtime error that becomes an
/// error value when something catches it.
#[derive(Debug)]
pub struct Fault {
    /// What a script threw, where it did.
    pub thrown: Option<Value>,
    /// The error's fields otherwise.
    pub error: ErrorData,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Value({:#x})", self.bits())
    }
}

/// The fields of an error value.
#[derive(Clone, Debug, Default)]
pub struct ErrorData {
    /// What happened.
    pub message: String,
    /// One word for programs, such as `type`, `range`, `timeout`.
    pub kind: String,
    /// Where, innermost call first; of a deep stack only the innermost and outermost calls.
    pub stack: Vec<TraceEntry>,
    /// More about it, in lines that a report shows below the place.
    pub detail: String,
    /// The error that led to this one.
    pub cause: Option<Value>,
    /// Whether it is a fiber's cancellation, which only `finally` and `defer` see.
    pub cancellation: bool,
}

/// A line of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceEntry {
    /// The function's name, `""` for a lambda.
    pub function: Rc<str>,
    /// The source file.
    pub file: Rc<str>,
    /// Line, 0 if unknown (stripped).
    pub line: u32,
    /// Column in bytes, from 1.
    pub column: u32,
    /// Length of the marked range in bytes.
    pub length: u32,
}

impl std::fmt::Display for TraceEntry {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let function = if self.function.is_empty() { "a lambda" } else { &*self.function };
        write!(formatter, "{function} ({}:{})", self.file, self.line)
    }
}

impl ErrorData {
    /// Bytes that it holds.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.message.len() + self.kind.len() + self.detail.len() + size_of_val(&*self.stack)
    }

    /// Marks what it refers to.
    pub fn trace(&self, marker: &mut Marker) {
        if let Some(cause) = self.cause {
            marker.mark(cause);
        }
    }
}

impl Fault {
    /// A fault of a kind.
    #[cold]
    pub fn new(kind: &str, message: impl Into<String>) -> Box<Self> {
        let error = ErrorData { message: message.into(), kind: kind.into(), ..ErrorData::default() };
        Box::new(Self { thrown: None, error })
    }

    /// A value that a script throws.
    #[cold]
    pub fn thrown(value: Value) -> Box<Self> {
        Box::new(Self { thrown: Some(value), error: ErrorData::default() })
    }

    /// Wrong type.
    #[cold]
    pub fn type_error(message: impl Into<String>) -> Box<Self> {
        Self::new("type", message)
    }

    /// A value or index out of its range.
    #[cold]
    pub fn range(message: impl Into<String>) -> Box<Self> {
        Self::new("range", message)
    }

    /// The heap's limit is reached.
    #[cold]
    pub fn memory(limit: usize) -> Box<Self> {
        Self::new("memory", format!("out of memory: the limit is {limit} bytes"))
    }

    /// The fiber is being cancelled.
    #[cold]
    pub fn cancellation() -> Box<Self> {
        let mut fault = Self::new("cancelled", "the task was cancelled");
        fault.error.cancellation = true;
        fault
    }
}
