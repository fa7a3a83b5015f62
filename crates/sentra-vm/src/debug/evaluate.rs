//! Expressions in the place of a frame. Each is compiled as input to a session whose names are the
//! variables in sight: their values go into globals before it runs, and come back from there when it has
//! changed them. It runs while everything else stands still, so it cannot wait.

use std::collections::HashMap;
use std::time::Duration;

use sentra_bytecode::Place;
use sentra_compiler::compile::{CompileOptions, SessionName, compile, with_stack};
use sentra_compiler::diagnostic::Severity;
use sentra_compiler::load::NoLoader;

use super::code::Address;
use crate::report;
use crate::value::Value;
use crate::vm::Vm;

/// How long an expression may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The most compiled expressions that are kept to be found again.
const MOST_KEPT: usize = 10_000;

/// Compiled expressions by text and place.
#[derive(Default)]
pub(super) struct Expressions(HashMap<(String, Address), Compiled>);

/// An expression that is ready to run at a place.
#[derive(Clone)]
struct Compiled {
    main: Value,
    /// The variables that it names: the global that stands for each, and its place.
    names: Vec<(u32, Place)>,
}

impl Vm {
    /// The value of an expression in a frame of a fiber that stands still; what it assigns is kept.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub(crate) fn evaluate_at(&mut self, id: u32, frame: usize, text: &str) -> Result<Value, String> {
        let compiled = self.compiled_at(id, frame, text)?;
        let mut before = Vec::new();
        for &(global, place) in &compiled.names {
            let value = self.read_place(id, frame, place).unwrap_or(Value::ABSENT);
            self.globals[global as usize] = value;
            before.push(value);
        }
        let outcome = self.undisturbed(|vm| vm.run_alone(compiled.main, PATIENCE));
        for (&(global, place), before) in compiled.names.iter().zip(before) {
            let now = self.globals[global as usize];
            if now != before && !matches!(place, Place::Global(number) if number == global) {
                self.write_place(id, frame, place, now);
            }
        }
        outcome.map_err(|fault| report::headline(report::message(self, &fault), report::kind(&fault)))
    }

    fn compiled_at(&mut self, id: u32, frame: usize, text: &str) -> Result<Compiled, String> {
        let function = self.fiber_numbered(id).and_then(|fiber| super::frames::view(fiber, frame));
        let Some(view) = function else { return Err("the frame is gone".into()) };
        let key = (text.to_owned(), super::code::address(view.function, view.at));
        let known = self.debugger.as_ref().and_then(|debugger| debugger.expressions.0.get(&key)).cloned();
        if let Some(compiled) = known {
            return Ok(compiled);
        }
        let compiled = self.compile_at(id, frame, text)?;
        if let Some(debugger) = &mut self.debugger {
            if debugger.expressions.0.len() >= MOST_KEPT {
                debugger.expressions.0.clear();
            }
            debugger.expressions.0.insert(key, compiled.clone());
        }
        Ok(compiled)
    }

    fn compile_at(&mut self, id: u32, frame: usize, text: &str) -> Result<Compiled, String> {
        // Only what the text may name: the rest need not be copied.
        let named = |name: &str| text.contains(name);
        let mut visible: Vec<(String, Place)> = Vec::new();
        for variable in self.locals_of(id, frame).into_iter().chain(self.globals_of(id, frame)) {
            if named(&variable.name) && !visible.iter().any(|(name, _)| *name == variable.name) {
                visible.push((variable.name.clone(), variable.place));
            }
        }
        let session = visible.iter().map(|(name, place)| SessionName {
            name: name.clone(),
            constant: matches!(place, Place::Function(_)),
            function: false,
        });
        let options = CompileOptions { session: Some(session.collect()), result: true, ..CompileOptions::default() };
        let compiled = with_stack(|| compile("<expression>", text.as_bytes(), &mut NoLoader, &options));
        let module = match compiled {
            Ok(compiled) => compiled.module,
            Err(rejected) => {
                let first =
                    rejected.diagnostics.iter().find(|diagnostic| diagnostic.code.severity() == Severity::Error);
                return Err(first.map_or_else(|| "it does not compile".into(), |first| first.message.clone()));
            }
        };
        self.session.clear();
        let mut names = Vec::new();
        for (name, place) in visible {
            let global = match place {
                Place::Global(global) => global,
                _ => self.spare_global(&name),
            };
            self.session.insert(name, global);
            names.push((global, place));
        }
        let main = self.load(module, vec![Some(text.as_bytes().into())]);
        self.session.clear();
        Ok(Compiled { main: main?, names })
    }

    /// A global that stands for local variables of this name.
    fn spare_global(&mut self, name: &str) -> u32 {
        let known = self.debugger.as_ref().and_then(|debugger| debugger.spares.get(name).copied());
        known.unwrap_or_else(|| {
            let global = self.global(name, false);
            if let Some(debugger) = &mut self.debugger {
                debugger.spares.insert(name.into(), global);
            }
            global
        })
    }
}
