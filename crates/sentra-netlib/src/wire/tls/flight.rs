//! What a server says to a ClientHello, up to where it waits for the client or encrypts.

use super::alert::Alert;
use super::handshake::{self, Messages, ServerHello};
use super::key_exchange::Parameters;
use super::record::{self, NotTls};
use super::suite::Suite;

/// How far a flight is of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Up to the choice of version and suite.
    Hello,
    /// Up to the parameters of the key exchange.
    KeyExchange,
    /// Up to its end.
    Done,
}

/// A server's flight, as far as it has come.
#[derive(Debug, Default)]
pub struct Flight {
    /// The choice; nothing if the server refused.
    pub hello: Option<ServerHello>,
    /// The certificates, the server's own first.
    pub certificates: Vec<Vec<u8>>,
    /// A response of OCSP.
    pub staple: Option<Vec<u8>>,
    /// What keys are agreed with.
    pub parameters: Option<Parameters>,
    /// Whether the server wants a certificate of the client.
    pub wants_certificate: bool,
    /// Whether its end has come.
    pub is_done: bool,
    /// Why the server breaks off.
    pub alert: Option<Alert>,
    /// Whether what came is not TLS, or not in its order.
    pub is_malformed: bool,
    /// What came where it is not TLS at all, as far as is needed to say what it is.
    pub other: Vec<u8>,
    arrived: Vec<u8>,
    messages: Messages,
}

/// How much of something that is not TLS is kept.
const SAMPLE: usize = 64;

impl Flight {
    /// Takes what has arrived. True: nothing more is of interest.
    pub fn receive(&mut self, bytes: &[u8], until: Until) -> bool {
        self.arrived.extend(bytes);
        let arrived = std::mem::take(&mut self.arrived);
        let mut rest = &arrived[..];
        while !self.is_over(until) {
            match record::read(rest) {
                Ok(Some((record, len))) => {
                    self.record(record.kind, record.content, until);
                    rest = &rest[len..];
                }
                Ok(None) => break,
                Err(NotTls) => {
                    self.is_malformed = true;
                    self.other = rest[..rest.len().min(SAMPLE)].to_vec();
                }
            }
        }
        self.arrived = rest.to_vec();
        self.is_over(until)
    }

    /// What has arrived behind the flight.
    pub fn rest(&self) -> &[u8] {
        &self.arrived
    }

    fn is_over(&self, until: Until) -> bool {
        let hello = self.hello.as_ref();
        let encrypted = hello.is_some_and(|hello| hello.version >= 0x0304);
        let enough = match until {
            Until::Hello => hello.is_some(),
            Until::KeyExchange => self.parameters.is_some(),
            Until::Done => false,
        };
        self.is_malformed || self.alert.is_some() || self.is_done || enough || encrypted
    }

    fn record(&mut self, kind: u8, content: &[u8], until: Until) {
        match kind {
            record::ALERT => match content {
                // A warning that the name is unknown does not end anything (RFC 6066, 3).
                [1, code] if *code != 0 => {}
                [_, code] => self.alert = Some(Alert(*code)),
                _ => self.is_malformed = true,
            },
            record::HANDSHAKE => {
                let mut messages = std::mem::take(&mut self.messages);
                self.is_malformed |= !messages.push(content);
                while !self.is_over(until)
                    && let Some((kind, content)) = messages.next_message()
                {
                    if self.message(kind, content).is_none() {
                        self.is_malformed = true;
                    }
                }
                self.messages = messages;
            }
            _ => self.is_malformed = true,
        }
    }

    /// Nothing: the message is malformed, or comes where none may.
    fn message(&mut self, kind: u8, content: &[u8]) -> Option<()> {
        match (kind, &self.hello) {
            (handshake::SERVER_HELLO, None) => self.hello = Some(ServerHello::read(content)?),
            (handshake::CERTIFICATE, Some(_)) => self.certificates = handshake::certificates(content)?,
            (handshake::CERTIFICATE_STATUS, Some(_)) => self.staple = handshake::certificate_status(content),
            (handshake::SERVER_KEY_EXCHANGE, Some(hello)) => {
                let kind = Suite::of(hello.suite.into()).map(|suite| suite.key_exchange);
                self.parameters = kind.and_then(|kind| Parameters::read(content, kind));
            }
            (handshake::CERTIFICATE_REQUEST, Some(_)) => self.wants_certificate = true,
            (handshake::SERVER_HELLO_DONE, Some(_)) => self.is_done = true,
            (handshake::NEW_SESSION_TICKET, Some(_)) => {}
            _ => return None,
        }
        Some(())
    }
}
