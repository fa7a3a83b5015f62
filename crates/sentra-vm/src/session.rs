//! Sessions: a VM that is given one input after another, each of which sees the names of those
//! before. The REPL and programs that embed the VM work with these methods.

use sentra_compiler::compile::{CompileOptions, SessionName};

use crate::error::Error;
use crate::fault::Fault;
use crate::program::{Program, text_of};
use crate::scheduler::Ended;
use crate::value::Value;
use crate::vm::Vm;

impl Vm {
    /// Runs source text and gives the value of its last expression, or nil. Top-level names stay
    /// for later calls. Fibers that it starts go on whenever the VM runs ([`Vm::drain`] waits for
    /// them).
    ///
    /// The value is good until the VM runs again; [`Vm::hold`] keeps it longer.
    ///
    /// # Errors
    /// When the source does not compile, an error is not caught, or `exit` is called.
    pub fn evaluate(&mut self, source: &str) -> Result<Value, Error> {
        self.inputs += 1;
        let path = format!("<input {}>", self.inputs);
        self.evaluate_as(&path, source.as_bytes().to_vec())
    }

    /// The same with a file as the input; files that it imports are looked for beside it.
    ///
    /// # Errors
    /// As of [`Vm::evaluate`], and when the file cannot be read.
    pub fn evaluate_file(&mut self, path: &std::path::Path) -> Result<Value, Error> {
        let source = sentra_compiler::load::read_source(path)
            .map_err(|reason| Error::Unusable(format!("{}: {reason}", path.display())))?;
        self.evaluate_as(&path.to_string_lossy(), source)
    }

    fn evaluate_as(&mut self, path: &str, source: Vec<u8>) -> Result<Value, Error> {
        let main = self.compile_input(path, source)?;
        self.call(main, &[])
    }

    /// Compiles and links an input; the function that runs it.
    pub(crate) fn compile_input(&mut self, path: &str, source: Vec<u8>) -> Result<Value, Error> {
        let colour = self.output.colours_errors();
        let session = Some(self.session_names.clone());
        let options = CompileOptions { session, result: true, ..CompileOptions::default() };
        let program = Program::compile(path, source, options, colour).map_err(|rejected| {
            let report = text_of(&rejected, colour);
            Error::Compile { diagnostics: rejected.diagnostics, report }
        })?;
        self.output.write_error(program.warnings.as_bytes());
        let main = self.load(program.module, program.texts).map_err(Error::Unusable)?;
        program.names.into_iter().for_each(|name| self.know(name));
        Ok(main)
    }

    /// Adds a name to those that the compiler knows of the session.
    fn know(&mut self, name: SessionName) {
        match self.session_names.iter_mut().find(|known| known.name == name.name) {
            Some(known) => *known = name,
            None => self.session_names.push(name),
        }
    }

    /// Calls a function and waits for its result. Other fibers run meanwhile.
    ///
    /// # Errors
    /// When an error is not caught, `exit` is called, or a registered function calls this: what it
    /// wants to run, it gives to [`Vm::spawn`].
    pub fn call(&mut self, function: Value, arguments: &[Value]) -> Result<Value, Error> {
        self.check_outside()?;
        let ended = match self.spawn(function, arguments) {
            Ok(task) => self.run(task, false),
            Err(fault) => Ended::Faulted(fault),
        };
        self.output.flush();
        match ended {
            Ended::Finished(value) => Ok(value),
            Ended::Faulted(fault) => Err(self.describe(&fault)),
            Ended::Exited(status) => Err(Error::Exit(status)),
        }
    }

    fn describe(&self, fault: &Fault) -> Error {
        let message = crate::report::message(self, fault);
        let kind = crate::report::kind(fault).to_string();
        let report = crate::report::uncaught(self, fault, self.output.colours_errors());
        Error::Fault { message, kind, report }
    }

    /// Runs fibers until none is left that can run.
    ///
    /// # Errors
    /// When one of them calls `exit`, or a registered function calls this.
    pub fn drain(&mut self) -> Result<(), Error> {
        self.check_outside()?;
        let exited = self.run_until(|vm| vm.is_idle());
        self.report_unobserved();
        self.output.flush();
        exited.map_or(Ok(()), |status| Err(Error::Exit(status)))
    }

    /// Fails within a registered function: its fiber stands still in the middle of an instruction.
    fn check_outside(&self) -> Result<(), Error> {
        match self.scheduler.is_running() {
            true => Err(Error::Unusable("a registered function cannot wait for a script".to_string())),
            false => Ok(()),
        }
    }

    /// What a name of the session stands for.
    pub fn get(&self, name: &str) -> Option<Value> {
        let number = *self.session.get(name)?;
        Some(self.globals[number as usize]).filter(|&value| value != Value::ABSENT)
    }

    /// Gives a name of the session a value.
    pub fn set(&mut self, name: &str, value: Value) {
        let number = self.global(name, true);
        self.globals[number as usize] = value;
        self.know(SessionName { name: name.to_string(), constant: false, function: false });
    }

    /// Keeps a value from being collected for as long as the result lives.
    pub fn hold(&mut self, value: Value) -> Held {
        let held = Held(std::rc::Rc::new(value));
        self.held.retain(|held| held.strong_count() > 0);
        self.held.push(std::rc::Rc::downgrade(&held.0));
        held
    }
}

/// A value that its VM does not collect.
#[derive(Clone, Debug)]
pub struct Held(std::rc::Rc<Value>);

impl Held {
    /// The value.
    pub fn value(&self) -> Value {
        *self.0
    }
}
