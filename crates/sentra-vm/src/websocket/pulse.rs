//! Whether the peer is still there: a silent one is sent a ping, and if that stays without an
//! answer until the next look, it is gone.

use std::time::Duration;

/// What a connection knows about its peer's life.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pulse {
    /// The time between two looks; nothing if nobody looks.
    pub interval: Option<Duration>,
    heard: bool,
    asked: bool,
}

/// What a look finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finding {
    /// It was heard.
    Alive,
    /// It was not: a ping asks it.
    Silent,
    /// It has not answered.
    Dead,
}

impl Pulse {
    pub fn new(interval: Option<Duration>) -> Self {
        Self { interval, heard: true, asked: false }
    }

    /// Something arrived, or could not because nobody read.
    pub fn hear(&mut self) {
        self.heard = true;
    }

    /// Looks, at the end of an interval.
    pub fn look(&mut self) -> Finding {
        let (heard, asked) = (std::mem::take(&mut self.heard), std::mem::take(&mut self.asked));
        match (heard, asked) {
            (true, _) => Finding::Alive,
            (false, true) => Finding::Dead,
            (false, false) => {
                self.asked = true;
                Finding::Silent
            }
        }
    }
}
