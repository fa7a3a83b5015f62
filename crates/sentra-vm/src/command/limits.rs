//! The flags that keep a program to what its user wants: what it may reach, for how long, and
//! how much of it.

use std::time::Duration;

use sentra_compiler::command_line::Parsed;

use crate::permission::{Access, Permissions};

/// What the flags allow: everything, unless one of them says what.
pub(super) fn permissions(parsed: &Parsed) -> Result<Permissions, String> {
    if !parsed.has("sandbox") && !Access::ALL.iter().any(|access| parsed.has(access.flag())) {
        return Ok(Permissions::default());
    }
    let mut permissions = Permissions::none();
    for access in Access::ALL {
        for value in parsed.values(access.flag()) {
            let Some(value) = value else {
                permissions.allow_all(access);
                continue;
            };
            let list = value.to_str().ok_or_else(|| format!("error: `--{}` is no UTF-8", access.flag()))?;
            permissions.allow(access, list).map_err(|wrong| format!("error: {wrong}"))?;
        }
    }
    Ok(permissions)
}

/// How long the program may take.
pub(super) fn max_time(parsed: &Parsed) -> Result<Option<Duration>, String> {
    let Some(text) = parsed.value("max-time").map(|value| value.to_string_lossy()) else { return Ok(None) };
    let seconds = text.parse().ok().filter(|seconds: &f64| *seconds > 0.0);
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.map(Some).ok_or_else(|| format!("error: `--max-time` is a number of seconds above 0, not `{text}`"))
}

/// Keeps the process to the sockets and files that it may open from now on, if there is a limit.
pub(super) fn keep_open_files(parsed: &Parsed) -> Result<(), String> {
    let Some(most) = number(parsed, "max-open")? else { return Ok(()) };
    sentra_netlib::limits::limit_files(most).map_err(|error| format!("error: `--max-open` cannot be kept: {error}"))
}

/// The number that a flag gives.
pub(super) fn number(parsed: &Parsed, flag: &str) -> Result<Option<usize>, String> {
    let Some(text) = parsed.value(flag).map(|value| value.to_string_lossy()) else { return Ok(None) };
    let number = text.parse().ok().filter(|&number| number > 0);
    number.map(Some).ok_or_else(|| format!("error: `--{flag}` is a number above 0, not `{text}`"))
}
