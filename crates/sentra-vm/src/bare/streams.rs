//! There is no process with streams of its own: output that goes nowhere else is lost.

use std::io;

use super::Output;

impl Output {
    /// Nowhere.
    pub fn stdout() -> Self {
        Self::to(Box::new(io::sink()), Box::new(io::sink()))
    }
}
