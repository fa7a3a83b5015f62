//! Conversions between Rust's types and values, for programs that embed the VM.

use crate::heap::Heap;
use crate::value::Value;

/// What can become a value.
pub trait IntoValue {
    /// The value.
    fn into_value(self, heap: &mut Heap) -> Value;
}

/// What a value may be read as.
pub trait FromValue: Sized {
    /// The value as this type; nothing if it is of another.
    fn from_value(value: Value) -> Option<Self>;
}

impl IntoValue for Value {
    fn into_value(self, _heap: &mut Heap) -> Value {
        self
    }
}

impl IntoValue for bool {
    fn into_value(self, _heap: &mut Heap) -> Value {
        Value::boolean(self)
    }
}

impl IntoValue for f64 {
    fn into_value(self, _heap: &mut Heap) -> Value {
        Value::number(self)
    }
}

impl IntoValue for i64 {
    fn into_value(self, heap: &mut Heap) -> Value {
        heap.integer(self)
    }
}

impl IntoValue for i32 {
    fn into_value(self, _heap: &mut Heap) -> Value {
        Value::small(self)
    }
}

impl IntoValue for &str {
    fn into_value(self, heap: &mut Heap) -> Value {
        heap.text(self.as_bytes())
    }
}

impl IntoValue for String {
    fn into_value(self, heap: &mut Heap) -> Value {
        heap.text(self.as_bytes())
    }
}

impl IntoValue for &[u8] {
    fn into_value(self, heap: &mut Heap) -> Value {
        heap.text(self)
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self, heap: &mut Heap) -> Value {
        self.map_or(Value::NIL, |value| value.into_value(heap))
    }
}

impl<T: IntoValue> IntoValue for Vec<T> {
    fn into_value(self, heap: &mut Heap) -> Value {
        let values: Vec<Value> = self.into_iter().map(|value| value.into_value(heap)).collect();
        heap.array(&values).value()
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::TRUE => Some(true),
            Value::FALSE => Some(false),
            _ => None,
        }
    }
}

impl FromValue for f64 {
    fn from_value(value: Value) -> Option<Self> {
        value.as_number()
    }
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Option<Self> {
        value.as_integer()
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Option<Self> {
        value.as_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Option<Self> {
        value.as_bytes().map(<[u8]>::to_vec)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Option<Self> {
        if value.is_nil() { Some(None) } else { T::from_value(value).map(Some) }
    }
}
