//! Lines about requests that were answered: the common and the combined log format, and JSON.
//! What a client sent is written so that it stays within its place: one line, quotes and all.

use std::io::Write;

use super::date;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// How a line is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `host - user [time] "request" status bytes`
    Common,
    /// The same with the fields `Referer` and `User-Agent`.
    Combined,
    /// A JSON object.
    Json,
}

impl Format {
    /// The names of the formats.
    pub const NAMES: [(&'static str, Self); 3] =
        [("common", Self::Common), ("combined", Self::Combined), ("json", Self::Json)];
}

/// A request and its answer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record<'a> {
    /// The client's address.
    pub address: &'a [u8],
    /// When the request came, in milliseconds since 1970.
    pub time: u64,
    /// The method.
    pub method: &'a [u8],
    /// The target as it was sent.
    pub target: &'a [u8],
    /// The version, as `HTTP/1.1`.
    pub version: &'a [u8],
    /// The status of the answer.
    pub status: u16,
    /// Bytes of the answer's body that were sent.
    pub bytes: u64,
    /// The field `Referer`.
    pub referer: Option<&'a [u8]>,
    /// The field `User-Agent`.
    pub agent: Option<&'a [u8]>,
    /// The field `Host`.
    pub host: Option<&'a [u8]>,
    /// Microseconds from the request's head to the answer's end.
    pub micros: u64,
}

/// Appends a line.
pub fn write(format: Format, record: &Record<'_>, out: &mut Vec<u8>) {
    match format {
        Format::Common => common(record, out),
        Format::Combined => {
            common(record, out);
            for field in [record.referer, record.agent] {
                out.extend(b" \"");
                escape(field.unwrap_or(b"-"), out);
                out.push(b'"');
            }
        }
        Format::Json => json(record, out),
    }
    out.push(b'\n');
}

fn common(record: &Record<'_>, out: &mut Vec<u8>) {
    escape(record.address, out);
    out.extend(b" - - [");
    let seconds = record.time / 1000;
    let (year, month, day) = date::civil(seconds / 86_400);
    let of_day = seconds % 86_400;
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let month = MONTHS[month as usize - 1];
    // Memory takes all that is written.
    let _ = write!(out, "{day:02}/{month}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000] \"");
    for (at, part) in [record.method, record.target, record.version].into_iter().enumerate() {
        if at > 0 && !part.is_empty() {
            out.push(b' ');
        }
        escape(part, out);
    }
    let _ = write!(out, "\" {} ", record.status);
    let _ = if record.bytes == 0 { write!(out, "-") } else { write!(out, "{}", record.bytes) };
}

/// Writes bytes as Apache does: what is not visible, and what is not ASCII, as `\xHH`.
fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b' '..=b'~' => out.push(byte),
            _ => drop(write!(out, "\\x{byte:02x}")),
        }
    }
}

fn json(record: &Record<'_>, out: &mut Vec<u8>) {
    let time = record.time;
    let (year, month, day) = date::civil(time / 86_400_000);
    let of_day = time % 86_400_000;
    let (hour, minute, second, milli) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60, of_day % 1000);
    let _ = write!(out, "{{\"time\":\"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z\"");
    text("remote_address", Some(record.address), out);
    text("method", Some(record.method), out);
    text("target", Some(record.target), out);
    text("version", Some(record.version), out);
    let _ = write!(out, ",\"status\":{},\"bytes\":{}", record.status, record.bytes);
    let _ = write!(out, ",\"duration_ms\":{}.{:03}", record.micros / 1000, record.micros % 1000);
    text("host", record.host, out);
    text("referer", record.referer, out);
    text("user_agent", record.agent, out);
    out.push(b'}');
}

/// A member with a text, if there is one. What is not UTF-8 becomes U+FFFD.
fn text(name: &str, value: Option<&[u8]>, out: &mut Vec<u8>) {
    let Some(value) = value else { return };
    let _ = write!(out, ",\"{name}\":\"");
    for character in String::from_utf8_lossy(value).chars() {
        let _ = match character {
            '"' | '\\' => write!(out, "\\{character}"),
            // Line ends that some readers of lines know, though JSON does not.
            '\0'..' ' | '\x7f'..='\u{9f}' | '\u{2028}' | '\u{2029}' => write!(out, "\\u{:04x}", u32::from(character)),
            _ => write!(out, "{character}"),
        };
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(format: Format, record: &Record<'_>) -> String {
        let mut out = Vec::new();
        write(format, record, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn record() -> Record<'static> {
        Record {
            address: b"127.0.0.1",
            time: 784_111_777_042,
            method: b"GET",
            target: b"/a?b=1",
            version: b"HTTP/1.1",
            status: 200,
            bytes: 17,
            agent: Some(b"curl/8"),
            host: Some(b"localhost"),
            micros: 1042,
            ..Record::default()
        }
    }

    #[test]
    fn the_formats() {
        let common = "127.0.0.1 - - [06/Nov/1994:08:49:37 +0000] \"GET /a?b=1 HTTP/1.1\" 200 17";
        assert_eq!(line(Format::Common, &record()), format!("{common}\n"));
        assert_eq!(line(Format::Combined, &record()), format!("{common} \"-\" \"curl/8\"\n"));
        assert_eq!(
            line(Format::Json, &record()),
            "{\"time\":\"1994-11-06T08:49:37.042Z\",\"remote_address\":\"127.0.0.1\",\"method\":\"GET\",\"target\":\"/a?b=1\",\
             \"version\":\"HTTP/1.1\",\"status\":200,\"bytes\":17,\"duration_ms\":1.042,\"host\":\"localhost\",\"user_agent\":\"curl/8\"}\n"
        );
    }

    #[test]
    fn hostile_bytes_stay_in_their_place() {
        let target: Vec<u8> = (0..=255).collect();
        let hostile = Record { target: &target, agent: Some(&target), bytes: 0, ..record() };
        for format in [Format::Common, Format::Combined, Format::Json] {
            let line = line(format, &hostile);
            assert_eq!(line.matches('\n').count(), 1);
            assert!(!line.trim_end().chars().any(char::is_control), "{line}");
        }
        let combined = line(Format::Combined, &hostile);
        // Two quotes each around the request and the two fields, all others escaped.
        assert_eq!(combined.matches('"').count() - combined.matches("\\\"").count(), 6);
        assert!(combined.contains("\" 200 - \"-\""));
    }
}
