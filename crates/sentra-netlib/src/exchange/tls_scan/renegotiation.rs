//! Whether a client may begin another handshake on a connection that stands. A server that lets
//! it gives anyone a cheap way to keep it busy; one that does so without RFC 5746 takes what a
//! stranger has said before for the client's own words (CVE-2009-3555).

use super::key_agreement::Agreement;
use super::keys::Keys;
use crate::wire::tls::Protocol;
use crate::wire::tls::flight::{Flight, Until};
use crate::wire::tls::handshake::{self, Messages};
use crate::wire::tls::hello::ClientHello;
use crate::wire::tls::record;
use crate::wire::tls::suite::Suite;

const FINISHED: u8 = 20;
/// `Certificate` of a client that has none.
const NO_CERTIFICATE: [u8; 7] = [handshake::CERTIFICATE, 0, 0, 3, 0, 0, 0];
const HEAD: usize = 5;

/// How far it has come.
enum State {
    /// The server's first flight is awaited.
    Flight,
    /// The end of the first handshake is; once the ciphers are changed.
    Finish { changed: bool },
    /// The second hello is out.
    Asked,
}

/// Two handshakes on one connection, the second of which is only begun.
pub(super) struct Renegotiation {
    hello: ClientHello,
    is_safe: bool,
    state: State,
    arrived: Vec<u8>,
    flight: Flight,
    /// The messages of the first handshake.
    transcript: Vec<u8>,
    keys: Option<Keys>,
    verify_data: Vec<u8>,
    /// Whether the server has gone along; nothing before it is asked.
    pub accepted: Option<bool>,
}

impl std::fmt::Debug for Renegotiation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Renegotiation").field("accepted", &self.accepted).finish_non_exhaustive()
    }
}

impl Renegotiation {
    /// By a client that opens with this hello.
    pub fn new(hello: ClientHello, is_safe: bool) -> Self {
        Self {
            hello,
            is_safe,
            state: State::Flight,
            arrived: Vec::new(),
            flight: Flight::default(),
            transcript: Vec::new(),
            keys: None,
            verify_data: Vec::new(),
            accepted: None,
        }
    }

    /// What is to be sent first.
    pub fn begin(&mut self) -> Vec<u8> {
        let hello = self.hello.write();
        self.transcript.extend(&hello[HEAD..]);
        hello
    }

    /// Takes what has arrived. True: it is over.
    pub fn receive(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> bool {
        self.arrived.extend(bytes);
        let arrived = std::mem::take(&mut self.arrived);
        let mut rest = &arrived[..];
        loop {
            match record::read(rest) {
                Ok(Some((record, len))) => {
                    if self.take(record.kind, record.content, &rest[..len], out).is_none() {
                        return true;
                    }
                    rest = &rest[len..];
                }
                Ok(None) => break,
                Err(_) => return true,
            }
        }
        self.arrived = rest.to_vec();
        false
    }

    /// Nothing: it is over.
    fn take(&mut self, kind: u8, content: &[u8], whole: &[u8], out: &mut Vec<u8>) -> Option<()> {
        match self.state {
            State::Flight => {
                if kind == record::HANDSHAKE {
                    self.transcript.extend(content);
                }
                if self.flight.receive(whole, Until::Done) {
                    self.flight.is_done.then_some(())?;
                    self.finish(out)?;
                    self.state = State::Finish { changed: false };
                }
            }
            State::Finish { changed } => match kind {
                record::CHANGE_CIPHER_SPEC => self.state = State::Finish { changed: true },
                record::HANDSHAKE if changed => {
                    self.ask(out)?;
                    self.state = State::Asked;
                    self.accepted = Some(false);
                }
                record::HANDSHAKE => {}
                _ => return None,
            },
            // The kind of a record is not encrypted: a handshake's is the answer to the hello.
            State::Asked => match kind {
                record::HANDSHAKE => {
                    self.accepted = Some(true);
                    return None;
                }
                record::APPLICATION_DATA => {}
                _ => return None,
            },
        }
        Some(())
    }

    /// Ends the client's part of the first handshake.
    fn finish(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let chosen = self.flight.hello.as_ref()?;
        let protocol = Protocol::of(chosen.version)?;
        let suite = Suite::of(u32::from(chosen.suite)).filter(|_| self.hello.suites.contains(&chosen.suite))?;
        if !(Protocol::Tls10..=Protocol::Tls12).contains(&protocol) || !Keys::are_known_for(suite) {
            return None;
        }
        let (server_random, share) = self.server_says()?;
        let agreement = Agreement::new(suite, protocol, self.flight.certificates.first()?, &share)?;
        let mut keys = Keys::new(suite, protocol, &agreement.secret, &self.hello.random, &server_random)?;
        let mut messages = if self.flight.wants_certificate { NO_CERTIFICATE.to_vec() } else { Vec::new() };
        messages.extend(&agreement.message);
        self.transcript.extend(&messages);
        record::write(out, record::HANDSHAKE, protocol.code(), &messages);
        record::write(out, record::CHANGE_CIPHER_SPEC, protocol.code(), &[1]);
        self.verify_data = keys.verify_data(&self.transcript);
        let finished = [&[FINISHED, 0, 0, self.verify_data.len() as u8][..], &self.verify_data].concat();
        keys.seal(out, record::HANDSHAKE, &finished)?;
        self.keys = Some(keys);
        Some(())
    }

    /// The server's random bytes, and the content of its `ServerKeyExchange`.
    fn server_says(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let (mut messages, mut random, mut share) = (Messages::default(), None, Vec::new());
        messages.push(&self.transcript).then_some(())?;
        while let Some((kind, content)) = messages.next_message() {
            match kind {
                handshake::SERVER_HELLO => random = content.get(2..34).map(<[u8]>::to_vec),
                handshake::SERVER_KEY_EXCHANGE => share = content.to_vec(),
                _ => {}
            }
        }
        Some((random?, share))
    }

    /// Begins the second handshake. Behind it an alert ends the connection, so that a server
    /// that keeps silent need not be waited for.
    fn ask(&mut self, out: &mut Vec<u8>) -> Option<()> {
        if self.is_safe {
            self.hello.suites.retain(|&suite| suite != crate::wire::tls::hello::RENEGOTIATION_SCSV);
            self.hello.renegotiates = std::mem::take(&mut self.verify_data);
        }
        let hello = self.hello.write();
        let keys = self.keys.as_mut()?;
        keys.seal(out, record::HANDSHAKE, &hello[HEAD..])?;
        keys.seal(out, record::ALERT, &[1, 0])
    }
}
