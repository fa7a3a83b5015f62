//! Packets for scripts: captures from interfaces and files, and frames as values.
//!
//! A capture is opened on a worker thread. Frames of an interface are then taken from its ring
//! on the event loop, so many at a time that others get their turn; those of a file are read
//! and filtered on a worker thread, piece by piece.

pub(crate) mod decode;
pub(crate) mod info;
pub(crate) mod open;
pub(crate) mod source;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use source::Source;

/// The captures that scripts have started, by number.
#[derive(Default)]
pub(crate) struct Captures {
    open: HashMap<u64, Rc<RefCell<Capture>>, foldhash::fast::RandomState>,
    opened: u64,
}

/// A capture that was started.
pub(crate) struct Capture {
    pub id: Box<str>,
    pub source: Source,
    /// How many frames the script has got.
    pub captured: u64,
}

impl Captures {
    /// Takes a capture in: its id.
    pub fn add(&mut self, source: Source, interface: &str) -> Box<str> {
        self.opened += 1;
        let id = format!("capture#{} {interface}", self.opened).into_boxed_str();
        let capture = Capture { id: id.clone(), source, captured: 0 };
        self.open.insert(self.opened, Rc::new(RefCell::new(capture)));
        id
    }

    fn number(id: &[u8]) -> Option<u64> {
        let digits = id.strip_prefix(b"capture#")?.iter().take_while(|byte| byte.is_ascii_digit()).take(19);
        Some(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
    }

    /// The open capture with this id.
    pub fn get(&self, id: &[u8]) -> Option<Rc<RefCell<Capture>>> {
        let capture = self.open.get(&Self::number(id)?)?;
        (capture.borrow().id.as_bytes() == id).then(|| Rc::clone(capture))
    }

    /// Takes it away.
    pub fn remove(&mut self, id: &[u8]) -> Option<Rc<RefCell<Capture>>> {
        self.get(id)?;
        self.open.remove(&Self::number(id)?)
    }
}
