//! Time zones by name. The database is part of the program: every machine gives the same.

use std::sync::OnceLock;

use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

use crate::builtins::{environment, nearest};
use crate::fault::Fault;

/// The longest name that is looked at.
const LONGEST: usize = 256;

fn database() -> &'static TimeZoneDatabase {
    static DATABASE: OnceLock<TimeZoneDatabase> = OnceLock::new();
    DATABASE.get_or_init(TimeZoneDatabase::bundled)
}

/// The zone that a script names: `UTC`, `local`, an offset, a name of the database, or
/// rules as POSIX writes them.
pub(super) fn zone(name: &[u8]) -> Result<TimeZone, Box<Fault>> {
    let name = String::from_utf8_lossy(&name[..name.len().min(LONGEST)]);
    match &*name {
        "UTC" | "utc" | "Z" | "z" => Ok(TimeZone::UTC),
        "local" => Ok(local()),
        name => find(name).ok_or_else(|| unknown(name)),
    }
}

fn find(name: &str) -> Option<TimeZone> {
    if let Some(offset) = offset(name) {
        return Some(TimeZone::fixed(offset));
    }
    database().get(name).ok().or_else(|| TimeZone::posix(name).ok())
}

/// `+02:00`, `-0330`, `+01`
fn offset(name: &str) -> Option<Offset> {
    let (sign, rest) = match name.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, name.strip_prefix('-')?),
    };
    let number = |text: &str, below: i32| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number: &i32| digits && *number < below)
    };
    let hours = number(rest.get(..2)?, 24)?;
    let minutes = rest[2..].strip_prefix(':').unwrap_or(&rest[2..]);
    let minutes = if rest.len() == 2 { 0 } else { number(minutes, 60)? };
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// The zone that the `TZ` variable names, else the machine's, else UTC.
fn local() -> TimeZone {
    let variable = environment().get(&b"TZ"[..]).cloned();
    let Some(variable) = variable else { return TimeZone::try_system().unwrap_or(TimeZone::UTC) };
    let text = String::from_utf8_lossy(&variable);
    let name = text.strip_prefix(':').unwrap_or(&text);
    // A file of the system's database is known by its name.
    let name = name.split_once("/zoneinfo/").map_or(name, |(_, name)| name);
    find(name).unwrap_or(TimeZone::UTC)
}

#[cold]
fn unknown(name: &str) -> Box<Fault> {
    let names: Vec<_> = database().available().collect();
    let hint = match nearest(name, names.iter().map(|name| name.as_str())) {
        Some(near) => format!(", did you mean `{near}`?"),
        None => " (known: names as `Europe/Berlin`, `UTC`, `local`, offsets as `+02:00`)".into(),
    };
    Fault::new("time", format!("unknown time zone `{name}`{hint}"))
}
