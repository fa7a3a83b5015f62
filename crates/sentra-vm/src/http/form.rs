//! Forms in requests: which of them are read as they arrive, and how long their files stay.

use std::sync::Arc;

use sentra_netlib::wire::http::multipart;
use sentra_netlib::wire::http::request::Head;

use super::upload::{Refusal, Spilled, Store, Upload, remove};
use crate::builtins;
use crate::driver::{Driven, Driver, DriverId};
use crate::fault::Fault;
use crate::fiber::Waiter;
use crate::heap::{Map, Marker};
use crate::task;
use crate::value::Value;
use crate::vm::Vm;

/// The kind of error that a request without a proper form is.
pub(crate) const KIND: &str = "form";

/// A form with files that is arriving, in memory as long as it is short.
pub(crate) struct Form {
    boundary: Vec<u8>,
    upload: Option<Upload>,
    /// Whether all of it has come.
    pub is_complete: bool,
}

impl Form {
    /// The form that a request brings, if its files may go to disk.
    pub fn of(head: &Head<'_>) -> Option<Box<Self>> {
        let boundary = multipart::boundary(head.fields.get("content-type")?)?.ok()?;
        Some(Box::new(Self { boundary, upload: None, is_complete: false }))
    }

    /// Takes a piece; false as long as the whole body, of which `body` has come before, is kept in memory.
    pub fn take(&mut self, vm: &mut Vm, body: &mut Vec<u8>, piece: &[u8], spill: usize) -> Result<bool, Refusal> {
        if self.upload.is_none() {
            if body.len() + piece.len() <= spill {
                return Ok(false);
            }
            let mut upload = Upload::new(&self.boundary, spill, store(vm));
            vm.heap.discount(body.len());
            let pushed = upload.push(&mut vm.heap, &std::mem::take(body));
            self.upload = Some(upload);
            pushed?;
        }
        let Some(upload) = &mut self.upload else { return Ok(false) };
        upload.push(&mut vm.heap, piece).map(|()| true)
    }

    /// Has what waits written; whether more may come.
    pub fn write(&mut self, vm: &mut Vm, waiter: Waiter) -> Result<bool, Refusal> {
        let Some(upload) = &mut self.upload else { return Ok(true) };
        upload.write(vm, waiter, self.is_complete)?;
        Ok(if self.is_complete { upload.is_written() } else { !upload.is_full() })
    }

    /// The body ends: whether the form may.
    pub fn complete(&mut self) -> Result<(), Refusal> {
        self.is_complete = true;
        self.upload.as_ref().map_or(Ok(()), Upload::finish)
    }

    /// Gives a request the form, if it is not to be read from the body; the files it has on disk.
    pub fn give_to(&self, vm: &mut Vm, request: Map) -> Result<Vec<Arc<Spilled>>, Box<Fault>> {
        let Some(upload) = &self.upload else { return Ok(Vec::new()) };
        let map = upload.map(&mut vm.heap)?;
        let number = builtins::find("__same").expect("the table is part of the registry");
        let form = vm.heap.bound(number, map.value());
        request.set_text(&mut vm.heap, "form", form)?;
        Ok(upload.files())
    }

    /// Lets go of everything.
    pub fn abandon(self, vm: &mut Vm) {
        self.upload.into_iter().for_each(|upload| upload.abandon(vm));
    }
}

/// The place for files, the same for all servers of a VM.
fn store(vm: &mut Vm) -> Arc<Store> {
    let maker = vm.system.temporary.maker();
    Arc::clone(vm.system.http.store.get_or_insert_with(|| Arc::new(Store::new(maker, builtins::temporary_parent()))))
}

/// Keeps the files of a request whose client has gone, until its handler ends.
pub(crate) struct Keeper {
    task: Value,
    files: Vec<Arc<Spilled>>,
}

impl Keeper {
    pub fn begin(vm: &mut Vm, task: Value, files: Vec<Arc<Spilled>>) {
        vm.add_driver(Self { task, files });
    }
}

impl Driver for Keeper {
    fn drive(&mut self, vm: &mut Vm, this: DriverId) -> Driven {
        if task::fiber_of(self.task).is_some() {
            task::look(vm, self.task, this.waiter());
            return Driven::Waits;
        }
        remove(vm, std::mem::take(&mut self.files));
        Driven::Ended
    }

    fn trace(&self, marker: &mut Marker) {
        marker.mark(self.task);
    }
}
