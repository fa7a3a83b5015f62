//! An analysis as a map.

use std::net::SocketAddr;
use std::time::Instant;

use sentra_netlib::certificate::Certificate;
use sentra_netlib::exchange::tls_scan::{Accepted, Findings, Issue, Verdict};
use sentra_netlib::wire::tls::Protocol;
use sentra_netlib::wire::tls::group::Group;
use sentra_netlib::wire::tls::key_exchange::Parameters;

use super::Result;
use crate::builtins::certificates;
use crate::heap::Map;
use crate::value::Value;
use crate::vm::Vm;

/// What was analysed.
pub(super) struct Subject<'a> {
    pub host: &'a str,
    pub port: u16,
    pub address: SocketAddr,
    pub begun: Instant,
}

/// A map on its way.
struct Draft<'vm> {
    vm: &'vm mut Vm,
    map: Map,
}

impl<'vm> Draft<'vm> {
    fn new(vm: &'vm mut Vm, room: usize) -> Self {
        let map = vm.heap.map(room);
        Self { vm, map }
    }

    fn set(&mut self, key: &str, value: Value) -> Result<()> {
        self.map.set_text(&mut self.vm.heap, key, value).map(|_| ())
    }

    fn number(&mut self, key: &str, number: impl Into<f64>) -> Result<()> {
        self.set(key, Value::number(number.into()))
    }

    fn flag(&mut self, key: &str, flag: impl Into<Option<bool>>) -> Result<()> {
        self.set(key, flag.into().map_or(Value::NIL, Value::from))
    }

    fn text(&mut self, key: &str, text: impl AsRef<[u8]>) -> Result<()> {
        let text = self.vm.heap.checked_text(text.as_ref())?;
        self.set(key, text)
    }

    fn texts<T: AsRef<[u8]>>(&mut self, key: &str, texts: impl IntoIterator<Item = T>) -> Result<()> {
        let array = self.vm.heap.array(&[]);
        for text in texts {
            let text = self.vm.heap.checked_text(text.as_ref())?;
            array.push(&mut self.vm.heap, text)?;
        }
        self.set(key, array.value())
    }
}

/// All of it.
pub(super) fn analysis(vm: &mut Vm, subject: &Subject, found: &Findings, verdict: &Verdict) -> Result<Value> {
    let certificate = certificate_info(vm, verdict)?;
    let others = other_certificates(vm, found)?;
    let protocols = protocols(vm, found)?;
    let ciphers = ciphers(vm, found, verdict)?;
    let issues = issues(vm, &verdict.issues)?;
    let resumption = resumption(vm, found)?;
    let vulnerabilities = vulnerabilities(vm, found, verdict)?;
    let scores = scores(vm, verdict)?;
    let stapling = stapling(vm, verdict)?;
    let best = found.best();
    let first = best.and_then(|support| support.suites.first());
    let mut map = Draft::new(vm, 40);
    map.text("host", subject.host)?;
    map.number("port", subject.port)?;
    map.text("address", subject.address.ip().to_string())?;
    map.text("grade", verdict.grade.name())?;
    map.text("grade_trust_ignored", verdict.grade_trust_ignored.name())?;
    map.set("scores", scores)?;
    map.text("ssl_version", best.map_or("", |support| support.protocol.name()))?;
    map.text("cipher_suite", first.map_or("", |accepted| accepted.suite.name))?;
    map.set("protocols", protocols)?;
    map.set("ciphers", ciphers)?;
    map.flag("server_order", best.and_then(|support| support.server_order))?;
    map.texts("groups", found.groups.iter().map(|&code| Group::name_of(code)))?;
    map.set("certificate_info", certificate)?;
    map.set("certificate", certificate)?;
    map.set("other_certificates", others)?;
    map.flag("trusted", verdict.chain.is_trusted)?;
    map.flag("hostname_matches", verdict.chain.matches)?;
    map.set("ocsp_stapling", stapling)?;
    map.texts("alpn", &found.alpn)?;
    map.set("resumption", resumption)?;
    map.flag("compression", found.compression)?;
    map.flag("secure_renegotiation", found.secure_renegotiation)?;
    map.flag("client_renegotiation", found.client_renegotiation)?;
    map.flag("fallback_scsv", found.fallback_scsv)?;
    map.flag("extended_master_secret", found.extended_master_secret)?;
    map.flag("encrypt_then_mac", found.encrypt_then_mac)?;
    map.flag("client_certificate", found.wants_certificate)?;
    map.set("http_status", found.http_status.map_or(Value::NIL, |status| Value::number(f64::from(status))))?;
    match &found.hsts {
        Some(hsts) => map.text("hsts", hsts)?,
        None => map.set("hsts", Value::NIL)?,
    }
    map.set("vulnerabilities", vulnerabilities)?;
    map.set("security_issues", issues)?;
    map.texts("recommendations", &verdict.recommendations)?;
    map.flag("complete", !found.is_partial)?;
    map.number("connections", found.connections)?;
    map.number("elapsed_ms", subject.begun.elapsed().as_secs_f64() * 1000.0)?;
    Ok(map.map.value())
}

fn certificate(vm: &mut Vm, certificate: &Certificate) -> Result<Map> {
    let value = certificates::certificate(vm, certificate)?;
    // It is a map: that is what it was made as.
    let map = value.as_map().unwrap_or_else(|| vm.heap.map(4));
    let mut draft = Draft { vm, map };
    draft.text("key_type", certificate.key.kind)?;
    draft.number("key_size", certificate.key.bits)?;
    match certificate.key.curve {
        Some(curve) => draft.text("curve", curve)?,
        None => draft.set("curve", Value::NIL)?,
    }
    draft.text("signature_algorithm", certificate.signature.name)?;
    draft.flag("must_staple", certificate.must_staple)?;
    Ok(draft.map)
}

fn certificate_info(vm: &mut Vm, verdict: &Verdict) -> Result<Value> {
    let Some(own) = verdict.chain.own() else { return Ok(Value::NIL) };
    let map = certificate(vm, own)?;
    let chain = vm.heap.array(&[]);
    for one in &verdict.chain.certificates {
        let one = certificate(vm, one)?;
        chain.push(&mut vm.heap, one.value())?;
    }
    map.set_text(&mut vm.heap, "chain", chain.value())?;
    Ok(map.value())
}

fn other_certificates(vm: &mut Vm, found: &Findings) -> Result<Value> {
    let array = vm.heap.array(&[]);
    for chain in found.chains.iter().skip(1) {
        let Some(own) = chain.first().and_then(|own| Certificate::read(own)) else { continue };
        let own = certificate(vm, &own)?;
        array.push(&mut vm.heap, own.value())?;
    }
    Ok(array.value())
}

fn protocols(vm: &mut Vm, found: &Findings) -> Result<Value> {
    let mut map = Draft::new(vm, Protocol::ALL.len());
    for protocol in Protocol::ALL {
        map.flag(protocol.name(), found.speaks(protocol))?;
    }
    Ok(map.map.value())
}

fn ciphers(vm: &mut Vm, found: &Findings, verdict: &Verdict) -> Result<Value> {
    let array = vm.heap.array(&[]);
    for (protocol, accepted) in found
        .protocols
        .iter()
        .rev()
        .flat_map(|support| support.suites.iter().map(|accepted| (support.protocol, accepted)))
    {
        let cipher = cipher(vm, protocol, accepted, verdict)?;
        array.push(&mut vm.heap, cipher)?;
    }
    Ok(array.value())
}

fn cipher(vm: &mut Vm, protocol: Protocol, accepted: &Accepted, verdict: &Verdict) -> Result<Value> {
    let suite = accepted.suite;
    let mut map = Draft::new(vm, 10);
    map.text("protocol", protocol.name())?;
    map.text("name", suite.name)?;
    map.text("openssl", suite.openssl)?;
    map.number("code", suite.code)?;
    map.number("bits", suite.bits)?;
    map.text("key_exchange", suite.key_exchange_name())?;
    map.text("authentication", suite.authentication_name())?;
    map.flag("forward_secrecy", suite.is_ephemeral())?;
    match &accepted.parameters {
        Some(Parameters::Curve(code)) => map.text("group", Group::name_of(*code))?,
        _ => map.set("group", Value::NIL)?,
    }
    let own = verdict.chain.own().filter(|_| !suite.is_ephemeral() && !suite.is_anonymous());
    let bits = accepted.parameters.as_ref().map(|parameters| u32::from(parameters.bits()));
    let bits = bits.or_else(|| own.map(|own| own.key.bits));
    map.set("key_exchange_bits", bits.map_or(Value::NIL, |bits| Value::number(f64::from(bits))))?;
    Ok(map.map.value())
}

fn issues(vm: &mut Vm, issues: &[Issue]) -> Result<Value> {
    let array = vm.heap.array(&[]);
    for issue in issues {
        let mut map = Draft::new(vm, 4);
        map.text("code", issue.code)?;
        map.text("severity", issue.severity.name())?;
        map.text("message", &issue.message)?;
        match issue.cap {
            Some(cap) => map.text("grade_cap", cap.name())?,
            None => map.set("grade_cap", Value::NIL)?,
        }
        let map = map.map;
        array.push(&mut vm.heap, map.value())?;
    }
    Ok(array.value())
}

fn resumption(vm: &mut Vm, found: &Findings) -> Result<Value> {
    let mut map = Draft::new(vm, 2);
    map.flag("session_ids", found.session_ids)?;
    map.flag("tickets", found.session_tickets)?;
    Ok(map.map.value())
}

fn stapling(vm: &mut Vm, verdict: &Verdict) -> Result<Value> {
    let mut map = Draft::new(vm, 2);
    map.flag("stapled", verdict.revocation.is_some())?;
    match &verdict.revocation {
        Some(revocation) => map.text("status", revocation.name())?,
        None => map.set("status", Value::NIL)?,
    }
    Ok(map.map.value())
}

fn scores(vm: &mut Vm, verdict: &Verdict) -> Result<Value> {
    let scores = verdict.scores;
    let mut map = Draft::new(vm, 4);
    map.number("protocol", scores.protocol)?;
    map.number("key_exchange", scores.key_exchange)?;
    map.number("cipher", scores.cipher)?;
    map.number("total", scores.total)?;
    Ok(map.map.value())
}

/// Those that a name is known by: whether they are there, nil where it cannot be told.
fn vulnerabilities(vm: &mut Vm, found: &Findings, verdict: &Verdict) -> Result<Value> {
    let has = |code: &str| Some(verdict.issues.iter().any(|issue| issue.code == code));
    let mut map = Draft::new(vm, 12);
    for name in ["beast", "crime", "drown", "freak", "logjam", "poodle", "rc4", "sweet32"] {
        map.flag(name, has(name))?;
    }
    map.flag("heartbleed", found.heartbleed)?;
    map.flag("insecure_renegotiation", found.insecure_renegotiation)?;
    map.flag("robot", found.robot)?;
    Ok(map.map.value())
}
