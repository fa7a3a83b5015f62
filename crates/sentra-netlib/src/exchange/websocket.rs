//! One end of a WebSocket connection after its handshake (RFC 6455, sections 5 to 7).
//!
//! What arrives goes through [`WebSocket::take`]; what is to be sent lies in
//! [`WebSocket::outgoing`]. Pings are answered, a close frame is answered by one, and a peer that
//! breaks the rules is told so with the code that fits, both after its last messages were
//! answered. Extensions, compression among them, are
//! neither offered nor accepted.

pub mod outgoing;
pub mod receiver;

use std::rc::Rc;

use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

use crate::wire::websocket::frame::{self, LONGEST_CONTROL};
use crate::wire::websocket::mask::Masks;
use outgoing::Outgoing;
use receiver::{Received, Receiver, Violation};

/// The close code of a connection whose close frame has none.
pub const NO_CODE: u16 = 1005;
/// The close code of a connection that ended without a close frame.
pub const ABNORMAL: u16 = 1006;

/// Which end of the connection this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It opened the connection, and masks what it sends.
    Client,
    /// It accepted the connection.
    Server,
}

/// How far the connection is from its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Messages go both ways.
    Open,
    /// A close frame was sent; the peer's is awaited.
    Closing,
    /// Close frames went both ways. The server ends the connection below, the client waits for that.
    Closed,
}

/// Why and by whom the connection was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    /// The code (section 7.4.1).
    pub code: u16,
    /// The reason, often empty.
    pub reason: String,
    /// Whether it was the peer that began.
    pub by_peer: bool,
}

/// What the owner of the connection has to know.
#[derive(Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// Nothing.
    None,
    /// A message of text, which is UTF-8.
    Text(&'a [u8]),
    /// A message of bytes.
    Binary(&'a [u8]),
    /// The answer to a ping.
    Pong(&'a [u8]),
    /// There will be no more messages. Once those before are answered [`WebSocket::settle`] goes
    /// on, and until then nothing is taken.
    Ending,
}

/// Why something cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The connection is closed, or about to be.
    Closed,
    /// Text has to be UTF-8.
    NotUtf8,
    /// Pings, pongs and reasons are short.
    TooLong,
    /// The code may not stand in a close frame.
    Code,
}

/// One end of a connection.
#[derive(Debug)]
pub struct WebSocket {
    receiver: Receiver,
    /// What is to be sent.
    pub outgoing: Outgoing,
    masks: Option<Masks>,
    stage: Stage,
    closure: Option<Box<Closure>>,
    ending: Option<Box<Ending>>,
}

/// How the peer has ended the conversation.
#[derive(Debug)]
enum Ending {
    Close(Option<u16>, String),
    Violation(Violation),
}

impl WebSocket {
    /// An end that takes messages of up to `most` bytes.
    pub fn new(role: Role, most: usize) -> Self {
        let masks = (role == Role::Client).then(Masks::default);
        let receiver = Receiver::new(role, most);
        Self { receiver, outgoing: Outgoing::default(), masks, stage: Stage::Open, closure: None, ending: None }
    }

    /// Which end it is.
    pub fn role(&self) -> Role {
        if self.masks.is_some() { Role::Client } else { Role::Server }
    }

    /// How far it is from its end.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Why it was closed, once it is being closed.
    pub fn closure(&self) -> Option<&Closure> {
        self.closure.as_deref()
    }

    /// Bytes of memory that input and output in waiting take.
    pub fn held(&self) -> usize {
        self.receiver.held() + self.outgoing.len()
    }

    /// Takes bytes that arrived: how many of them were used, and what they mean. All are used
    /// unless they mean something. Payloads are unmasked in place.
    pub fn take<'a>(&'a mut self, input: &'a mut [u8]) -> (usize, Event<'a>) {
        if self.stage == Stage::Closed {
            return (input.len(), Event::None);
        }
        if self.ending.is_some() {
            return (0, Event::Ending);
        }
        if self.stage == Stage::Closing {
            self.receiver.discard();
        }
        let Self { receiver, outgoing, masks, stage, ending, .. } = self;
        let (used, received) = receiver.next(input);
        let mut sender = Sender { outgoing, masks };
        let event = match received {
            Ok(Received::Nothing) => Event::None,
            Ok(Received::Text(data)) => Event::Text(data),
            Ok(Received::Binary(data)) => Event::Binary(data),
            Ok(Received::Pong(data)) => Event::Pong(data),
            Ok(Received::Ping(data)) => {
                sender.control(Control::Pong, data);
                Event::None
            }
            Ok(Received::Close(..)) if *stage == Stage::Closing => {
                *stage = Stage::Closed;
                Event::None
            }
            Ok(Received::Close(code, reason)) => {
                *ending = Some(Ending::Close(code, reason.into()).into());
                Event::Ending
            }
            Err(wrong) => {
                *ending = Some(Ending::Violation(wrong).into());
                Event::Ending
            }
        };
        (used, event)
    }

    /// Whether the peer has ended the conversation, and [`WebSocket::settle`] is due.
    pub fn is_ending(&self) -> bool {
        self.ending.is_some()
    }

    /// Answers the peer's close frame, or tells it what it did wrong. Until then answers to its
    /// last messages can be sent.
    pub fn settle(&mut self) {
        let Some(ending) = self.ending.take() else { return };
        let was_open = self.stage == Stage::Open;
        let mut sender = Sender { outgoing: &mut self.outgoing, masks: &mut self.masks };
        let (stage, closure) = match *ending {
            Ending::Close(code, reason) => {
                if was_open {
                    // The code goes back as it came (section 5.5.1).
                    sender.close(code, "");
                }
                (Stage::Closed, Closure { code: code.unwrap_or(NO_CODE), reason, by_peer: true })
            }
            Ending::Violation(wrong) => {
                if was_open {
                    sender.close(Some(wrong.code), wrong.reason);
                }
                let stage = if wrong.in_close { Stage::Closed } else { Stage::Closing };
                (stage, Closure { code: wrong.code, reason: wrong.reason.into(), by_peer: false })
            }
        };
        self.stage = stage;
        self.closure.get_or_insert_with(|| closure.into());
    }

    /// The peer has ended the connection below; whether that was its time.
    pub fn end(&mut self) -> bool {
        self.settle();
        if self.stage == Stage::Open {
            self.closure = Some(Closure { code: ABNORMAL, reason: String::new(), by_peer: true }.into());
        }
        std::mem::replace(&mut self.stage, Stage::Closed) == Stage::Closed
    }

    fn sender(&mut self) -> Result<Sender<'_>, Refused> {
        if self.stage != Stage::Open {
            return Err(Refused::Closed);
        }
        Ok(Sender { outgoing: &mut self.outgoing, masks: &mut self.masks })
    }

    /// Sends a message of text.
    pub fn send_text(&mut self, text: &[u8]) -> Result<(), Refused> {
        check_text(text)?;
        self.sender()?.frame(OpCode::Data(Data::Text), text);
        Ok(())
    }

    /// Sends a message of bytes.
    pub fn send_binary(&mut self, data: &[u8]) -> Result<(), Refused> {
        self.sender()?.frame(OpCode::Data(Data::Binary), data);
        Ok(())
    }

    /// Sends a frame that [`shared`] has made, on a server's end.
    pub fn send_shared(&mut self, frame: &Rc<[u8]>) -> Result<(), Refused> {
        self.sender()?.outgoing.share(frame);
        Ok(())
    }

    /// Asks for a pong with the same bytes.
    pub fn ping(&mut self, data: &[u8]) -> Result<(), Refused> {
        if data.len() > LONGEST_CONTROL {
            return Err(Refused::TooLong);
        }
        self.sender()?.control(Control::Ping, data);
        Ok(())
    }

    /// Begins to close the connection: messages that still arrive are passed over.
    pub fn close(&mut self, code: u16, reason: &str) -> Result<(), Refused> {
        if !frame::is_close_code(code) {
            return Err(Refused::Code);
        }
        if reason.len() > LONGEST_CONTROL - 2 {
            return Err(Refused::TooLong);
        }
        self.sender()?.close(Some(code), reason);
        self.stage = Stage::Closing;
        self.closure = Some(Closure { code, reason: reason.into(), by_peer: false }.into());
        Ok(())
    }
}

/// Text that may be sent.
pub fn check_text(text: &[u8]) -> Result<(), Refused> {
    std::str::from_utf8(text).map(drop).map_err(|_| Refused::NotUtf8)
}

/// A message of a server as a frame, to be sent to any number of clients.
pub fn shared(is_text: bool, data: &[u8]) -> Rc<[u8]> {
    let mut out = Vec::new();
    frame::write(&mut out, OpCode::Data(if is_text { Data::Text } else { Data::Binary }), data, None);
    out.into()
}

/// What sending needs of a connection.
struct Sender<'a> {
    outgoing: &'a mut Outgoing,
    masks: &'a mut Option<Masks>,
}

impl Sender<'_> {
    fn frame(&mut self, opcode: OpCode, payload: &[u8]) {
        let mask = self.masks.as_mut().map(Masks::draw);
        self.outgoing.append(|out| frame::write(out, opcode, payload, mask));
    }

    fn control(&mut self, control: Control, payload: &[u8]) {
        self.frame(OpCode::Control(control), payload);
    }

    fn close(&mut self, code: Option<u16>, reason: &str) {
        let mut payload = Vec::new();
        if let Some(code) = code {
            payload.extend_from_slice(&code.to_be_bytes());
            payload.extend_from_slice(reason.as_bytes());
        }
        self.control(Control::Close, &payload);
    }
}
