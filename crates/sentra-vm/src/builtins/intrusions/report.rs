//! Alerts for scripts, and as lines of EVE JSON.

use jiff::Timestamp;
use sentra_netlib::exchange::detect::{Alert, Evidence, eve};

use crate::fault::Fault;
use crate::heap::Heap;
use crate::value::Value;

type Result<T> = std::result::Result<T, Box<Fault>>;

/// A time of the traffic.
fn moment(alert: &Alert) -> Timestamp {
    i64::try_from(alert.at).ok().and_then(|at| Timestamp::from_microsecond(at).ok()).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The alerts as an array of maps.
pub(in crate::builtins) fn alerts(heap: &mut Heap, alerts: &[Alert]) -> Result<Value> {
    let list = heap.array(&[]);
    for alert in alerts {
        let alert = one(heap, alert)?;
        list.push(heap, alert)?;
    }
    Ok(list.value())
}

fn one(heap: &mut Heap, alert: &Alert) -> Result<Value> {
    let map = heap.map(9);
    let timestamp = moment(alert).strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
    let (source, target) = (alert.source.to_string(), alert.target.to_string());
    for (key, text) in [
        ("timestamp", timestamp.as_str()),
        ("alert_type", &alert.name),
        ("severity", alert.severity.word()),
        ("source_ip", &source),
        ("target_ip", &target),
    ] {
        let text = heap.checked_text(text.as_bytes())?;
        map.set_text(heap, key, text)?;
    }
    let port = alert.target_port.map_or(Value::NIL, |port| Value::number(f64::from(port)));
    map.set_text(heap, "target_port", port)?;
    let protocol = heap.text(alert.protocol.as_bytes());
    map.set_text(heap, "protocol", protocol)?;
    let description = heap.checked_text(alert.description.as_bytes())?;
    map.set_text(heap, "description", description)?;
    let evidence = heap.map(alert.evidence.len());
    for (key, value) in &alert.evidence {
        let value = match value {
            Evidence::Count(count) => Value::number(*count as f64),
            Evidence::Text(text) => heap.checked_text(text.as_bytes())?,
        };
        evidence.set_text(heap, key, value)?;
    }
    map.set_text(heap, "evidence", evidence.value())?;
    Ok(map.value())
}

/// The alerts as lines of EVE JSON.
pub(super) fn lines(alerts: &[Alert]) -> String {
    let line = |alert: &Alert| {
        let timestamp = moment(alert).strftime("%Y-%m-%dT%H:%M:%S%.6f+0000").to_string();
        eve(alert, &timestamp) + "\n"
    };
    alerts.iter().map(line).collect()
}
