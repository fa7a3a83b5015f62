//! A test's own process: runs the file's top level and the one function, and leaves a verdict.

use std::path::Path;
use std::time::{Duration, Instant};

use signal_hook::consts::SIGTERM;
use signal_hook::low_level;

use super::Test;
use super::discover::TOP_LEVEL;
use super::verdict::{Status, Verdict};
use crate::fault::Fault;
use crate::report;
use crate::scheduler::Ended;
use crate::task;
use crate::value::Value;
use crate::vm::Vm;

/// The kind of the error by which a test says that it cannot run here.
const SKIPPED: &str = "skipped";
/// Functions that run before and after each test of their file.
const BEFORE: &str = "setup";
const AFTER: &str = "teardown";

/// Runs one test, at most so long, and writes its verdict to a file.
pub(crate) fn run(vm: &mut Vm, test: &Test, limit: Duration, result: &Path) -> Result<(), String> {
    let verdict = Run { vm, start: Instant::now(), limit }.verdict(test)?;
    vm.output.flush();
    std::fs::write(result, verdict.encode()).map_err(|error| format!("error: {}: {error}", result.display()))
}

struct Run<'a> {
    vm: &'a mut Vm,
    start: Instant,
    limit: Duration,
}

/// Why a test did not pass.
type Step = Result<(), Verdict>;

impl Run<'_> {
    fn verdict(&mut self, test: &Test) -> Result<Verdict, String> {
        let source = sentra_compiler::load::read_source(Path::new(&test.file))?;
        let main = self.vm.compile_input(&test.file, source).map_err(|error| error.report())?;
        self.vm.handle_signals().map_err(|error| format!("error: signals cannot be handled: {error}"))?;
        self.watch_time();
        let stepped = self.steps(main, &test.name);
        let ended = self.end();
        let passed = Verdict::passed(self.start.elapsed());
        Ok(stepped.and(ended).err().unwrap_or(passed))
    }

    /// The program gets a signal when its time is up, and so ends in good order.
    fn watch_time(&self) {
        let limit = self.limit;
        std::thread::spawn(move || {
            std::thread::sleep(limit);
            // Whoever started this process ends it if the signal does not.
            let _ = low_level::raise(SIGTERM);
        });
    }

    /// `teardown` runs whenever `setup` went well.
    fn steps(&mut self, main: Value, name: &str) -> Step {
        self.call(main)?;
        if name == TOP_LEVEL {
            return Ok(());
        }
        self.call_declared(BEFORE)?;
        let tested = self.call_declared(name);
        let torn = match self.vm.is_stopping() {
            true => Ok(()),
            false => self.call_declared(AFTER),
        };
        tested.and(torn)
    }

    /// Calls a function that the file declares; what it does not declare need not be called.
    fn call_declared(&mut self, name: &str) -> Step {
        let declared = self.vm.session_names.iter().any(|known| known.function && known.name == name);
        let function = self.vm.get(name).filter(|_| declared);
        function.map_or(Ok(()), |function| self.call(function))
    }

    fn call(&mut self, function: Value) -> Step {
        let task = match self.vm.spawn(function, &[]) {
            Ok(task) => self.vm.hold(task),
            Err(fault) => return Err(self.failure(&fault)),
        };
        match self.vm.run(task.value(), false) {
            Ended::Finished(_) => Ok(()),
            Ended::Faulted(fault) => Err(self.failure(&fault)),
            Ended::Exited(_) if self.vm.is_stopping() => Err(self.out_of_time(task.value())),
            Ended::Exited(status) => {
                Err(Verdict::failed("exit", format!("the test called exit({status})"), self.start.elapsed()))
            }
        }
    }

    fn failure(&self, fault: &Fault) -> Verdict {
        let (kind, message) = (report::kind(fault), report::message(self.vm, fault));
        let status = if kind == SKIPPED { Status::Skipped } else { Status::Failed };
        let report = report::uncaught(self.vm, fault, false);
        Verdict { status, kind: kind.to_string(), message, report, elapsed: self.start.elapsed() }
    }

    /// The cancelled fiber's trace shows where it was.
    fn out_of_time(&self, task: Value) -> Verdict {
        let message = format!("still running after {} s", self.limit.as_secs_f64());
        match task::outcome(task) {
            Some(Err(fault)) => {
                let mut late = Fault::new("timeout", message);
                let data = fault.thrown.and_then(Value::as_error).unwrap_or(&fault.error);
                late.error.stack.clone_from(&data.stack);
                self.failure(&late)
            }
            _ => Verdict::failed("timeout", message, self.start.elapsed()),
        }
    }

    /// Ends the fibers that are left. An error that none of them caught is the test's failure.
    fn end(&mut self) -> Step {
        self.vm.end_fibers();
        self.vm.report_unobserved();
        match self.vm.unobserved.first.take() {
            None => Ok(()),
            Some(error) => {
                let message = format!("a fiber ended with an error that nothing caught: {error}");
                Err(Verdict::failed("fiber", message, self.start.elapsed()))
            }
        }
    }
}
