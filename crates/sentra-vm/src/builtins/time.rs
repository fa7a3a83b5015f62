//! Clocks. What waits is in `fibers`, dates are in `calendar`.

use std::sync::OnceLock;

use crate::builtin::Arguments;
use crate::clock::{Instant, nanoseconds};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

builtins! { TABLE:
    "time" in ["time"] () -> "number",
        faults [], Nothing,
        "Milliseconds since 1970-01-01 UTC.",
        "log(time() > 1700000000000) // expect: true" => Native(time_ms);
    "time_ms" in ["time", "time:ms"] () -> "number",
        faults [], Nothing,
        "Milliseconds since 1970-01-01 UTC; the same as `time`.",
        "log(abs(time_ms() - time()) < 1000) // expect: true" => Native(time_ms);
    "current_time_ms" in ["time"] () -> "number",
        faults [], Nothing,
        "Milliseconds since 1970-01-01 UTC; the same as `time`.",
        "log(abs(current_time_ms() - time()) < 1000) // expect: true" => Native(time_ms);
    "time_ns" in ["time", "time:ns"] () -> "number",
        faults [], Nothing,
        "Nanoseconds since 1970-01-01 UTC, exactly.",
        "log(abs(time_ns() / 1000000 - time()) < 1000) // expect: true" => Native(time_ns);
    "monotonic_ms" in ["time"] () -> "number",
        faults [], Nothing,
        "Milliseconds, with fractions, since some moment; never goes back.",
        "let start = monotonic_ms()\nlog(monotonic_ms() - start >= 0) // expect: true" => Native(monotonic_ms);
}

fn time_ms(_: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    Ok(Value::number(nanoseconds().div_euclid(1_000_000) as f64))
}

fn time_ns(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    let nanoseconds = nanoseconds();
    Ok(i64::try_from(nanoseconds).map_or(Value::number(nanoseconds as f64), |exact| vm.heap.integer(exact)))
}

fn monotonic_ms(_: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    static START: OnceLock<Instant> = OnceLock::new();
    Ok(Value::number(START.get_or_init(Instant::now).elapsed().as_nanos() as f64 / 1e6))
}
