//! SIGINT and SIGTERM, and SIGCHLD once there are child processes. The handlers only set flags
//! and write a byte to a pipe; the event loop does the rest.
//!
//! A program: the first signal stops its servers, whose requests in flight are finished, and then
//! cancels every fiber, so that pending `defer`s and `finally`s run, both for a bounded time; the
//! second ends the process at once. A session (the REPL):
//! each SIGINT cancels the fiber of the line that runs.

use std::io::{self, BufReader, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use mio::Interest;
use nix::sys::signal::Signal;
use signal_hook::consts::{SIGALRM, SIGCHLD, SIGINT, SIGTERM};
use signal_hook::{SigId, flag, low_level};

use crate::children;
use crate::fiber::Waiter;
use crate::reactor::SIGNALS;
use crate::task;
use crate::value::Value;
use crate::vm::Vm;
use crate::websocket;

/// How long fibers may take to end after a signal.
const GRACE: Duration = Duration::from_secs(5);
/// How long servers may take before that; their own option may say less.
const DRAIN: Duration = Duration::from_secs(10);

/// The status of a program that took too long, as `timeout` has it.
const TIME_OVER: i32 = 124;

/// Removing folders at the end recurses.
const STACK: usize = 512 << 10;

/// SIGINT and SIGTERM as they come, for a thread that waits for nothing else. Two are two however quickly they come:
/// each is a byte in a pipe, where a set of what is pending would hold one. Both are the later one then.
pub(crate) fn each() -> io::Result<impl Iterator<Item = i32>> {
    let (reader, writer) = UnixStream::pair()?;
    let last = Arc::new(AtomicUsize::new(0));
    for signal in [SIGINT, SIGTERM] {
        flag::register_usize(signal, Arc::clone(&last), signal as usize)?;
        low_level::pipe::register(signal, writer.try_clone()?)?;
    }
    Ok(BufReader::new(reader).bytes().map_while(Result::ok).map(move |_| last.load(Ordering::SeqCst) as i32))
}

/// Has the second SIGINT or SIGTERM end the process at once, whatever it is doing. That takes a
/// thread: a handler may not do what there is to do. Once in a process.
pub(crate) fn exit_at_second() -> io::Result<()> {
    let mut signals = each()?;
    let watch = move || signals.nth(1).map(|signal| children::exit(128 + signal));
    // Where no thread can be had, the first signal has to do.
    let _ = thread::Builder::new().name("sentra-signals".into()).stack_size(STACK).spawn(watch);
    Ok(())
}

/// What signals there are and were.
#[derive(Default)]
pub(crate) struct Signals {
    pipes: Vec<mio::net::UnixStream>,
    /// The last signal that came, 0 for none.
    caught: Arc<AtomicUsize>,
    handlers: Vec<SigId>,
    session: bool,
    /// The running line of a session is to be cancelled.
    interrupted: bool,
    stop: Option<Stop>,
    /// Whether the ends of child processes are heard of.
    hears_children: bool,
    /// Waits for the end of a child process.
    parents: Vec<Waiter>,
}

/// The program is ending because of a signal.
#[derive(Clone, Copy, Debug)]
struct Stop {
    status: i32,
    /// When the present step is over.
    latest: Instant,
    /// Servers finish what they have begun; the fibers come after that.
    drains: bool,
}

impl Signals {
    /// Whether a signal is ending the program.
    pub fn is_stopping(&self) -> bool {
        self.stop.is_some()
    }

    /// Whether a session was interrupted since the last time.
    pub fn take_interrupted(&mut self) -> bool {
        std::mem::take(&mut self.interrupted)
    }

    /// Whether a fiber waits for a child process.
    pub fn is_busy(&self) -> bool {
        self.is_stopping() || !self.parents.is_empty()
    }

    /// Wakes `waiter` when some child process has ended.
    pub fn wait_for_child(&mut self, waiter: Waiter) {
        if !self.parents.contains(&waiter) {
            self.parents.push(waiter);
        }
    }

    /// Takes back a `wait_for_child`.
    pub fn forget_child(&mut self, waiter: Waiter) {
        self.parents.retain(|&other| other != waiter);
    }

    /// When the program ends at the latest, if a signal is ending it.
    pub fn stop_at(&self) -> Option<Instant> {
        self.stop.map(|stop| stop.latest)
    }
}

impl Vm {
    /// Handles SIGINT and SIGTERM as a program does, and lets a write beyond the limit for
    /// files fail, which would otherwise end the process. Once in a process.
    pub fn handle_signals(&mut self) -> io::Result<()> {
        let beyond = flag::register(Signal::SIGXFSZ as i32, Arc::default())?;
        self.reactor.signals.handlers.push(beyond);
        exit_at_second()?;
        [SIGINT, SIGTERM].into_iter().try_for_each(|signal| self.catch(signal))
    }

    /// Ends the program after this time with a status of its own: as a signal does, but servers
    /// are not given time to finish.
    pub fn limit_time(&mut self, time: Duration) -> io::Result<()> {
        self.catch(SIGALRM)?;
        let watch = move || {
            thread::sleep(time);
            // It fails for no signal that there is.
            let _ = low_level::raise(SIGALRM);
        };
        thread::Builder::new().name("sentra-time".into()).spawn(watch).map(drop)
    }

    /// Handles SIGINT as a session does: it cancels what `run` was called for. Once in a
    /// process.
    pub fn handle_session_signals(&mut self) -> io::Result<()> {
        self.reactor.signals.session = true;
        self.catch(SIGINT)
    }

    /// Hears of the ends of child processes from now on.
    pub(crate) fn hear_children(&mut self) -> io::Result<()> {
        if self.reactor.signals.hears_children {
            return Ok(());
        }
        let writer = self.signal_pipe()?;
        let handler = low_level::pipe::register(SIGCHLD, writer)?;
        let signals = &mut self.reactor.signals;
        signals.handlers.push(handler);
        signals.hears_children = true;
        Ok(())
    }

    /// The end of a pipe that a handler may write to.
    fn signal_pipe(&mut self) -> io::Result<UnixStream> {
        let (reader, writer) = UnixStream::pair()?;
        reader.set_nonblocking(true)?;
        let mut reader = mio::net::UnixStream::from_std(reader);
        self.reactor.registry().register(&mut reader, SIGNALS, Interest::READABLE)?;
        self.reactor.signals.pipes.push(reader);
        Ok(writer)
    }

    /// Order matters, since a handler may run on another thread: the byte comes when what the loop looks at is set, and
    /// the interrupt last, which makes a program that never waits look for the byte, once.
    fn catch(&mut self, signal: i32) -> io::Result<()> {
        let writer = self.signal_pipe()?;
        let signals = &mut self.reactor.signals;
        signals.handlers.push(flag::register_usize(signal, Arc::clone(&signals.caught), signal as usize)?);
        signals.handlers.push(low_level::pipe::register(signal, writer)?);
        signals.handlers.push(flag::register_usize(signal, Arc::clone(&self.interrupt), 1)?);
        Ok(())
    }

    /// Ends the program as SIGTERM does.
    pub(crate) fn ask_to_end(&mut self) {
        // It fails for no signal that there is.
        let _ = low_level::raise(SIGTERM);
    }

    /// Whether the program is ending because of a signal.
    pub(crate) fn is_stopping(&self) -> bool {
        self.reactor.signals.is_stopping()
    }

    /// Cancels every fiber and runs them to their ends, for a bounded time.
    pub(crate) fn end_fibers(&mut self) {
        if !self.is_stopping() {
            self.reactor.signals.stop = Some(Stop { status: 0, latest: Instant::now() + GRACE, drains: false });
            self.cancel_all();
        }
        let none = self.heap.payload(task::Task::default());
        self.run(none, false);
    }

    /// A signal has come: notes what to do about it.
    pub(crate) fn take_signals(&mut self) {
        let signals = &mut self.reactor.signals;
        for pipe in &mut signals.pipes {
            let mut bytes = [0; 64];
            while matches!(pipe.read(&mut bytes), Ok(read) if read > 0) {}
        }
        // Which child it was only those who wait can tell.
        let parents = std::mem::take(&mut signals.parents);
        parents.into_iter().for_each(|waiter| self.reactor.wake_soon(waiter));
        let signals = &mut self.reactor.signals;
        let signal = signals.caught.swap(0, Ordering::SeqCst);
        if signal == 0 {
            return;
        }
        if signals.session {
            signals.interrupted = true;
        } else if signal == SIGALRM as usize {
            self.output.write_error(b"error: the program took longer than --max-time allows\n");
            let signals = &mut self.reactor.signals;
            signals.stop = Some(Stop { status: TIME_OVER, latest: Instant::now() + GRACE, drains: false });
            self.cancel_all();
        } else if signals.stop.is_none() {
            let latest = Instant::now() + DRAIN;
            signals.stop = Some(Stop { status: 128 + signal as i32, latest, drains: true });
            self.stop_servers();
            self.end_drain();
        }
    }

    /// Has all servers finish what they have begun.
    fn stop_servers(&mut self) {
        let servers: Vec<_> = self.system.http.servers.values().cloned().collect();
        servers.iter().filter(|server| !server.is_stopping()).for_each(|server| self.stop_http_server(server));
        self.system.websockets.servers().into_iter().for_each(|server| websocket::server::stop(self, server));
    }

    /// Cancels every fiber once the servers have ended, or have had their time.
    fn end_drain(&mut self) {
        let Some(stop) = self.reactor.signals.stop.as_mut().filter(|stop| stop.drains) else { return };
        let are_gone = self.system.http.servers.is_empty() && self.system.websockets.servers().is_empty();
        if are_gone || stop.latest <= Instant::now() {
            (stop.drains, stop.latest) = (false, Instant::now() + GRACE);
            self.cancel_all();
        }
    }

    /// Does what signals ask for while `main` runs: the exit status once they end the program.
    pub(crate) fn heed_signals(&mut self, main: Value) -> Option<i32> {
        let signals = &mut self.reactor.signals;
        if signals.take_interrupted() {
            // A fiber that does not let others run is what Ctrl-C is for, whichever it is.
            let fiber = self.scheduler.preempted().or_else(|| task::fiber_of(main));
            fiber.into_iter().for_each(|fiber| self.cancel(fiber));
            return None;
        }
        self.end_drain();
        let stop = self.reactor.signals.stop.filter(|stop| !stop.drains)?;
        (self.scheduler.count == 0 || stop.latest <= Instant::now()).then_some(stop.status)
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            low_level::unregister(handler);
        }
    }
}
