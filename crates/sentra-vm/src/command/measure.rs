//! `--profile`, `--trace` and `--stats`: set up before a program is linked, written when it has ended.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use sentra_compiler::command_line::Parsed;
use sentra_compiler::compile::Debug;

use super::statistics;
use crate::measure::profile::Profile;
use crate::measure::{Lag, Measure, flame};
use crate::vm::Vm;

/// What has to be known of a program's statements.
pub(super) fn information(parsed: &Parsed) -> Debug {
    if parsed.has("profile") { Debug::Information } else { Debug::None }
}

/// Measures what the flags want. Files are made at once: a program should not run for nothing.
pub(super) fn begin(parsed: &Parsed, vm: &mut Vm) -> Result<(), String> {
    if let Some(format) = parsed.value("stats").filter(|&format| format != "json") {
        return Err(format!(
            "error: `--stats` is given alone or as `--stats=json`, not `--stats={}`",
            format.display()
        ));
    }
    let wanted = ["profile", "trace", "stats"].iter().any(|flag| parsed.has(flag));
    if !wanted {
        return Ok(());
    }
    let cannot = |path: &OsStr, error: std::io::Error| format!("error: {}: {error}", path.display());
    let mut measure = Measure::default();
    measure.lag = parsed.has("stats").then(Lag::default);
    if let Some(path) = parsed.value("trace") {
        measure.trace(Path::new(path)).map_err(|error| cannot(path, error))?;
    }
    if let Some(path) = parsed.value("profile") {
        File::create(path).map_err(|error| cannot(path, error))?;
        measure.profile = Some(Profile::start(vm).map_err(|error| cannot(path, error))?);
    }
    vm.measure = Some(Box::new(measure));
    Ok(())
}

/// Writes what was measured.
pub(super) fn end(parsed: &Parsed, vm: &mut Vm) -> Result<(), String> {
    if parsed.has("stats") {
        let json = parsed.value("stats").is_some();
        let figures = statistics::figures(vm);
        vm.output.write_error(statistics::text(&figures, json).as_bytes());
    }
    let Some(mut measure) = vm.measure.take() else { return Ok(()) };
    measure.end_trace().map_err(|error| format!("error: the trace could not be written: {error}"))?;
    if let (Some(path), Some(profile)) = (parsed.value("profile"), &measure.profile) {
        let folded = profile.folded(vm);
        let is_picture = Path::new(path).extension().is_some_and(|extension| extension == "svg");
        let text = if is_picture { flame::svg(&folded) } else { folded };
        let written = File::create(path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| format!("error: {}: {error}", path.display()))?;
    }
    Ok(())
}
