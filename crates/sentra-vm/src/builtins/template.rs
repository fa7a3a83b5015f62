//! Templates: text with places for values, each with an optional specification as in f-strings.

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::format;
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "format" in ["string"] (template: Types::STRING; ...values: Types::ANY) -> "string",
        faults ["range", "memory"], Nothing,
        "The template with `{}`, `{0}` or `{name}` (of a map) replaced by the values, each with an optional `:spec` as in f-strings.",
        "log(format(\"{} is {:.1}\", \"x\", 5), format(\"{port}\", {port: 80})) // expect: x is 5.0 80" => Native(fill_in);
}

fn fill_in(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let mut rest = args.bytes(0);
    let mut out = Vec::with_capacity(rest.len() + 16);
    let mut next = 1;
    while let Some(at) = memchr::memchr2(b'{', b'}', rest) {
        out.extend_from_slice(&rest[..at]);
        let mark = rest[at];
        rest = &rest[at + 1..];
        if rest.first() == Some(&mark) {
            out.push(mark);
            rest = &rest[1..];
            continue;
        }
        let end = memchr::memchr(b'}', rest).filter(|_| mark == b'{');
        let end = end.ok_or_else(|| Fault::range("a `{` or `}` stands alone; double it to mean itself"))?;
        let (name, spec) = match memchr::memchr(b':', &rest[..end]) {
            Some(colon) => (&rest[..colon], &rest[colon + 1..end]),
            None => (&rest[..end], &b""[..]),
        };
        let value = template_value(vm, args, name, &mut next)?;
        format::write(&vm.heap, &mut out, value, spec)?;
        vm.heap.reserve_text(out.len())?;
        rest = &rest[end + 1..];
    }
    out.extend_from_slice(rest);
    vm.heap.checked_text(&out)
}

/// The value that a place in a template names: the next, one by number, or a field of the map that comes first.
fn template_value(vm: &mut Vm, args: Arguments, name: &[u8], next: &mut usize) -> Result<Value, Box<Fault>> {
    let shown = String::from_utf8_lossy(name);
    let index = if name.is_empty() {
        *next += 1;
        *next - 1
    } else if let Ok(number) = shown.parse::<usize>() {
        number.saturating_add(1)
    } else {
        let map = args.value(1).as_map().ok_or_else(|| {
            Fault::type_error(format!(
                "`{{{shown}}}` needs a map after the template, got {}",
                args.value(1).type_name()
            ))
        })?;
        let key = vm.heap.text(name);
        return Ok(map.get(&vm.heap, key).unwrap_or(Value::NIL));
    };
    let missing = || Fault::range(format!("the template needs {index} values, got {}", args.len() - 1));
    args.0.get(index).copied().ok_or_else(missing)
}
