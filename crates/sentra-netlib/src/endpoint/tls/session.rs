//! One side of a TLS connection: bytes of the connection in and out, bytes of the program out
//! and in. What carries them it is handed with each call, so it works on anything.

use std::io::{self, BufRead, ErrorKind, Read, Write};

use rustls::version::{TLS12, TLS13};
use rustls::{Connection, SupportedProtocolVersion};

use super::TlsError;
use super::failure::forget_refusal;

/// Bytes that may wait to be written.
const BUFFER: usize = 64 << 10;
/// Bytes that the peer may send without a byte for the program among them: handshakes,
/// tickets and new keys take far less.
const MOST_WITHOUT_DATA: usize = 1 << 20;

/// Which versions of TLS are spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Versions {
    /// 1.2 and 1.3.
    #[default]
    Both,
    /// 1.2 only.
    Only12,
    /// 1.3 only.
    Only13,
}

impl Versions {
    pub(super) fn list(self) -> &'static [&'static SupportedProtocolVersion] {
        static ALL: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];
        match self {
            Self::Both => &ALL,
            Self::Only12 => &ALL[..1],
            Self::Only13 => &ALL[1..],
        }
    }
}

/// One side of a connection.
#[derive(Debug)]
pub struct Session {
    pub(super) tls: Connection,
    failed: Option<TlsError>,
    closed: bool,
    /// Bytes since the last that were for the program.
    without_data: usize,
}

impl Session {
    pub(super) fn new(mut tls: Connection) -> Self {
        tls.set_buffer_limit(Some(BUFFER));
        Self { tls, failed: None, closed: false, without_data: 0 }
    }

    /// Goes on with the handshake: done, or `WouldBlock` while the peer has to send or to take
    /// something.
    pub fn handshake(&mut self, carrier: &mut (impl Read + Write)) -> io::Result<()> {
        self.check()?;
        loop {
            if let Err(error) = self.flush(carrier)
                && error.kind() != ErrorKind::WouldBlock
            {
                // The peer may have said why before it went away.
                let said = self.pull(carrier).err().filter(|said| TlsError::of(said).is_some());
                return Err(said.unwrap_or(error));
            }
            if !self.tls.is_handshaking() {
                // A server's last words are tickets, which the client may not be reading yet.
                let waits = self.tls.wants_write() && self.is_client();
                return if waits { Err(ErrorKind::WouldBlock.into()) } else { Ok(()) };
            }
            if self.pull(carrier)? == 0 && self.tls.is_handshaking() {
                return Err(self.fail(TlsError::protocol("the peer ended the connection within the handshake")));
            }
        }
    }

    /// Whether this is the client's side.
    pub fn is_client(&self) -> bool {
        matches!(self.tls, Connection::Client(_))
    }

    /// Whether the handshake still goes on.
    pub fn is_handshaking(&self) -> bool {
        self.tls.is_handshaking()
    }

    /// Receives into `buffer`; 0 bytes say that the peer has ended TLS. A connection that ends
    /// without that is the error `UnexpectedEof`.
    pub fn receive(&mut self, carrier: &mut (impl Read + Write), buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.tls.reader().read(buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(TlsError::truncated()),
                other => return other,
            }
            self.check()?;
            self.pull(carrier)?;
            self.answer(carrier);
        }
    }

    /// Whether `receive` would give something now, be it an end or an error.
    pub fn is_readable(&mut self, carrier: &mut (impl Read + Write)) -> bool {
        loop {
            match self.tls.reader().fill_buf() {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                _ => return true,
            }
            match self.check().and_then(|()| self.pull(carrier)) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                Err(_) => return true,
                Ok(_) => self.answer(carrier),
            }
        }
    }

    /// Takes what there is room for, and sends of it what fits now; the rest is for `flush`.
    pub fn send(&mut self, carrier: &mut (impl Read + Write), data: &[u8]) -> io::Result<usize> {
        self.check()?;
        if self.closed {
            return Err(ErrorKind::BrokenPipe.into());
        }
        self.flush(carrier)?;
        let taken = self.tls.writer().write(data)?;
        match self.flush(carrier) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(taken),
        }
    }

    /// Sends what waits.
    pub fn flush(&mut self, carrier: &mut impl Write) -> io::Result<()> {
        while self.tls.wants_write() {
            match self.tls.write_tls(carrier) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether something waits to be sent.
    pub fn wants_write(&self) -> bool {
        self.tls.wants_write()
    }

    /// Ends this direction of TLS; receiving goes on. To be called again after `WouldBlock`.
    pub fn close(&mut self, carrier: &mut impl Write) -> io::Result<()> {
        if !std::mem::replace(&mut self.closed, true) && self.failed.is_none() {
            self.tls.send_close_notify();
        }
        self.flush(carrier)
    }

    /// Reads once and does what the records say: how many bytes there were.
    fn pull(&mut self, carrier: &mut (impl Read + Write)) -> io::Result<usize> {
        let len = loop {
            match self.tls.read_tls(carrier) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        forget_refusal();
        match self.tls.process_new_packets() {
            Ok(state) if state.plaintext_bytes_to_read() > 0 => self.without_data = 0,
            Ok(_) => self.without_data += len,
            Err(error) => {
                // The peer is told by an alert, if it still listens.
                self.answer(carrier);
                return Err(self.fail(error.into()));
            }
        }
        if self.without_data > MOST_WITHOUT_DATA {
            return Err(self.fail(TlsError::protocol("the peer sends records without end and without data")));
        }
        Ok(len)
    }

    /// Sends what the last step wants to be sent. If that fails now, the next `send` tells.
    fn answer(&mut self, carrier: &mut impl Write) {
        if self.tls.wants_write() {
            let _ = self.flush(carrier);
        }
    }

    fn fail(&mut self, error: TlsError) -> io::Error {
        self.failed.insert(error).clone().into()
    }

    fn check(&self) -> io::Result<()> {
        self.failed.clone().map_or(Ok(()), |error| Err(error.into()))
    }
}
