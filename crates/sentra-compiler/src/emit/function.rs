//! A whole function: prologue, body, and its record in the module.

use std::collections::HashMap;

use sentra_bytecode::{Capture, Function, Instruction, Opcode};

use super::Emitter;
use super::code::Code;
use super::debug::Seen;
use super::label::Labels;
use crate::ir::{FunctionId, VariableId};

impl<'i> Emitter<'i> {
    /// Emits a function; once more with long jumps if a short one does not reach.
    pub(super) fn function(&mut self, id: FunctionId) -> Function {
        self.attempt(id, false).or_else(|| self.attempt(id, true)).unwrap_or_else(|| {
            self.too_large(id);
            Function::default()
        })
    }

    fn attempt(&mut self, id: FunctionId, wide: bool) -> Option<Function> {
        for variable in self.placed.drain(..).filter(|_| wide) {
            self.slots[variable as usize] = None;
        }
        let function = &self.ir.functions[id as usize];
        let arguments = function.parameters.len() as u32 + u32::from(function.rest.is_some());
        let mut code = Code {
            emitter: self,
            id,
            function,
            code: Vec::new(),
            labels: Labels::default(),
            depth: arguments,
            deepest: arguments,
            reachable: true,
            spans: Vec::new(),
            contexts: Vec::new(),
            guards: Vec::new(),
            chains: Vec::new(),
            plain_sum: 0,
            handlers: Vec::new(),
            wide,
            deferred: 0,
            seen: Seen::default(),
            barrier: 0,
        };
        code.whole();
        if code.deepest > 65_000 {
            return None;
        }
        let debug = code.debug();
        let Code { mut code, labels, handlers, spans, deepest, .. } = code;
        labels.patch(&mut code).ok()?;
        let lines = &self.lines[function.source as usize];
        let positions = match self.options.strip {
            true => Vec::new(),
            false => spans.into_iter().map(|(instruction, span)| lines.position(instruction, span)).collect(),
        };
        Some(Function {
            name: function.name.clone(),
            source: function.source,
            parameters: function.parameters.len() as u16,
            required: function.required,
            rest: function.rest.is_some(),
            captures: Vec::new(),
            max_depth: deepest as u16,
            code,
            handlers,
            positions,
            debug,
        })
    }

    /// Says for each closure where its captures come from: its parent's slots were final
    /// when the parent was emitted, and are remembered in `slots`.
    pub(super) fn fill_captures(&self, functions: &mut [Function]) {
        let mut places: HashMap<FunctionId, HashMap<VariableId, u16>> = HashMap::new();
        for (place, id) in self.queue.iter().enumerate() {
            let function = &self.ir.functions[*id as usize];
            let parent = function.parent;
            let source = |variable: &VariableId| {
                if Some(self.ir.variables[*variable as usize].function) == parent {
                    return Capture::Slot(self.slots[*variable as usize].unwrap_or(0));
                }
                let parent = parent.expect("what captures has a parent");
                let outer = places.entry(parent).or_insert_with(|| self.capture_places(parent));
                Capture::Outer(outer[variable])
            };
            let captures: Vec<_> = function.captures.iter().map(source).collect();
            functions[place].captures = captures;
        }
    }

    fn capture_places(&self, id: FunctionId) -> HashMap<VariableId, u16> {
        let captures = &self.ir.functions[id as usize].captures;
        captures.iter().enumerate().map(|(place, variable)| (*variable, place as u16)).collect()
    }
}

impl Code<'_, '_> {
    fn whole(&mut self) {
        let function = self.function;
        for (slot, parameter) in function.parameters.iter().enumerate() {
            self.put(parameter.variable, slot as u16);
        }
        if let Some(rest) = function.rest {
            self.put(rest, function.parameters.len() as u16);
        }
        self.parameters();
        for id in &function.vars {
            self.op(Opcode::Nil);
            self.settle(*id);
        }
        match function.defers {
            true => self.deferring(),
            false => self.function_body(),
        }
    }

    /// Defaults first, then cells for what closures share, then patterns.
    fn parameters(&mut self) {
        let function = self.function;
        for (slot, parameter) in function.parameters.iter().enumerate() {
            if let Some(default) = &parameter.default {
                let given = self.label();
                self.jump(Instruction::with_wide(Opcode::JumpIfGiven, slot as u16, 0), given);
                self.compute_into(default, slot as u16);
                self.bind(given);
            }
            self.cell_if_shared(parameter.variable);
        }
        if let Some(rest) = function.rest {
            self.cell_if_shared(rest);
        }
        for parameter in &function.parameters {
            if let Some(pattern) = &parameter.pattern {
                let slot = self.emitter.slots[parameter.variable as usize].expect("a parameter has a slot");
                self.destructure(pattern, slot);
            }
        }
    }

    /// The body, up to and including its return.
    pub(super) fn function_body(&mut self) {
        let function = self.function;
        self.open_block(&function.body);
        match function.yields {
            true => self.return_statements(&function.body.body),
            false => {
                function.body.body.iter().for_each(|statement| self.statement(statement));
                self.return_nil();
            }
        }
    }
}
