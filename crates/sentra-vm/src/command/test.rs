//! The `test` command's line, and which of its two sides runs: the one that starts tests, or the
//! process of one test.

use std::path::PathBuf;
use std::time::Duration;

use sentra_compiler::command_line::Parsed;

use crate::output::Output;
use crate::testing::{self, Settings, Test};

/// Does what the command line says; the status to exit with.
pub(super) fn run(parsed: &Parsed) -> Result<i32, String> {
    let timeout = timeout(parsed)?;
    if let (Some(name), Some(result)) = (parsed.value("only"), parsed.value("result")) {
        let file = parsed.text(0).ok_or("error: `--only` needs a file")?;
        let test = Test { file, name: name.to_string_lossy().into_owned() };
        let mut vm = super::vm(parsed)?;
        return testing::run_single(&mut vm, &test, timeout, result.as_ref()).map(|()| 0);
    }
    let mut output = Output::stdout().quitting();
    let status = testing::run(&settings(parsed, timeout)?, &mut output)?;
    Ok(super::finish_output(&mut output).unwrap_or(status))
}

fn settings(parsed: &Parsed, timeout: Duration) -> Result<Settings, String> {
    let text = |flag| parsed.value(flag).map(|value| value.to_string_lossy().into_owned());
    let jobs = match text("jobs") {
        None => std::thread::available_parallelism().map_or(1, usize::from),
        Some(jobs) => match jobs.parse() {
            Ok(jobs @ 1..=1024) => jobs,
            _ => return Err(format!("error: `--jobs` is 1 to 1024, not `{jobs}`")),
        },
    };
    let size = parsed.value("max-memory").cloned();
    size.as_ref().map(|size| super::memory::parse_size(&size.to_string_lossy())).transpose()?;
    let paths: Vec<PathBuf> = parsed.operands.iter().map(PathBuf::from).collect();
    Ok(Settings {
        paths: if paths.is_empty() { vec![".".into()] } else { paths },
        filter: text("filter").unwrap_or_default(),
        jobs,
        timeout,
        max_memory: size,
        json: parsed.has("json"),
        junit: parsed.value("junit").map(PathBuf::from),
        fail_fast: parsed.has("fail-fast"),
        list: parsed.has("list"),
    })
}

fn timeout(parsed: &Parsed) -> Result<Duration, String> {
    let Some(text) = parsed.value("timeout").map(|value| value.to_string_lossy()) else {
        return Ok(Duration::from_secs(60));
    };
    let seconds = text.parse().ok().filter(|seconds: &f64| *seconds > 0.0);
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let within = duration.filter(|duration| *duration <= Duration::from_secs(365 * 24 * 3600));
    within.ok_or_else(|| format!("error: `--timeout` is a number of seconds above 0, not `{text}`"))
}
