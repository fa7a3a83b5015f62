//! Random numbers, and unguessable ids from the system's own source.
//!
//! Numbers come from xoshiro256++, seeded by the system: quick and even, not for secrets.

use std::cell::Cell;

use sentra_netlib::code::hex;

use crate::builtin::{Arguments, Types};
use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

/// The most bytes of one request.
const MOST_BYTES: i64 = 1 << 28;

builtins! { TABLE:
    "random" in ["math"] () -> "number",
        faults ["system"], Nothing,
        "A random number from 0 up to, but without, 1. Not for secrets.",
        "let r = random()\nlog(r >= 0 && r < 1) // expect: true" => Native(random);
    "random_int" in ["math"] (from: Types::INTEGER, to: Types::INTEGER) -> "number",
        faults ["range", "system"], Nothing,
        "A random whole number from one to another, both included. Not for secrets.",
        "let n = random_int(1, 6)\nlog(n >= 1 && n <= 6) // expect: true" => Native(random_int);
    "random_bytes" in ["crypto"] (count: Types::INTEGER) -> "string",
        faults ["range", "memory", "system"], Nothing,
        "So many unguessable bytes.",
        "log(len(random_bytes(16))) // expect: 16" => Native(random_bytes);
    "uuid" in ["crypto"] () -> "string",
        faults ["system"], Nothing,
        "A random UUID (version 4).",
        "log(len(uuid()), uuid()[14]) // expect: 36 4" => Native(uuid);
    "generate_id" in ["crypto"] () -> "string",
        faults ["system"], Nothing,
        "An unguessable id of 32 hexadecimal digits.",
        "log(len(generate_id()), generate_id() == generate_id()) // expect: 32 false" => Native(generate_id);
}

/// The state of the generator.
#[derive(Clone, Copy)]
struct Generator([u64; 4]);

thread_local! {
    static GENERATOR: Cell<Option<Generator>> = const { Cell::new(None) };
}

fn system_bytes(bytes: &mut [u8]) -> Result<(), Box<Fault>> {
    getrandom::fill(bytes).map_err(|error| Fault::new("system", format!("the system gives no random bytes: {error}")))
}

impl Generator {
    fn seeded() -> Result<Self, Box<Fault>> {
        let mut state = [0; 4];
        for word in &mut state {
            let mut bytes = [0; 8];
            system_bytes(&mut bytes)?;
            *word = u64::from_le_bytes(bytes);
        }
        // All zeros would stay so.
        state[0] |= 1;
        Ok(Self(state))
    }

    fn next(&mut self) -> u64 {
        let state = &mut self.0;
        let result = state[0].wrapping_add(state[3]).rotate_left(23).wrapping_add(state[0]);
        let shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = state[3].rotate_left(45);
        result
    }
}

fn next() -> Result<u64, Box<Fault>> {
    GENERATOR.with(|cell| {
        let mut generator = match cell.get() {
            Some(generator) => generator,
            None => Generator::seeded()?,
        };
        let result = generator.next();
        cell.set(Some(generator));
        Ok(result)
    })
}

fn random(_: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    Ok(Value::number((next()? >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)))
}

fn random_int(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let (from, to) = (args.integer(0), args.integer(1));
    if from > to {
        return Err(Fault::range(format!("there is no whole number from {from} to {to}")));
    }
    let span = to.wrapping_sub(from) as u64;
    // Numbers from the uneven rest at the end are drawn again, so that all are as likely.
    let drawn = match span.checked_add(1) {
        None => next()?,
        Some(count) => loop {
            let drawn = next()?;
            let rest = drawn % count;
            if drawn - rest <= u64::MAX - span {
                break rest;
            }
        },
    };
    Ok(vm.heap.integer(from.wrapping_add(drawn as i64)))
}

fn random_bytes(vm: &mut Vm, args: Arguments) -> Result<Value, Box<Fault>> {
    let count = args.integer(0);
    if !(0..=MOST_BYTES).contains(&count) {
        return Err(Fault::range(format!("from 0 to {MOST_BYTES} bytes at once, got {count}")));
    }
    vm.heap.reserve_text(count as usize)?;
    let mut bytes = vec![0; count as usize];
    system_bytes(&mut bytes)?;
    Ok(vm.heap.text(&bytes))
}

fn uuid(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    let mut bytes = [0; 16];
    system_bytes(&mut bytes)?;
    bytes[6] = bytes[6] & 0x0F | 0x40;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let mut text = hex::encode(&bytes);
    for at in [8, 13, 18, 23] {
        text.insert(at, '-');
    }
    Ok(vm.heap.text(text.as_bytes()))
}

fn generate_id(vm: &mut Vm, _: Arguments) -> Result<Value, Box<Fault>> {
    let mut bytes = [0; 16];
    system_bytes(&mut bytes)?;
    Ok(vm.heap.text(hex::encode(&bytes).as_bytes()))
}
