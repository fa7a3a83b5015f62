//! Fields of layers, checked for their types and bounds.

use std::str::FromStr;

use super::Result;
use crate::fault::Fault;
use crate::heap::Map;
use crate::value::Value;

/// The fields of one layer.
pub(super) struct Fields {
    pub map: Map,
    /// Which of the layers it is.
    pub index: usize,
}

impl Fields {
    fn get(&self, key: &str) -> Option<Value> {
        self.map.get_text(key.as_bytes()).filter(|value| !value.is_nil())
    }

    /// A fault of this layer.
    pub fn fault(&self, what: String) -> Box<Fault> {
        let name = self.text("layer").map(|name| format!(" ({})", name.escape_debug())).unwrap_or_default();
        Fault::range(format!("`packet_build`: layer {}{name} {what}", self.index))
    }

    /// The layer's name.
    pub fn name(&self) -> Result<String> {
        self.text("layer").ok_or_else(|| self.fault("has no name (`layer`)".into()))
    }

    /// A field if it is a text.
    pub fn text(&self, key: &str) -> Option<String> {
        let value = self.get(key)?;
        value.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// The bytes of a field.
    pub fn bytes(&self, key: &str) -> Result<Option<Vec<u8>>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let wrong = || self.fault(format!("expects a string as `{key}`, got {}", value.type_name()));
        value.as_bytes().map(|bytes| Some(bytes.to_vec())).ok_or_else(wrong)
    }

    /// A number that fits where it goes.
    pub fn number<N: TryFrom<i64>>(&self, key: &str) -> Result<Option<N>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let fits = value.as_integer().and_then(|number| N::try_from(number).ok());
        let bits = size_of::<N>() * 8;
        let wrong = || self.fault(format!("expects a number of {bits} bits as `{key}`"));
        fits.map(Some).ok_or_else(wrong)
    }

    /// A boolean.
    pub fn flag(&self, key: &str) -> Result<Option<bool>> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::TRUE) => Ok(Some(true)),
            Some(Value::FALSE) => Ok(Some(false)),
            Some(other) => Err(self.fault(format!("expects a boolean as `{key}`, got {}", other.type_name()))),
        }
    }

    /// An address.
    pub fn parsed<T: FromStr>(&self, key: &str) -> Result<Option<T>> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let text = value.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let parsed = text.as_deref().and_then(|text| text.parse().ok());
        let shown = || text.as_deref().unwrap_or(value.type_name()).escape_debug().to_string();
        parsed.map(Some).ok_or_else(|| self.fault(format!("expects an address as `{key}`, got \"{}\"", shown())))
    }
}
