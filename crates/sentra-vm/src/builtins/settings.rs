//! Option maps: the last argument of builtins that have many options. An unknown option is
//! an error that lists the known ones.

use crate::builtin::Types;
use crate::fault::Fault;
use crate::heap::Map;
use crate::value::Value;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// The options of one call.
pub(super) struct Settings {
    builtin: &'static str,
    map: Option<Map>,
}

impl Settings {
    /// Reads an options map, if one was given.
    pub fn new(builtin: &'static str, map: Option<Value>, known: &[&str]) -> Result<Self> {
        let map = map.and_then(Value::as_map);
        for (key, _) in map.into_iter().flat_map(Map::iter) {
            let name = String::from_utf8_lossy(key.as_bytes().unwrap_or(b"?"));
            if !known.contains(&&*name) {
                let known = known.join(", ");
                return Err(Fault::range(format!("`{builtin}` has no option `{name}` (known: {known})")));
            }
        }
        Ok(Self { builtin, map })
    }

    /// Whose options these are.
    pub fn builtin(&self) -> &'static str {
        self.builtin
    }

    /// The value of an option that is there and not nil, checked for its type.
    pub fn get(&self, name: &str, types: Types) -> Result<Option<Value>> {
        let value = self.map.and_then(|map| map.get_text(name.as_bytes())).filter(|value| !value.is_nil());
        match value {
            Some(value) if !types.accept(value) => {
                let (builtin, wanted, got) = (self.builtin, types.describe(), value.type_name());
                Err(Fault::type_error(format!("`{builtin}` expects {wanted} as option `{name}`, got {got}")))
            }
            value => Ok(value),
        }
    }

    /// A boolean option.
    pub fn flag(&self, name: &str) -> Result<Option<bool>> {
        Ok(self.get(name, Types::BOOLEAN)?.map(|value| value == Value::TRUE))
    }

    /// An integer option within bounds.
    pub fn integer(&self, name: &str, least: i64, most: i64) -> Result<Option<i64>> {
        let Some(number) = self.get(name, Types::INTEGER)?.and_then(Value::as_integer) else { return Ok(None) };
        if (least..=most).contains(&number) {
            return Ok(Some(number));
        }
        let builtin = self.builtin;
        Err(Fault::range(format!("`{builtin}` takes {least} to {most} as option `{name}`, got {number}")))
    }

    /// A number option.
    pub fn number(&self, name: &str) -> Result<Option<f64>> {
        Ok(self.get(name, Types::NUMBER)?.and_then(Value::as_number))
    }

    /// A string option.
    pub fn text(&self, name: &str) -> Result<Option<String>> {
        let value = self.get(name, Types::STRING)?;
        Ok(value.and_then(Value::as_bytes).map(|bytes| String::from_utf8_lossy(bytes).into_owned()))
    }
}
