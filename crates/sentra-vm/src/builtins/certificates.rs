//! TLS and certificates as maps.

use sentra_netlib::certificate::{Certificate, Moment};
use sentra_netlib::endpoint::tls::Agreed;

use crate::fault::Fault;
use crate::value::Value;
use crate::vm::Vm;

type Result<T> = std::result::Result<T, Box<Fault>>;

const DAY: i64 = 86_400;

/// What both sides of a connection agreed on.
pub(super) fn agreed(vm: &mut Vm, agreed: &Agreed) -> Result<Value> {
    let chain = agreed.chain.iter().map(|one| certificate(vm, one)).collect::<Result<Vec<_>>>()?;
    let heap = &mut vm.heap;
    let map = heap.map(7);
    let text = |heap: &mut crate::heap::Heap, text: Option<&[u8]>| text.map_or(Value::NIL, |text| heap.text(text));
    let entries = [
        ("version", Some(agreed.version.as_bytes())),
        ("cipher", Some(agreed.cipher.as_bytes())),
        ("alpn", agreed.alpn.as_deref()),
        ("server_name", agreed.server_name.as_deref().map(str::as_bytes)),
    ];
    for (key, value) in entries {
        let value = text(heap, value);
        map.set_text(heap, key, value)?;
    }
    map.set_text(heap, "resumed", agreed.is_resumed.into())?;
    map.set_text(heap, "certificate", chain.first().copied().unwrap_or(Value::NIL))?;
    let chain = heap.array(&chain).value();
    map.set_text(heap, "chain", chain)?;
    Ok(map.value())
}

/// What a certificate says.
pub(super) fn certificate(vm: &mut Vm, certificate: &Certificate) -> Result<Value> {
    let heap = &mut vm.heap;
    let map = heap.map(9);
    let entries = [
        ("subject", &certificate.subject),
        ("issuer", &certificate.issuer),
        ("serial", &certificate.serial),
        ("valid_from", &certificate.not_before.iso()),
        ("valid_to", &certificate.not_after.iso()),
        ("fingerprint_sha256", &certificate.fingerprint),
    ];
    for (key, text) in entries {
        let text = heap.text(text.as_bytes());
        map.set_text(heap, key, text)?;
    }
    let days = (certificate.not_after.0 - Moment::now().0).div_euclid(DAY);
    map.set_text(heap, "days_left", Value::number(days as f64))?;
    let names: Vec<Value> = certificate.names.iter().map(|name| heap.text(name.as_bytes())).collect();
    let names = heap.array(&names).value();
    map.set_text(heap, "san", names)?;
    map.set_text(heap, "self_signed", certificate.is_self_issued.into())?;
    Ok(map.value())
}
