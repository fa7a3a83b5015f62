//! Bytes written as other bytes and back. What is read comes from anywhere: whatever is not
//! exactly well-formed is refused with its place, in time and memory that its length bounds.

pub mod base64;
pub mod der;
pub mod gzip;
pub mod hex;
pub mod html;
pub mod modular;
pub mod percent;

use std::fmt;

/// Why some bytes are not what they should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What is wrong, as in "a character that is no base64".
    pub what: String,
    /// The byte at which it is wrong, if it is one place.
    pub at: Option<usize>,
}

impl Malformed {
    /// Something wrong at a byte.
    pub fn at(at: usize, what: impl Into<String>) -> Self {
        Self { what: what.into(), at: Some(at) }
    }

    /// Something wrong with the whole.
    pub fn whole(what: impl Into<String>) -> Self {
        Self { what: what.into(), at: None }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(f, "{} at byte {at}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for Malformed {}

/// A byte as a message shows it.
fn shown(byte: u8) -> String {
    if byte.is_ascii_graphic() { format!("`{}`", char::from(byte)) } else { format!("\\x{byte:02x}") }
}
