//! From a verified module to code of this VM: wide operands become numbers of its tables.
//!
//! Builtins are bound here, by name: a program that needs one which this version does not
//! have is refused before it runs.

mod count;

use std::sync::Arc;

use sentra_bytecode::{Constant, Debug, Export, Function as Code, Module, Opcode, Operand, Place, Variable, verify};

use crate::builtins;
use crate::call::LIBRARY;
use crate::image::{Function, Method};
use crate::value::Value;
use crate::vm::{Exported, SourceFile, Vm};

/// Where a module's numbers begin in the VM's tables.
struct Bases {
    constants: u32,
    functions: u32,
    sources: u32,
    globals: Vec<u32>,
    externs: Vec<u32>,
}

impl Vm {
    /// Verifies and links a module; the function value that runs it. `texts` are the source
    /// texts, as far as they are at hand, in the order of the module's sources.
    pub fn load(&mut self, mut module: Module, texts: Vec<Option<Arc<[u8]>>>) -> Result<Value, String> {
        verify(&mut module).map_err(|error| format!("damaged program: {error}"))?;
        // The library comes first: it takes numbers from the same tables.
        self.load_library_for(&module)?;
        let bases = self.bases(&module)?;
        self.link_constants(&module);
        for code in &module.functions {
            let function = self.link_function(&module, code, &bases, false);
            self.functions.push(function);
        }
        self.link_sources(&module, &bases, texts);
        let main = self.sources[(bases.sources + module.entry) as usize].main;
        Ok(crate::call::function_value(self, main))
    }

    /// Links a part of the library, whose functions have got their numbers already.
    pub(crate) fn link_library(&mut self, module: &Module) -> Result<(), String> {
        let bases = self.bases(module)?;
        self.link_constants(module);
        for code in &module.functions {
            let function = self.link_function(module, code, &bases, true);
            self.functions.push(function);
        }
        self.link_sources(module, &bases, Vec::new());
        Ok(())
    }

    fn bases(&mut self, module: &Module) -> Result<Bases, String> {
        let externs = module.externs.iter().map(|extern_| {
            builtins::find(&extern_.name).or_else(|| builtins::find_module(&extern_.name)).ok_or_else(|| {
                format!("the program needs the builtin `{}`, which this version does not have", extern_.name)
            })
        });
        let externs = externs.collect::<Result<_, _>>()?;
        let globals = module.globals.iter().map(|global| self.global(&global.name, global.shared)).collect();
        let count = |length: usize| u32::try_from(length).expect("tables are bounded by the size of programs");
        Ok(Bases {
            constants: count(self.constants.len()),
            functions: count(self.functions.len()),
            sources: count(self.sources.len()),
            globals,
            externs,
        })
    }

    /// A global of this name: a fresh one, or the session's if it is shared.
    pub(crate) fn global(&mut self, name: &str, shared: bool) -> u32 {
        if let Some(&number) = self.session.get(name).filter(|_| shared) {
            return number;
        }
        let number = self.globals.len() as u32;
        self.globals.push(Value::ABSENT);
        self.global_names.push(name.into());
        if shared {
            self.session.insert(name.to_string(), number);
        }
        number
    }

    fn link_constants(&mut self, module: &Module) {
        let first = self.constants.len();
        for constant in &module.constants {
            let value = match constant {
                Constant::Number(number) => Value::number(*number),
                Constant::Integer(integer) => self.heap.integer(*integer),
                Constant::String(bytes) => self.heap.intern(bytes),
                Constant::Keys(_) => Value::NIL,
            };
            self.constants.push(value);
        }
        self.keys.resize(first, Box::default());
        for constant in &module.constants {
            let keys = match constant {
                Constant::Keys(keys) => keys.iter().map(|&key| self.constants[first + key as usize]).collect(),
                _ => Box::default(),
            };
            self.keys.push(keys);
        }
    }

    fn link_function(&mut self, module: &Module, code: &Code, bases: &Bases, library: bool) -> *mut Function {
        let counted = if self.options.statistics { count::counted(code) } else { None };
        let code = counted.as_ref().unwrap_or(code);
        let mut instructions = code.code.clone().into_boxed_slice();
        for instruction in &mut instructions {
            let wide = instruction.wide();
            let linked = match wide_operand(instruction.op) {
                Some(Operand::Constant | Operand::Keys) => bases.constants + wide,
                Some(Operand::String) if is_method(instruction.op) => self.method(module, wide),
                Some(Operand::String) => bases.constants + wide,
                Some(Operand::Function) => bases.functions + wide,
                Some(Operand::Global) => bases.globals[wide as usize],
                Some(Operand::Source) => bases.sources + wide,
                Some(Operand::Extern) => {
                    let number = bases.externs[wide as usize];
                    match self.library.get(&number) {
                        Some(&function) if instruction.op == Opcode::CallBuiltin => {
                            instruction.op = Opcode::CallFunc;
                            function
                        }
                        _ if instruction.op == Opcode::CallBuiltin => crate::measure::linked(self, number),
                        _ => number,
                    }
                }
                _ => continue,
            };
            instruction.set_wide(linked);
        }
        let exact = if code.rest || code.required != code.parameters { u32::MAX } else { u32::from(code.parameters) };
        let len = instructions.len() as u32;
        let function = Function {
            code: Box::into_raw(instructions).cast(),
            max_depth: u32::from(code.max_depth),
            exact,
            parameters: code.parameters,
            required: code.required,
            rest: code.rest,
            library,
            name: code.name.as_str().into(),
            source: bases.sources + code.source,
            len,
            captures: code.captures.clone().into(),
            handlers: code.handlers.clone().into(),
            positions: code.positions.clone().into(),
            debug: if self.options.debug { link_debug(code, bases) } else { Debug::default() },
            closure: Value::NIL,
        };
        function.place()
    }

    fn link_sources(&mut self, module: &Module, bases: &Bases, texts: Vec<Option<Arc<[u8]>>>) {
        let mut texts = texts.into_iter();
        for (index, source) in module.sources.iter().enumerate() {
            let exports = source.exports.iter().map(|(name, export)| {
                let exported = match export {
                    Export::Global(global) => Exported::Global(bases.globals[*global as usize]),
                    Export::Function(function) => Exported::Function(bases.functions + function),
                };
                (self.heap.intern(name.as_bytes()), exported)
            });
            let exports = exports.collect();
            self.sources.push(SourceFile {
                path: source.path.as_str().into(),
                text: texts.next().flatten(),
                main: bases.functions + source.main,
                started: index as u32 == module.entry,
                exports,
                module: Value::NIL,
            });
        }
    }

    /// The number of a method name in this VM.
    fn method(&mut self, module: &Module, constant: u32) -> u32 {
        let Constant::String(name) = &module.constants[constant as usize] else {
            unreachable!("verify proved that a method's name is a string constant")
        };
        let key = self.heap.intern(name);
        if let Some(&number) = self.method_numbers.get(&key) {
            return number;
        }
        let name = String::from_utf8_lossy(name);
        let builtins = std::array::from_fn(|receiver| {
            let number = builtins::method(&name, receiver);
            let native = |number| crate::measure::linked(self, number);
            number.map_or(u32::MAX, |number| {
                self.library.get(&number).map_or_else(|| native(number), |function| function | LIBRARY)
            })
        });
        let number = self.methods.len() as u32;
        self.methods.push(Method { key, builtins });
        self.method_numbers.insert(key, number);
        number
    }

    /// A function that calls a builtin with arguments from an array, for fibers that start with one.
    pub(crate) fn trampoline(&mut self) -> *const Function {
        if self.trampoline.is_null() {
            let code = vec![
                sentra_bytecode::Instruction::new(Opcode::GetLocal),
                sentra_bytecode::Instruction::new(Opcode::CallArray),
                sentra_bytecode::Instruction::new(Opcode::Return),
            ];
            let code = Code { parameters: 1, required: 1, max_depth: 2, code, ..Code::default() };
            let bases = Bases { constants: 0, functions: 0, sources: 0, globals: Vec::new(), externs: Vec::new() };
            self.trampoline = self.link_function(&Module::default(), &code, &bases, true);
            self.functions.push(self.trampoline);
        }
        self.trampoline
    }
}

/// What is known of a function, with this VM's numbers.
fn link_debug(code: &Code, bases: &Bases) -> Debug {
    let variables = code.debug.variables.iter().map(|variable| {
        let place = match variable.place {
            Place::Global(global) => Place::Global(bases.globals[global as usize]),
            Place::Function(function) => Place::Function(bases.functions + function),
            own => own,
        };
        Variable { place, ..variable.clone() }
    });
    Debug { statements: code.debug.statements.clone(), variables: variables.collect() }
}

fn wide_operand(opcode: Opcode) -> Option<Operand> {
    opcode.operands().iter().copied().find(|operand| {
        use Operand::{Constant, Extern, Function, Global, Keys, Source, String};
        matches!(operand, Constant | Extern | Function | Global | Keys | Source | String)
    })
}

fn is_method(opcode: Opcode) -> bool {
    matches!(opcode, Opcode::CallMethod | Opcode::Method)
}
