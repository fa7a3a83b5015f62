//! Requests about breakpoints and about which errors stop the program.

use serde_json::{Value as Json, json};

use super::{Session, sources};
use crate::debug::Filters;
use crate::debug::breakpoints::{HitCount, Wanted};
use crate::vm::Vm;

impl Session {
    /// Keeps breakpoints for when there is a program.
    pub(super) fn remember_breakpoints(&mut self, arguments: &Json) -> Json {
        let list = arguments["breakpoints"].as_array().cloned().unwrap_or_default();
        let answers: Vec<Json> =
            list.iter().map(|_| json!({ "verified": false, "message": "the program is not loaded yet" })).collect();
        if let Some(path) = arguments["source"]["path"].as_str() {
            self.early.insert(path.to_owned(), list);
        }
        json!({ "breakpoints": answers })
    }

    /// Sets what was kept.
    pub(super) fn apply_early(&mut self, vm: &mut Vm) {
        for (path, breakpoints) in std::mem::take(&mut self.early) {
            // What the program does not have was never verified.
            let _ = self.set_breakpoints(vm, &json!({ "source": { "path": path }, "breakpoints": breakpoints }));
        }
        let filters = self.filters;
        vm.debugger.iter_mut().for_each(|debugger| debugger.filters = filters);
    }

    /// The breakpoints of a file, instead of those that it had.
    pub(super) fn set_breakpoints(&mut self, vm: &mut Vm, arguments: &Json) -> Result<Json, String> {
        let list = arguments["breakpoints"].as_array().cloned().unwrap_or_default();
        let source = match sources::find(vm, &arguments["source"]) {
            Ok(source) => source,
            Err(message) => {
                let answers: Vec<Json> =
                    list.iter().map(|_| json!({ "verified": false, "message": message })).collect();
                return Ok(json!({ "breakpoints": answers }));
            }
        };
        vm.remove_breakpoints(|breakpoint| breakpoint.source == source && !breakpoint.by_name);
        let answers: Vec<Json> = list.iter().map(|breakpoint| self.set_breakpoint(vm, source, breakpoint)).collect();
        Ok(json!({ "breakpoints": answers }))
    }

    fn set_breakpoint(&self, vm: &mut Vm, source: u32, breakpoint: &Json) -> Json {
        let refused = |message: String| json!({ "verified": false, "message": message });
        let line = breakpoint["line"].as_i64().map(|line| line - self.first_line + 1);
        let Some(line) = line.and_then(|line| u32::try_from(line).ok()) else {
            return refused("`line` is missing".into());
        };
        let wanted = match wanted(breakpoint) {
            Ok(wanted) => wanted,
            Err(message) => return refused(message),
        };
        match vm.set_breakpoint(source, line, wanted) {
            Some((number, line)) => {
                let source = sources::described(vm, source);
                json!({ "verified": true, "id": number, "line": self.line(line), "source": source })
            }
            None => refused("no statement begins on this line or below".into()),
        }
    }

    pub(super) fn set_function_breakpoints(&mut self, vm: &mut Vm, arguments: &Json) -> Json {
        vm.remove_breakpoints(|breakpoint| breakpoint.by_name);
        let list = arguments["breakpoints"].as_array().cloned().unwrap_or_default();
        let answers = list.iter().map(|breakpoint| {
            let name = breakpoint["name"].as_str().unwrap_or_default();
            match wanted(breakpoint).map(|wanted| vm.set_function_breakpoint(name, wanted)) {
                Ok(Some((number, source, line))) => {
                    let source = sources::described(vm, source);
                    json!({ "verified": true, "id": number, "line": self.line(line), "source": source })
                }
                Ok(None) => json!({ "verified": false, "message": format!("there is no function `{name}`") }),
                Err(message) => json!({ "verified": false, "message": message }),
            }
        });
        let answers: Vec<Json> = answers.collect();
        json!({ "breakpoints": answers })
    }

    /// Which errors stop the program.
    pub(super) fn set_filters(&mut self, vm: Option<&mut Vm>, arguments: &Json) -> Json {
        let names = arguments["filters"].as_array().into_iter().flatten();
        let options = arguments["filterOptions"].as_array().into_iter().flatten().map(|option| &option["filterId"]);
        let names: Vec<&str> = names.chain(options).filter_map(Json::as_str).collect();
        self.filters = Filters { caught: names.contains(&"caught"), uncaught: names.contains(&"uncaught") };
        if let Some(debugger) = vm.and_then(|vm| vm.debugger.as_mut()) {
            debugger.filters = self.filters;
        }
        Json::Null
    }

    pub(super) fn breakpoint_locations(&self, vm: &Vm, arguments: &Json) -> Result<Json, String> {
        let source = sources::find(vm, &arguments["source"])?;
        let line = |value: &Json| value.as_i64().and_then(|line| u32::try_from(line - self.first_line + 1).ok());
        let Some(from) = line(&arguments["line"]) else { return Err("`line` is missing".into()) };
        let to = line(&arguments["endLine"]).unwrap_or(from);
        let lines = vm.breakable_lines(source, from, to);
        let lines: Vec<Json> = lines.into_iter().map(|line| json!({ "line": self.line(line) })).collect();
        Ok(json!({ "breakpoints": lines }))
    }

    /// A line as the client counts them.
    pub(super) fn line(&self, line: u32) -> i64 {
        i64::from(line) - 1 + self.first_line
    }
}

fn wanted(breakpoint: &Json) -> Result<Wanted, String> {
    let text = |name: &str| breakpoint[name].as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let hits = match text("hitCondition") {
        None => None,
        Some(count) => Some(
            HitCount::parse(&count)
                .ok_or_else(|| format!("`{count}` is no count of hits: 5, >= 5, == 5, > 5, < 5, <= 5 or % 5"))?,
        ),
    };
    Ok(Wanted { condition: text("condition"), hits, message: text("logMessage") })
}
