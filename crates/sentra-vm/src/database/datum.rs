//! Single values on their way to a database and back.

use crate::builtin::Types;
use crate::database::failure::Failure;
use crate::fault::Fault;
use crate::heap::object::Payload;
use crate::heap::{Heap, Marker};
use crate::value::Value;

/// A value without the script's heap.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Datum {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// An array or a map: as JSON, and an array also as PostgreSQL writes arrays.
    Structure {
        json: String,
        array: Option<String>,
    },
}

/// Bytes that are to be stored as such, even if they could be text.
pub(crate) struct Blob(pub Box<[u8]>);

impl Payload for Blob {
    fn type_name(&self) -> &'static str {
        "blob"
    }

    fn trace(&self, _: &mut Marker) {}

    fn holds(&self) -> usize {
        self.0.len()
    }
}

impl Datum {
    /// What a value of the script is to a database. A string that is no UTF-8 is bytes.
    pub fn of(value: Value, what: impl Fn() -> String) -> Result<Self, Failure> {
        if value.is_nil() {
            return Ok(Self::Null);
        }
        if value == Value::TRUE || value == Value::FALSE {
            return Ok(Self::Boolean(value == Value::TRUE));
        }
        if let Some(integer) = value.as_integer() {
            return Ok(Self::Integer(integer));
        }
        if let Some(number) = value.as_number() {
            let nan = || Failure::new("range", format!("{} is not a number (NaN)", what()));
            return if number.is_nan() { Err(nan()) } else { Ok(Self::Real(number)) };
        }
        if let Some(bytes) = value.as_bytes() {
            return Ok(
                String::from_utf8(bytes.to_vec()).map_or_else(|error| Self::Bytes(error.into_bytes()), Self::Text)
            );
        }
        if let Some(blob) = value.as_payload::<Blob>() {
            return Ok(Self::Bytes(blob.0.to_vec()));
        }
        let wanted = Types::NIL.or(Types::BOOLEAN).or(Types::NUMBER).or(Types::STRING).describe();
        Err(Failure::new("type", format!("{} must be {wanted}, got {}", what(), value.type_name())))
    }

    /// The value of the script that it is.
    pub fn value(&self, heap: &mut Heap) -> Result<Value, Box<Fault>> {
        Ok(match self {
            Self::Null => Value::NIL,
            Self::Boolean(truth) => Value::boolean(*truth),
            Self::Integer(integer) => heap.integer(*integer),
            Self::Real(number) => Value::number(*number),
            Self::Text(text) => heap.checked_text(text.as_bytes())?,
            Self::Bytes(bytes) => heap.checked_text(bytes)?,
            Self::Structure { json, .. } => heap.checked_text(json.as_bytes())?,
        })
    }
}
