//! Numbers about traffic as a map.

use sentra_netlib::endpoint::packet::Statistics;
use sentra_netlib::exchange::traffic::{Connection, Counts, Port, Report, Suspect, Top};
use sentra_netlib::wire::packet::ip;
use sentra_netlib::wire::service::{Transport, name};

use super::Result;
use crate::builtins::intrusions::alerts;
use crate::heap::{Array, Heap, Map};
use crate::value::Value;

/// The map of a report. Without a time of its own it is that between the first and the last frame.
pub(super) fn report(
    heap: &mut Heap,
    interface: &str,
    report: &Report,
    statistics: Statistics,
    seconds: Option<f64>,
) -> Result<Value> {
    let recorded = report.times.map_or(0.0, |(first, last)| last.saturating_sub(first) as f64 / 1e9);
    let seconds = seconds.unwrap_or(recorded);
    let rate = |count: u64| if seconds > 0.0 { count as f64 / seconds } else { count as f64 };
    let map = heap.map(24);
    set_text(heap, map, "interface", interface)?;
    for (key, number) in [
        ("duration_seconds", seconds),
        ("total_packets", report.total.packets as f64),
        ("total_bytes", report.total.bytes as f64),
        ("packets_per_second", rate(report.total.packets)),
        ("bytes_per_second", rate(report.total.bytes)),
        ("peak_packets_per_second", report.peak.packets as f64),
        ("peak_bytes_per_second", report.peak.bytes as f64),
        ("dropped", statistics.dropped as f64),
    ] {
        map.set_text(heap, key, Value::number(number))?;
    }
    let protocols = heap.map(report.protocols.len());
    for (name, counts) in &report.protocols {
        let entry = heap.map(2);
        set_counts(heap, entry, *counts)?;
        protocols.set_text(heap, name, entry.value())?;
    }
    map.set_text(heap, "protocol_stats", protocols.value())?;
    let sources = list(heap, &report.sources, top)?;
    map.set_text(heap, "top_sources", sources)?;
    let destinations = list(heap, &report.destinations, top)?;
    map.set_text(heap, "top_destinations", destinations)?;
    let ports = list(heap, &report.ports, port)?;
    map.set_text(heap, "top_ports", ports)?;
    let connections = list(heap, &report.connections, connection)?;
    map.set_text(heap, "connections", connections)?;
    map.set_text(heap, "connection_count", Value::number(report.flows as f64))?;
    for (key, names) in
        [("dns_names", &report.dns_names), ("tls_names", &report.tls_names), ("http_hosts", &report.http_hosts)]
    {
        let names = list(heap, names, |heap, map, (name, count)| {
            set_text(heap, map, "name", name)?;
            map.set_text(heap, "count", Value::number(*count as f64))
        })?;
        map.set_text(heap, key, names)?;
    }
    let suspicious = list(heap, &report.suspects, suspect)?;
    map.set_text(heap, "suspicious_ips", suspicious)?;
    let alerts = alerts(heap, &report.alerts)?;
    map.set_text(heap, "alerts", alerts)?;
    let forgotten = report.forgotten as u64 + report.forgotten_flows;
    map.set_text(heap, "forgotten", Value::number(forgotten as f64))?;
    Ok(map.value())
}

fn list<T>(heap: &mut Heap, all: &[T], mut fill: impl FnMut(&mut Heap, Map, &T) -> Result<()>) -> Result<Value> {
    let array: Array = heap.array(&[]);
    for one in all {
        let map = heap.map(4);
        array.push(heap, map.value())?;
        fill(heap, map, one)?;
    }
    Ok(array.value())
}

fn set_text(heap: &mut Heap, map: Map, key: &str, text: &str) -> Result<()> {
    let text = heap.checked_text(text.as_bytes())?;
    map.set_text(heap, key, text)
}

fn set_counts(heap: &mut Heap, map: Map, counts: Counts) -> Result<()> {
    map.set_text(heap, "packets", Value::number(counts.packets as f64))?;
    map.set_text(heap, "bytes", Value::number(counts.bytes as f64))
}

fn top(heap: &mut Heap, map: Map, (address, counts): &Top) -> Result<()> {
    set_text(heap, map, "ip", &address.to_string())?;
    set_counts(heap, map, *counts)
}

fn protocol(number: u8) -> String {
    ip::name(number).map_or_else(|| format!("IP protocol {number}"), str::to_string)
}

fn port(heap: &mut Heap, map: Map, port: &Port) -> Result<()> {
    map.set_text(heap, "port", Value::number(f64::from(port.port)))?;
    set_text(heap, map, "protocol", &protocol(port.protocol))?;
    let over = if port.protocol == ip::UDP { Transport::Udp } else { Transport::Tcp };
    set_text(heap, map, "service", name(over, port.port))?;
    set_counts(heap, map, port.counts)
}

fn connection(heap: &mut Heap, map: Map, connection: &Connection) -> Result<()> {
    set_text(heap, map, "protocol", &protocol(connection.protocol))?;
    for (address, port, peer) in [
        ("source_ip", "source_port", connection.source),
        ("destination_ip", "destination_port", connection.destination),
    ] {
        set_text(heap, map, address, &peer.address.to_string())?;
        map.set_text(heap, port, Value::number(f64::from(peer.port)))?;
    }
    set_text(heap, map, "state", connection.state.name())?;
    set_counts(heap, map, connection.sent.plus(connection.received))?;
    for (key, number) in [
        ("packets_sent", connection.sent.packets),
        ("bytes_sent", connection.sent.bytes),
        ("packets_received", connection.received.packets),
        ("bytes_received", connection.received.bytes),
    ] {
        map.set_text(heap, key, Value::number(number as f64))?;
    }
    let seconds = connection.last.saturating_sub(connection.first) as f64 / 1e9;
    map.set_text(heap, "duration_seconds", Value::number(seconds))
}

fn suspect(heap: &mut Heap, map: Map, suspect: &Suspect) -> Result<()> {
    set_text(heap, map, "ip", &suspect.address.to_string())?;
    set_text(heap, map, "severity", suspect.severity.word())?;
    set_text(heap, map, "reason", &suspect.reason)?;
    let types = heap.array(&[]);
    map.set_text(heap, "alert_types", types.value())?;
    for name in &suspect.types {
        let name = heap.checked_text(name.as_bytes())?;
        types.push(heap, name)?;
    }
    Ok(())
}
