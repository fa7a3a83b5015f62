//! What the prompt shows of the program: places, source lines, lists.

use crate::vm::Vm;

/// Lines of source around the present one.
pub(super) const NARROW: u32 = 1;
pub(super) const WIDE: u32 = 8;
/// Calls and fibers that a list shows.
const MOST: usize = 100;

/// Where a call stands.
pub(super) fn place(vm: &Vm, fiber: u32, call: usize) -> String {
    let calls = vm.calls_of(fiber);
    let Some(call) = calls.get(call) else { return format!("{}\n", vm.fiber_name(fiber)) };
    format!("{} at {}:{} ({})\n", call.name, vm.sources[call.source as usize].path, call.line, vm.fiber_name(fiber))
}

/// The lines around a call's place.
pub(super) fn source(vm: &Vm, fiber: u32, call: usize, around: u32, colour: bool) -> String {
    let calls = vm.calls_of(fiber);
    let Some(call) = calls.get(call) else { return String::new() };
    let source = &vm.sources[call.source as usize];
    let text = source.text.as_deref().map(<[u8]>::to_vec).or_else(|| std::fs::read(&*source.path).ok());
    let Some(text) = text else { return String::new() };
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().zip(1u32..).skip(call.line.saturating_sub(around + 1) as usize);
    let mut shown = String::new();
    for (line, number) in lines.take_while(|(_, number)| *number <= call.line.saturating_add(around)) {
        let mark = if number == call.line { '>' } else { ' ' };
        let line: String = line.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
        let whole = format!("{mark}{number:5} | {line}");
        shown.push_str(&if colour && mark == '>' { format!("\x1b[1m{whole}\x1b[0m\n") } else { format!("{whole}\n") });
    }
    shown
}

/// The calls of a fiber.
pub(super) fn calls(vm: &Vm, fiber: u32, present: usize) -> String {
    let mut text = String::new();
    let calls = vm.calls_of(fiber);
    for (number, call) in calls.iter().enumerate().take(MOST) {
        let mark = if number == present { '>' } else { ' ' };
        let path = &vm.sources[call.source as usize].path;
        text.push_str(&format!("{mark}{number:3}  {} at {path}:{}\n", call.name, call.line));
    }
    if calls.len() > MOST {
        text.push_str(&format!("… {} in all\n", calls.len()));
    }
    text
}

/// The fibers that live.
pub(super) fn fibers(vm: &Vm, present: u32) -> String {
    let mut text = String::new();
    let numbers = vm.fiber_numbers();
    for &number in numbers.iter().take(MOST) {
        let mark = if number == present { '>' } else { ' ' };
        let at = vm
            .calls_of(number)
            .first()
            .map(|call| format!(" at {}:{}", vm.sources[call.source as usize].path, call.line));
        text.push_str(&format!("{mark} {}{}\n", vm.fiber_name(number), at.unwrap_or_default()));
    }
    if numbers.len() > MOST {
        text.push_str(&format!("… {} in all\n", numbers.len()));
    }
    text
}

/// The breakpoints.
pub(super) fn breakpoints(vm: &Vm) -> String {
    let list = vm.debugger.iter().flat_map(|debugger| debugger.breakpoints.iter());
    let lines = list.map(|breakpoint| {
        let path = &vm.sources[breakpoint.source as usize].path;
        let condition = breakpoint.wanted.condition.as_ref().map(|condition| format!(" if {condition}"));
        let message = breakpoint.wanted.message.as_ref().map(|message| format!(" log {message}"));
        let more = condition.or(message).unwrap_or_default();
        format!("{:3}  {path}:{}{more}\n", breakpoint.number, breakpoint.line)
    });
    let text: String = lines.collect();
    if text.is_empty() { "none\n".into() } else { text }
}

/// The file of this name, or the one that the call stands in.
pub(super) fn source_named(vm: &Vm, name: Option<&str>, fiber: u32, call: usize) -> Result<u32, String> {
    let Some(name) = name else {
        return vm.calls_of(fiber).get(call).map(|call| call.source).ok_or_else(|| "which file?".into());
    };
    let fits = |path: &str| path == name || path.strip_suffix(name).is_some_and(|before| before.ends_with('/'));
    let found = vm.sources.iter().enumerate().find(|(_, source)| !vm.is_of_library(source.main) && fits(&source.path));
    found.map(|(index, _)| index as u32).ok_or_else(|| format!("the program has no file {name}"))
}
