//! Parameters as the server reads them: text, in the form that their types ask for.

use sentra_netlib::wire::postgres::kind;

use crate::database::datum::Datum;
use crate::database::failure::Failure;

/// The text of a parameter of a type; nothing is null.
pub(super) fn text(datum: &Datum, of: u32, at: usize) -> Result<Option<Vec<u8>>, Failure> {
    let text = match datum {
        Datum::Null => return Ok(None),
        Datum::Boolean(truth) if kind::is_number(of) => i32::from(*truth).to_string(),
        Datum::Boolean(truth) => truth.to_string(),
        Datum::Integer(integer) => integer.to_string(),
        Datum::Real(number) if number.is_infinite() => if *number > 0.0 { "Infinity" } else { "-Infinity" }.into(),
        Datum::Real(number) => number.to_string(),
        Datum::Text(text) if of == kind::BYTEA => kind::bytea(text.as_bytes()),
        Datum::Text(text) if text.contains('\0') => {
            return Err(Failure::new(
                "range",
                format!("parameter {at} contains the character NUL, which no text here may"),
            ));
        }
        Datum::Text(text) => text.clone(),
        Datum::Bytes(bytes) if of == kind::BYTEA => kind::bytea(bytes),
        Datum::Bytes(_) => return Err(Failure::new("type", format!("parameter {at} is bytes, which are no UTF-8"))),
        Datum::Structure { json, array } => match array {
            Some(array) if !kind::is_json(of) => array.clone(),
            _ => json.clone(),
        },
    };
    Ok(Some(text.into_bytes()))
}
