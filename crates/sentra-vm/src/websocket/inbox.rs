//! Messages that arrived and that nobody has taken yet.

use std::collections::VecDeque;

use crate::heap::Marker;
use crate::value::Value;

/// Bytes that a message counts for besides its data.
const OVERHEAD: usize = 64;
/// What is arriving stops to be read when this much waits.
const MOST: usize = 1 << 20;
/// Places that an empty queue keeps.
const KEPT: usize = 16;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Binary,
    Pong,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Binary => "binary",
            Self::Pong => "pong",
        }
    }
}

/// A message, its data as a text value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message {
    pub kind: Kind,
    pub data: Value,
}

/// A queue of messages.
#[derive(Default)]
pub(crate) struct Inbox {
    messages: VecDeque<Message>,
    bytes: usize,
}

impl Inbox {
    pub fn push(&mut self, message: Message) {
        self.bytes += weight(message);
        self.messages.push_back(message);
    }

    pub fn pop(&mut self) -> Option<Message> {
        let message = self.messages.pop_front()?;
        self.bytes -= weight(message);
        if self.messages.is_empty() {
            self.messages.shrink_to(KEPT);
        }
        Some(message)
    }

    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Whether so much waits that no more is read.
    pub fn is_full(&self) -> bool {
        self.bytes >= MOST
    }

    pub fn trace(&self, marker: &mut Marker) {
        self.messages.iter().for_each(|message| marker.mark(message.data));
    }
}

fn weight(message: Message) -> usize {
    OVERHEAD + message.data.as_bytes().map_or(0, <[u8]>::len)
}
