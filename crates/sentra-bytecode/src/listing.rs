//! Shows a module to people: each function with what it takes and catches, each instruction
//! with its operands resolved, under the source line that it comes from.
//!
//! The module need not be valid: what an operand refers to in vain is shown as a bare number.

mod operands;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::instruction::Instruction;
use crate::module::{Capture, Export, Function, HandlerKind, Module};
use crate::opcode::Flow;
use operands::Operands;

/// The longest source line that is shown whole, in characters.
const LINE_WIDTH: usize = 100;

/// The listing of a module. `sources` gives the text of a source file by its index, if it
/// can be had.
pub fn list(module: &Module, sources: &dyn Fn(u32) -> Option<String>) -> String {
    let texts: Vec<_> = (0..module.sources.len() as u32).map(sources).collect();
    let mut lister = Lister { module, lines: Vec::new(), out: String::new() };
    lister.lines = texts.iter().map(|text| text.as_deref().map(|text| text.lines().collect())).collect();
    lister.files();
    for index in 0..module.functions.len() {
        lister.function(index);
    }
    lister.out
}

struct Lister<'a> {
    module: &'a Module,
    /// The lines of each source file whose text is known.
    lines: Vec<Option<Vec<&'a str>>>,
    out: String,
}

/// Writing to a `String` cannot fail.
macro_rules! line {
    ($lister:expr, $($text:tt)*) => {
        writeln!($lister.out, $($text)*).expect("a String takes any text")
    };
}

impl Lister<'_> {
    /// The source files with what they export.
    fn files(&mut self) {
        for (index, source) in self.module.sources.iter().enumerate() {
            let entry = if index == self.module.entry as usize { ", the program starts here" } else { "" };
            line!(self, "file {} (f{}{entry})", source.path.escape_debug(), source.main);
            for (name, export) in &source.exports {
                let target = match export {
                    Export::Global(index) => format!("g{index}"),
                    Export::Function(index) => format!("f{index}"),
                };
                line!(self, "  export {} = {target}", name.escape_debug());
            }
        }
    }

    fn function(&mut self, index: usize) {
        let function = &self.module.functions[index];
        self.head(index, function);
        let labels = labels(function);
        for handler in &function.handlers {
            let kind = match handler.kind {
                HandlerKind::Catch => "catch",
                HandlerKind::Finally => "finally",
            };
            let label = labels[&i64::from(handler.target)];
            line!(
                self,
                "  {kind} {} to {} at depth {} -> L{label}",
                handler.start,
                u64::from(handler.end).saturating_sub(1),
                handler.depth
            );
        }
        self.code(function, &labels);
    }

    fn head(&mut self, index: usize, function: &Function) {
        let name = if function.name.is_empty() { "lambda" } else { &function.name };
        let mut parts = Vec::new();
        match (function.required, function.parameters) {
            (0, 0) => {}
            (1, 1) => parts.push("1 parameter".into()),
            (required, all) if required == all => parts.push(format!("{all} parameters")),
            (required, all) => parts.push(format!("{required} to {all} parameters")),
        }
        if function.rest {
            parts.push("rest".into());
        }
        parts.push(format!("stack {}", function.max_depth));
        line!(self, "\nfunction f{index} {}: {}", name.escape_debug(), parts.join(", "));
        for (number, capture) in function.captures.iter().enumerate() {
            match capture {
                Capture::Slot(slot) => line!(self, "  capture {number} = slot {slot} outside"),
                Capture::Outer(outer) => line!(self, "  capture {number} = capture {outer} outside"),
            }
        }
    }

    fn code(&mut self, function: &Function, labels: &BTreeMap<i64, usize>) {
        let mut lines = first_of_lines(function, labels).into_iter().peekable();
        for (index, instruction) in function.code.iter().enumerate() {
            while let Some((_, line)) = lines.next_if(|(first, _)| *first <= index) {
                self.source_line(function.source, line);
            }
            if let Some(label) = labels.get(&(index as i64)) {
                line!(self, "L{label}:");
            }
            let operands = Operands { module: self.module, labels, index, instruction };
            let text = format!("{index:7}  {:<18}{operands}", instruction.op.mnemonic());
            line!(self, "{}", text.trim_end());
        }
    }

    /// A line of a source file, or at least its number.
    fn source_line(&mut self, source: u32, line: u32) {
        let lines = self.lines.get(source as usize).and_then(Option::as_ref);
        match lines.and_then(|lines| lines.get((line as usize).checked_sub(1)?)) {
            Some(text) => {
                let text: String = text.chars().take(LINE_WIDTH).flat_map(visible).collect();
                line!(self, "  ; {line}: {}", text.trim_end());
            }
            None => line!(self, "  ; line {line}"),
        }
    }
}

/// The first instruction of each run of instructions that come from another line than those
/// before. Only what may fail has a position: values that are pushed for it belong to it.
fn first_of_lines(function: &Function, labels: &BTreeMap<i64, usize>) -> Vec<(usize, u32)> {
    let mut found = Vec::new();
    let (mut shown, mut next) = (0, 0);
    for position in &function.positions {
        let index = (position.instruction as usize).min(function.code.len());
        if position.line != shown {
            let is_label = |index: usize| labels.contains_key(&(index as i64));
            let mut first = index;
            while first > next && !is_label(first) && only_pushes(&function.code[first - 1]) {
                first -= 1;
            }
            found.push((first, position.line));
            shown = position.line;
        }
        next = index + 1;
    }
    found
}

fn only_pushes(instruction: &Instruction) -> bool {
    let (pops, pushes) = instruction.effect();
    instruction.op.flow() == Flow::Next && pops == 0 && pushes > 0
}

/// A terminal obeys control characters: shows them instead.
fn visible(character: char) -> impl Iterator<Item = char> {
    let shown = if character == '\t' { ' ' } else { character };
    let escape = shown.is_control().then(|| shown.escape_debug());
    let plain = escape.is_none().then_some(shown);
    escape.into_iter().flatten().chain(plain)
}

/// A number for each instruction that something jumps to, in the order of the code.
fn labels(function: &Function) -> BTreeMap<i64, usize> {
    let jumps = function.code.iter().enumerate();
    let jumps = jumps.filter_map(|(index, instruction)| Some(index as i64 + 1 + i64::from(instruction.jump()?)));
    let handlers = function.handlers.iter().map(|handler| i64::from(handler.target));
    let mut labels: BTreeMap<i64, usize> = jumps.chain(handlers).map(|target| (target, 0)).collect();
    for (number, label) in labels.values_mut().enumerate() {
        *label = number + 1;
    }
    labels
}
