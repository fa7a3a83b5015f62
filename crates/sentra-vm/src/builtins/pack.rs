//! Binary data by a format: `u8 u16 u24 u32 u64 i8 i16 i32 i64 f32 f64`, `bytesN` (N bytes),
//! `bytes` (all that is left), `sN` (a string after its length in N bits), separated by
//! spaces; network order, with the suffix `le` the other.

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "pack" in ["encoding"] (format: Types::STRING; ...values: Types::NUMBER.or(Types::STRING)) -> "string",
        faults ["range", "memory"], Nothing,
        "The values as bytes: `u8 u16 u24 u32 u64`, `i8`…`i64`, `f32 f64`, `bytesN`, `bytes`, `sN` (a length of N bits, then the string), in network order or with the suffix `le`.",
        "log(bytes(pack(\"u8 u16 s8\", 1, 258, \"ab\"))) // expect: [1, 1, 2, 2, 97, 98]" => Native(pack);
    "unpack" in ["encoding"] (format: Types::STRING, data: Types::STRING) -> "array",
        faults ["range", "memory"], Nothing,
        "The values that are in the bytes by a format as for `pack`; bytes that follow are left alone.",
        "log(unpack(\"u8 u16le s8\", \"\\x01\\x02\\x01\\x02hi\")) // expect: [1, 258, \"hi\"]" => Native(unpack);
}

/// One item of a format.
#[derive(Clone, Copy)]
enum Item {
    Unsigned(usize),
    Signed(usize),
    Single,
    Double,
    /// So many bytes, or all that are left.
    Bytes(Option<usize>),
    /// A string after its length, which takes so many bytes.
    String(usize),
}

/// The items of a format with whether their low byte comes first.
fn items(format: &[u8]) -> Result<Vec<(Item, bool)>, Box<Fault>> {
    let words = format.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.map(|word| item(word).ok_or_else(|| unknown(word))).collect()
}

#[cold]
fn unknown(word: &[u8]) -> Box<Fault> {
    let word = String::from_utf8_lossy(word);
    Fault::range(format!(
        "`{word}` is no item of a format; known are u8 u16 u24 u32 u64 i8 i16 i32 i64 f32 f64 bytesN bytes s8 s16 s32, with `le` behind for low bytes first"
    ))
}

fn item(word: &[u8]) -> Option<(Item, bool)> {
    let (name, little) = match word.strip_suffix(b"le") {
        Some(name) => (name, true),
        None => (word, false),
    };
    let item = match name {
        b"u8" => Item::Unsigned(1),
        b"u16" => Item::Unsigned(2),
        b"u24" => Item::Unsigned(3),
        b"u32" => Item::Unsigned(4),
        b"u64" => Item::Unsigned(8),
        b"i8" => Item::Signed(1),
        b"i16" => Item::Signed(2),
        b"i32" => Item::Signed(4),
        b"i64" => Item::Signed(8),
        b"f32" => Item::Single,
        b"f64" => Item::Double,
        b"s8" => Item::String(1),
        b"s16" => Item::String(2),
        b"s24" => Item::String(3),
        b"s32" => Item::String(4),
        b"bytes" if !little => Item::Bytes(None),
        _ if !little => Item::Bytes(Some(std::str::from_utf8(name.strip_prefix(b"bytes")?).ok()?.parse().ok()?)),
        _ => return None,
    };
    Some((item, little))
}

/// Appends the low `size` bytes of a number.
fn put(out: &mut Vec<u8>, bits: u64, size: usize, little: bool) {
    if little {
        out.extend_from_slice(&bits.to_le_bytes()[..size]);
    } else {
        out.extend_from_slice(&bits.to_be_bytes()[8 - size..]);
    }
}

fn pack(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let items = items(args.bytes(0))?;
    if items.len() != args.len() - 1 {
        let (wanted, got) = (items.len(), args.len() - 1);
        return Err(Fault::range(format!("the format has {wanted} items, got {got} values")));
    }
    let mut out = Vec::new();
    for (&(item, little), &value) in items.iter().zip(&args.0[1..]) {
        pack_item(&mut out, item, little, value)?;
        vm.heap.reserve_text(out.len())?;
    }
    Ok(vm.heap.text(&out))
}

fn pack_item(out: &mut Vec<u8>, item: Item, little: bool, value: Value) -> Result<(), Box<Fault>> {
    let number = || value.as_number().ok_or_else(|| wrong_type("a number", value));
    match item {
        Item::Unsigned(size) => put(out, unsigned(value, size)?, size, little),
        Item::Signed(size) => put(out, signed(value, size)?, size, little),
        Item::Single => put(out, u64::from((number()? as f32).to_bits()), 4, little),
        Item::Double => put(out, number()?.to_bits(), 8, little),
        Item::Bytes(_) | Item::String(_) => {
            let bytes = value.as_bytes().ok_or_else(|| wrong_type("a string", value))?;
            match item {
                Item::Bytes(Some(count)) if count != bytes.len() => {
                    return Err(Fault::range(format!(
                        "`bytes{count}` takes a string of that length, got {}",
                        bytes.len()
                    )));
                }
                Item::String(size) => put(out, length(bytes.len(), size)?, size, little),
                _ => {}
            }
            out.extend_from_slice(bytes);
        }
    }
    Ok(())
}

#[cold]
fn wrong_type(wanted: &str, value: Value) -> Box<Fault> {
    Fault::type_error(format!("`pack` expects {wanted} here, got {}", value.type_name()))
}

fn most(size: usize) -> u64 {
    u64::MAX >> (64 - 8 * size)
}

fn length(length: usize, size: usize) -> Result<u64, Box<Fault>> {
    let length = length as u64;
    let too_long = || Fault::range(format!("a string of {length} bytes is too long for a length of {} bits", size * 8));
    (length <= most(size)).then_some(length).ok_or_else(too_long)
}

fn unsigned(value: Value, size: usize) -> Result<u64, Box<Fault>> {
    let whole = match (value.as_integer(), value.as_double()) {
        (Some(integer), _) => u64::try_from(integer).ok(),
        // From 2^63 on numbers are doubles.
        (None, Some(double)) if double.trunc() == double && (0.0..2_f64.powi(64)).contains(&double) => {
            Some(double as u64)
        }
        _ if value.is_number() => None,
        _ => return Err(wrong_type("a number", value)),
    };
    whole
        .filter(|&whole| whole <= most(size))
        .ok_or_else(|| Fault::range(format!("u{} takes whole numbers from 0 to {}", size * 8, most(size))))
}

fn signed(value: Value, size: usize) -> Result<u64, Box<Fault>> {
    if !value.is_number() {
        return Err(wrong_type("a number", value));
    }
    let most = (most(size) >> 1) as i64;
    let fits = value.as_integer().filter(|integer| (-most - 1..=most).contains(integer));
    fits.map(|integer| integer as u64)
        .ok_or_else(|| Fault::range(format!("i{} takes whole numbers from {} to {most}", size * 8, -most - 1)))
}

fn unpack(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let mut rest = args.bytes(1);
    let values = vm.heap.array_with_capacity(4);
    for (item, little) in items(args.bytes(0))? {
        let value = unpack_item(vm, &mut rest, item, little)?;
        values.push(&mut vm.heap, value)?;
    }
    Ok(values.value())
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Result<&'a [u8], Box<Fault>> {
    let short = || Fault::range(format!("the data ends too early: {count} bytes wanted, {} left", rest.len()));
    let (taken, after) = rest.split_at_checked(count).ok_or_else(short)?;
    *rest = after;
    Ok(taken)
}

fn bits(rest: &mut &[u8], size: usize, little: bool) -> Result<u64, Box<Fault>> {
    let taken = take(rest, size)?;
    let join = |bits: u64, &byte: &u8| bits << 8 | u64::from(byte);
    Ok(if little { taken.iter().rev().fold(0, join) } else { taken.iter().fold(0, join) })
}

fn unpack_item(vm: &mut Vm, rest: &mut &[u8], item: Item, little: bool) -> Result<Value, Box<Fault>> {
    Ok(match item {
        Item::Unsigned(size) => {
            let bits = bits(rest, size, little)?;
            i64::try_from(bits).map_or(Value::number(bits as f64), |integer| vm.heap.integer(integer))
        }
        Item::Signed(size) => {
            let unused = 64 - 8 * size;
            let bits = bits(rest, size, little)?;
            vm.heap.integer(((bits << unused) as i64) >> unused)
        }
        Item::Single => Value::number(f64::from(f32::from_bits(bits(rest, 4, little)? as u32))),
        Item::Double => Value::number(f64::from_bits(bits(rest, 8, little)?)),
        Item::Bytes(count) => vm.heap.text(take(rest, count.unwrap_or(rest.len()))?),
        Item::String(size) => {
            let length = bits(rest, size, little)?;
            vm.heap.text(take(rest, usize::try_from(length).unwrap_or(usize::MAX))?)
        }
    })
}
