//! Collecting the bodies of requests: in memory, or as forms whose files a worker writes.

use super::{Arriving, Connection, Goes, Next, Work};
use crate::driver::DriverId;
use crate::vm::Vm;

/// So much of a body has to come before the deadline is set anew.
const PROGRESS: usize = 4096;

impl Connection {
    /// Keeps a piece of the body, or passes it over if nobody wants it.
    pub(super) fn collect(&mut self, vm: &mut Vm, this: DriverId, piece: &[u8]) -> Goes {
        let Work::Receiving(arriving) = &mut self.work else { return Goes::Waits };
        arriving.since += piece.len();
        if arriving.since >= PROGRESS {
            arriving.since = 0;
            self.due = self.server.after(self.server.options.timeout);
        }
        if !matches!(arriving.next, Next::Call(..)) {
            return Goes::Waits;
        }
        if let Some(form) = &mut arriving.form {
            let taken = form.take(vm, &mut arriving.body, piece, self.server.options.spill);
            let taken = taken.and_then(|taken| Ok((taken, form.write(vm, this.waiter())?)));
            match taken {
                Ok((false, _)) => {}
                Ok((true, true)) => return Goes::Waits,
                Ok((true, false)) => return self.hold(),
                Err(refusal) => {
                    self.refuse(vm, refusal.status, &refusal.reason);
                    return Goes::On;
                }
            }
        }
        // Twice: the text that the body becomes is a copy.
        if let Err(fault) = vm.heap.reserve(2 * piece.len() + arriving.body.len()) {
            let next = self.failed(vm, &fault);
            self.forget_body(vm);
            self.exchange.abandon();
            return self.answer(vm, next);
        }
        vm.heap.account(piece.len());
        arriving.body.extend_from_slice(piece);
        Goes::Waits
    }

    /// Reads nothing more until a worker has written something.
    fn hold(&mut self) -> Goes {
        self.due = super::NEVER;
        Goes::Holds
    }

    /// Whether a form holds the connection up, or its last bytes are written.
    pub(super) fn go_on_with_form(&mut self, vm: &mut Vm, this: DriverId) -> Option<Goes> {
        let Work::Receiving(Arriving { form: Some(form), .. }) = &mut self.work else { return None };
        match form.write(vm, this.waiter()) {
            Ok(false) => Some(self.hold()),
            Ok(true) if form.is_complete => Some(self.complete(vm, this)),
            Ok(true) => {
                if self.due == super::NEVER {
                    self.due = self.server.after(self.server.options.timeout);
                }
                None
            }
            Err(refusal) => {
                self.refuse(vm, refusal.status, &refusal.reason);
                Some(Goes::On)
            }
        }
    }

    /// Lets go of a body that has been collected.
    pub(super) fn forget_body(&mut self, vm: &mut Vm) {
        if let Work::Receiving(arriving) = &mut self.work {
            vm.heap.discount(std::mem::take(&mut arriving.body).len());
            arriving.form.take().into_iter().for_each(|form| form.abandon(vm));
        }
    }

    /// The form is complete: whether it is a proper one, all of which is written.
    pub(super) fn complete_form(&mut self, vm: &mut Vm, this: DriverId) -> Option<Goes> {
        let Work::Receiving(Arriving { form: Some(form), .. }) = &mut self.work else { return None };
        let written = form.complete().and_then(|()| form.write(vm, this.waiter()));
        match written {
            Ok(true) => None,
            Ok(false) => Some(self.hold()),
            Err(refusal) => {
                self.refuse(vm, refusal.status, &refusal.reason);
                Some(Goes::On)
            }
        }
    }
}
