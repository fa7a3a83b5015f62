//! Replies of name servers as values.

use std::time::Instant;

use sentra_netlib::exchange::resolver::Answer;
use sentra_netlib::wire::dns::rdata::{self, Datum};
use sentra_netlib::wire::dns::reply::code;
use sentra_netlib::wire::dns::{Record, Reply, name};

use super::Result;
use crate::heap::Map;
use crate::value::Value;
use crate::vm::Vm;

/// A record's data as `dns_lookup` gives them: texts bare, everything else as zone files have it.
pub(super) fn shown(reply: &Reply, record: &Record) -> Vec<u8> {
    rdata::joined_texts(reply, record).unwrap_or_else(|| rdata::text(reply, record).into_bytes())
}

/// An array of texts.
pub(super) fn texts<'a>(vm: &mut Vm, texts: impl Iterator<Item = &'a [u8]>) -> Result<Value> {
    let array = vm.heap.array(&[]);
    for text in texts {
        let text = vm.heap.checked_text(text)?;
        array.push(&mut vm.heap, text)?;
    }
    Ok(array.value())
}

/// A map for each record that answers, aliases included, as they came.
pub(super) fn records(vm: &mut Vm, answer: &Answer, age: u32) -> Result<Value> {
    let array = vm.heap.array(&[]);
    for reply in &answer.replies {
        let flags = flags(vm, reply)?;
        let server = vm.heap.text(answer.server.to_string().as_bytes());
        for record in reply.answers() {
            let map = of_record(vm, reply, record, age)?;
            map.set_text(&mut vm.heap, "server", server)?;
            map.set_text(&mut vm.heap, "flags", flags)?;
            array.push(&mut vm.heap, map.value())?;
        }
    }
    Ok(array.value())
}

/// The whole of the last reply.
pub(super) fn message(vm: &mut Vm, answer: &Answer, begun: Instant) -> Result<Value> {
    let map = vm.heap.map(8);
    let Some(reply) = answer.replies.last() else { return Ok(Value::NIL) };
    let status = vm.heap.text(status(reply.code).as_bytes());
    map.set_text(&mut vm.heap, "status", status)?;
    let flags = flags(vm, reply)?;
    map.set_text(&mut vm.heap, "flags", flags)?;
    let server = vm.heap.text(answer.server.to_string().as_bytes());
    map.set_text(&mut vm.heap, "server", server)?;
    let sections =
        [("answers", reply.answers()), ("authorities", reply.authorities()), ("additionals", reply.additionals())];
    for (title, records) in sections {
        let array = vm.heap.array(&[]);
        for record in records {
            let record = of_record(vm, reply, record, 0)?;
            array.push(&mut vm.heap, record.value())?;
        }
        map.set_text(&mut vm.heap, title, array.value())?;
    }
    let elapsed = Value::number(begun.elapsed().as_secs_f64() * 1000.0);
    map.set_text(&mut vm.heap, "elapsed_ms", elapsed)?;
    Ok(map.value())
}

fn of_record(vm: &mut Vm, reply: &Reply, record: &Record, age: u32) -> Result<Map> {
    let map = vm.heap.map(8);
    let texts = [("name", name::text(&record.name)), ("type", record.kind.to_string())];
    for (key, text) in texts {
        let text = vm.heap.checked_text(text.as_bytes())?;
        map.set_text(&mut vm.heap, key, text)?;
    }
    map.set_text(&mut vm.heap, "ttl", Value::number(f64::from(record.ttl.saturating_sub(age))))?;
    let class = vm.heap.text(class(record.class).as_bytes());
    map.set_text(&mut vm.heap, "class", class)?;
    let data = vm.heap.checked_text(&shown(reply, record))?;
    map.set_text(&mut vm.heap, "data", data)?;
    let rdata = vm.heap.checked_text(rdata::text(reply, record).as_bytes())?;
    map.set_text(&mut vm.heap, "rdata", rdata)?;
    for (part, datum) in rdata::parts(reply, record).unwrap_or_default() {
        let value = of_datum(vm, &datum)?;
        map.set_text(&mut vm.heap, part, value)?;
    }
    Ok(map)
}

fn of_datum(vm: &mut Vm, datum: &Datum) -> Result<Value> {
    match datum {
        Datum::Number(number) => Ok(Value::number(f64::from(*number))),
        Datum::Text(bytes) => vm.heap.checked_text(bytes),
        Datum::Shown(text) => vm.heap.checked_text(text.as_bytes()),
        Datum::Texts(all) => texts(vm, all.iter().map(Vec::as_slice)),
    }
}

/// The flags as dig names them.
fn flags(vm: &mut Vm, reply: &Reply) -> Result<Value> {
    let flags = reply.flags();
    let named = [
        ("authoritative", flags.authoritative),
        ("truncated", flags.truncated),
        ("recursion_desired", flags.recursion_desired),
        ("recursion_available", flags.recursion_available),
        ("authentic_data", flags.authentic),
        ("checking_disabled", flags.checking_disabled),
    ];
    let map = vm.heap.map(named.len());
    for (key, flag) in named {
        map.set_text(&mut vm.heap, key, flag.into())?;
    }
    Ok(map.value())
}

fn class(class: u16) -> String {
    match class {
        1 => "IN".into(),
        3 => "CH".into(),
        4 => "HS".into(),
        other => format!("CLASS{other}"),
    }
}

fn status(code: u16) -> String {
    match code {
        code::NO_ERROR => "NOERROR".into(),
        code::NO_SUCH_NAME => "NXDOMAIN".into(),
        other => format!("RCODE{other}"),
    }
}
