//! The intermediate form to bytecode: gives variables their slots and chooses instructions.
//!
//! Functions are emitted when something reachable refers to them, so what nobody uses takes
//! no space. Emission assumes a program without errors.

mod assign;
mod call;
mod code;
mod collection;
mod condition;
mod debug;
mod exit;
mod expression;
mod function;
mod label;
mod line;
mod looping;
mod matching;
mod operator;
mod pattern;
mod pool;
mod protect;
mod select;
mod statement;
mod variable;

use sentra_bytecode::{Export, Extern, Global, Module, Source};

use crate::diagnostic::{Code as DiagnosticCode, Diagnostic};
use crate::ir::{FunctionId, Ir, Storage, VariableId};
use crate::load::SourceText;
use line::LineTable;
use pool::Pool;

/// What emission may leave out or do otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct EmitOptions {
    /// Calls pass no more arguments than the callee takes: for the library's callbacks.
    pub adapt_calls: bool,
    /// No positions.
    pub strip: bool,
    /// Statements and variables for debuggers.
    pub debug: bool,
}

/// What all functions share while they are emitted.
struct Emitter<'i> {
    ir: &'i Ir,
    options: EmitOptions,
    pool: Pool,
    lines: Vec<LineTable>,
    /// The place of a function in the module, once something refers to it.
    places: Vec<Option<u32>>,
    /// Functions in the order of their places.
    queue: Vec<FunctionId>,
    /// The slot of each variable of the function being emitted.
    slots: Vec<Option<u16>>,
    /// The variables that the function being emitted has given slots.
    placed: Vec<VariableId>,
    diagnostics: Vec<Diagnostic>,
}

/// Emits a program.
pub fn emit(ir: &Ir, texts: &[SourceText], options: EmitOptions) -> Result<Module, Vec<Diagnostic>> {
    let mut emitter = Emitter {
        ir,
        options,
        pool: Pool::default(),
        lines: texts.iter().map(|text| LineTable::new(&text.text)).collect(),
        places: vec![None; ir.functions.len()],
        queue: Vec::new(),
        slots: vec![None; ir.variables.len()],
        placed: Vec::new(),
        diagnostics: Vec::new(),
    };
    let sources = emitter.sources();
    let mut functions = Vec::new();
    while let Some(&id) = emitter.queue.get(functions.len()) {
        functions.push(emitter.function(id));
    }
    emitter.fill_captures(&mut functions);
    if options.debug {
        emitter.name_lasting(&mut functions);
    }
    if !emitter.diagnostics.is_empty() {
        return Err(emitter.diagnostics);
    }
    Ok(Module {
        constants: emitter.pool.constants,
        functions,
        globals: ir.globals.iter().map(|global| Global { name: global.name.clone(), shared: global.shared }).collect(),
        externs: ir.externs.iter().map(|name| Extern { name: name.clone() }).collect(),
        sources,
        entry: 0,
    })
}

impl Emitter<'_> {
    /// The place of a function, which something reachable refers to from now on.
    fn place_of(&mut self, id: FunctionId) -> u32 {
        if let Some(place) = self.places[id as usize] {
            return place;
        }
        let place = self.queue.len() as u32;
        self.queue.push(id);
        self.places[id as usize] = Some(place);
        place
    }

    fn put(&mut self, id: VariableId, slot: u16) {
        self.slots[id as usize] = Some(slot);
        self.placed.push(id);
    }

    fn sources(&mut self) -> Vec<Source> {
        let sources = self.ir.sources.iter();
        sources
            .map(|source| {
                let main = self.place_of(source.main);
                let mut exports: Vec<_> = source.exports.iter().collect();
                exports.sort_unstable();
                // In this order they take their numbers: the same source always gives the same bytes.
                let exports = exports.into_iter().map(|(name, id)| (name.clone(), self.export(*id))).collect();
                Source { path: source.path.clone(), main, exports }
            })
            .collect()
    }

    fn export(&mut self, id: VariableId) -> Export {
        match self.ir.variables[id as usize].storage {
            Storage::Global(global) => Export::Global(global),
            Storage::Function(function) => Export::Function(self.place_of(function)),
            Storage::Slot | Storage::Cell => unreachable!("an exported variable is a global or a function"),
        }
    }

    fn too_large(&mut self, function: FunctionId) {
        let function = &self.ir.functions[function as usize];
        let message = "this function needs more than 65,000 stack slots at once";
        let diagnostic = Diagnostic::new(DiagnosticCode::TooLarge, function.span, message);
        self.diagnostics.push(Diagnostic { source: function.source, ..diagnostic });
    }
}
