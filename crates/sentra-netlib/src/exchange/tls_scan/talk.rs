//! One connection of a scan: what is sent on it, and what comes back.

use super::renegotiation::Renegotiation;
use super::session::Session;
use super::starttls::{Prelude, Progress, Starttls};
use crate::wire::tls::flight::{Flight, Until};
use crate::wire::tls::{heartbeat, record, ssl2};

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything of interest has come.
    Complete,
    /// The peer has closed it, or it broke.
    Closed,
    /// Nothing came for too long.
    TimedOut,
    /// It never stood.
    Unreachable,
}

/// What is sent, and what is waited for.
#[derive(Debug)]
pub(super) enum Dialogue {
    /// A ClientHello, and the server's flight.
    Hello { hello: Vec<u8>, until: Until, flight: Flight },
    /// The same in SSL 2.0.
    Ssl2 { hello: Vec<u8>, arrived: Vec<u8>, answer: Option<ssl2::ServerHello> },
    /// What servers do not discuss with an honest client: sent when their flight is over.
    Provocation { hello: Vec<u8>, flight: Flight, sends: Vec<u8>, sent: bool, answers: Vec<u8> },
    /// A handshake, and the beginning of another.
    Renegotiation(Box<Renegotiation>),
    /// A whole session.
    Session(Box<Session>),
}

/// No answer is longer.
const MOST: usize = 1 << 20;

/// A connection of a scan.
#[derive(Debug)]
pub struct Talk {
    prelude: Option<Prelude>,
    pub(super) dialogue: Dialogue,
    /// How it ended, once it has.
    pub(super) end: Option<End>,
    /// Whether the server did not let TLS begin.
    pub(super) is_refused: bool,
    received: usize,
    opening: Vec<u8>,
}

impl Talk {
    pub(super) fn new(starttls: Option<Starttls>, dialogue: Dialogue) -> Self {
        let (prelude, opening) = starttls.map(Prelude::new).unzip();
        let mut talk = Self { prelude, dialogue, end: None, is_refused: false, received: 0, opening: Vec::new() };
        talk.opening = match opening {
            Some(opening) => opening,
            None => talk.dialogue.begin(),
        };
        talk
    }

    /// What is to be sent once the connection stands.
    pub fn begin(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.opening)
    }

    /// Takes what has arrived; `out` is to be sent. True: the talk is over.
    pub fn receive(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> bool {
        self.received += bytes.len();
        let over = self.received > MOST || self.take(bytes, out);
        if over {
            self.end = Some(End::Complete);
        }
        over
    }

    fn take(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> bool {
        let Some(prelude) = &mut self.prelude else { return self.dialogue.receive(bytes, out) };
        match prelude.receive(bytes, out) {
            Progress::Waits => false,
            Progress::Refused => {
                self.is_refused = true;
                true
            }
            Progress::Begins(behind) => {
                self.prelude = None;
                out.extend(self.dialogue.begin());
                !behind.is_empty() && self.dialogue.receive(&behind, out)
            }
        }
    }

    /// The connection has ended before the talk.
    pub fn ended(&mut self, end: End) {
        self.end = Some(end);
    }

    /// Whether the server has said anything.
    pub(super) fn has_answer(&self) -> bool {
        self.received > 0
    }
}

impl Dialogue {
    fn begin(&mut self) -> Vec<u8> {
        match self {
            Self::Hello { hello, .. } | Self::Ssl2 { hello, .. } | Self::Provocation { hello, .. } => {
                std::mem::take(hello)
            }
            Self::Renegotiation(renegotiation) => renegotiation.begin(),
            Self::Session(session) => session.begin(),
        }
    }

    fn receive(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> bool {
        match self {
            Self::Hello { until, flight, .. } => flight.receive(bytes, *until),
            Self::Ssl2 { arrived, answer, .. } => {
                arrived.extend(bytes);
                match ssl2::read(arrived) {
                    Ok(None) => false,
                    Ok(found) => {
                        *answer = found;
                        true
                    }
                    Err(_) => true,
                }
            }
            Self::Provocation { flight, sends, sent, answers, .. } => {
                if *sent {
                    answers.extend(bytes);
                    return is_final(answers);
                }
                if !flight.receive(bytes, Until::Done) {
                    return false;
                }
                if !flight.is_done {
                    return true;
                }
                out.append(sends);
                *sent = true;
                answers.extend(flight.rest());
                is_final(answers)
            }
            Self::Renegotiation(renegotiation) => renegotiation.receive(bytes, out),
            Self::Session(session) => session.receive(bytes, out),
        }
    }
}

/// Whether an alert has come, behind which nothing more does.
fn is_final(mut answers: &[u8]) -> bool {
    loop {
        match record::read(answers) {
            Ok(Some((record, _))) if record.kind == record::ALERT => return true,
            Ok(Some((_, len))) => answers = &answers[len..],
            Ok(None) => return false,
            Err(_) => return true,
        }
    }
}

/// Whether a heartbeat is among the answers.
pub(super) fn has_heartbeat(mut answers: &[u8]) -> bool {
    while let Ok(Some((record, len))) = record::read(answers) {
        if record.kind == record::HEARTBEAT && heartbeat::is_response(record.content) {
            return true;
        }
        answers = &answers[len..];
    }
    false
}
