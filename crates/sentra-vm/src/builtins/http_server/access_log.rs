//! The option `access_log` of a server: which format, and which file, which a worker opens.

use std::io;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use sentra_netlib::wire::http::access_log::Format;

use super::{Result, Settings};
use crate::builtin::Types;
use crate::builtins::files::failure;
use crate::fault::Fault;
use crate::fiber::Waiter;
use crate::http::log::{Log, LogFile, Target};
use crate::value::Value;
use crate::vm::Vm;
use crate::workers::Ticket;

/// A log that is being opened.
pub(super) enum Opening {
    None,
    Console(Format),
    File(Format, PathBuf),
    Waits(Format, PathBuf, Ticket<io::Result<LogFile>>),
    Open(Rc<Log>),
}

impl Opening {
    pub fn new(builtin: &'static str, settings: &Settings) -> Result<Self> {
        let types = Types::BOOLEAN.or(Types::STRING).or(Types::MAP);
        let Some(value) = settings.get("access_log", types)? else { return Ok(Self::None) };
        if let Some(name) = value.as_bytes() {
            return Ok(Self::Console(format(name)?));
        }
        if value.as_map().is_none() {
            return Ok(if value == Value::TRUE { Self::Console(Format::Common) } else { Self::None });
        }
        let inner = Settings::new(builtin, Some(value), &["path", "format"])?;
        let name = inner.text("format")?.unwrap_or_else(|| "common".into());
        let Some(path) = inner.text("path")? else {
            return Err(Fault::range(format!("`{builtin}` needs a `path` in option `access_log`")));
        };
        Ok(Self::File(format(name.as_bytes())?, path.into()))
    }

    /// The log, if one is wanted, once its file is open.
    pub fn poll(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<Option<Option<Rc<Log>>>> {
        match std::mem::replace(self, Self::None) {
            Self::None => return Ok(Some(None)),
            Self::Open(log) => *self = Self::Open(log),
            Self::Console(format) => *self = Self::Open(Rc::new(Log::new(format, Target::Console))),
            Self::File(format, path) => {
                let (place, permissions) = (path.clone(), Arc::clone(&vm.system.permissions));
                let open = move || LogFile::open(permissions.write(&place)?);
                let ticket = vm.reactor.workers.submit(waiter, open);
                *self = Self::Waits(format, path, ticket);
            }
            Self::Waits(format, path, ticket) => match vm.reactor.workers.take(&ticket) {
                None => *self = Self::Waits(format, path, ticket),
                Some(Ok(file)) => *self = Self::Open(Rc::new(Log::new(format, Target::File(Arc::new(file))))),
                Some(Err(error)) => return Err(failure("log to", &path, &error)),
            },
        }
        Ok(if let Self::Open(log) = self { Some(Some(Rc::clone(log))) } else { None })
    }

    pub fn abandon(&mut self, vm: &mut Vm) {
        if let Self::Waits(..) = std::mem::replace(self, Self::None) {
            vm.reactor.workers.give_up();
        }
    }
}

fn format(name: &[u8]) -> Result<Format> {
    let found = Format::NAMES.iter().find(|(known, _)| known.as_bytes() == name);
    found.map(|&(_, format)| format).ok_or_else(|| {
        let known: Vec<&str> = Format::NAMES.iter().map(|(name, _)| *name).collect();
        let name = String::from_utf8_lossy(name);
        Fault::range(format!("there is no format {name:?} of access logs (known: {})", known.join(", ")))
    })
}
