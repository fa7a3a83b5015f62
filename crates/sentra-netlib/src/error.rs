//! What failed, where, and with which peer.

use std::fmt::{self, Display, Formatter};
use std::io::{self, ErrorKind};

use crate::endpoint::tls::TlsError;

/// What was being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Finding the addresses of a name.
    Resolve,
    /// Connecting.
    Connect,
    /// Binding and listening.
    Listen,
    /// Accepting.
    Accept,
    /// Sending.
    Send,
    /// Receiving.
    Receive,
    /// Reading or setting an option.
    Option,
    /// Agreeing on TLS.
    Handshake,
    /// Closing, or ending one direction.
    Close,
}

impl Stage {
    fn describe(self) -> &'static str {
        match self {
            Self::Resolve => "cannot find",
            Self::Connect => "cannot connect to",
            Self::Listen => "cannot listen on",
            Self::Accept => "cannot accept on",
            Self::Send => "cannot send to",
            Self::Receive => "cannot receive from",
            Self::Option => "cannot look at",
            Self::Handshake => "cannot speak TLS with",
            Self::Close => "cannot close",
        }
    }
}

/// Why it failed.
#[derive(Debug)]
pub enum Cause {
    /// The system said so.
    System(io::Error),
    /// It took too long.
    TimedOut,
    /// It is closed, or never was.
    Closed,
    /// The peer sent its last byte too early.
    Ended,
    /// More than allowed.
    TooLong(usize),
    /// The name has no address.
    NoAddress(String),
}

/// A failure.
#[derive(Debug)]
pub struct NetError {
    /// What was being done.
    pub stage: Stage,
    /// Why it failed.
    pub cause: Cause,
    /// The address or id concerned.
    pub peer: String,
}

impl NetError {
    /// A failure that the system reported.
    pub fn system(stage: Stage, error: io::Error, peer: impl Into<String>) -> Self {
        Self { stage, cause: Cause::System(error), peer: peer.into() }
    }

    /// A failure for another reason.
    pub fn new(stage: Stage, cause: Cause, peer: impl Into<String>) -> Self {
        Self { stage, cause, peer: peer.into() }
    }

    /// One word for programs.
    pub fn kind(&self) -> &'static str {
        match &self.cause {
            Cause::System(error) => kind_of(error),
            Cause::TimedOut => "timeout",
            Cause::Closed | Cause::Ended => "closed",
            Cause::TooLong(_) => "too_long",
            Cause::NoAddress(_) => "dns",
        }
    }
}

/// One word for a failure that the system reported.
pub fn kind_of(error: &io::Error) -> &'static str {
    use nix::errno::Errno;
    if let Some(error) = TlsError::of(error) {
        return error.kind;
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => "connection_refused",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => "connection_reset",
        ErrorKind::BrokenPipe | ErrorKind::NotConnected => "closed",
        ErrorKind::TimedOut => "timeout",
        ErrorKind::PermissionDenied => "permission",
        ErrorKind::AddrInUse => "address_in_use",
        ErrorKind::AddrNotAvailable => "address_not_available",
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable | ErrorKind::NetworkDown => "unreachable",
        ErrorKind::NotFound => "not_found",
        ErrorKind::InvalidInput => "range",
        ErrorKind::Unsupported => "unsupported",
        _ => match error.raw_os_error().map(Errno::from_raw) {
            Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM) => "exhausted",
            Some(Errno::EMSGSIZE) => "too_long",
            Some(Errno::EOPNOTSUPP | Errno::EAFNOSUPPORT | Errno::EPROTONOSUPPORT | Errno::ENOPROTOOPT) => {
                "unsupported"
            }
            _ => "network",
        },
    }
}

/// The system's words without its number, or those of ourselves.
pub(crate) fn describe(error: &io::Error) -> String {
    if error.get_ref().is_some() {
        return error.to_string();
    }
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    text[..end].to_lowercase()
}

impl Display for NetError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}: ", self.stage.describe(), self.peer)?;
        match &self.cause {
            Cause::System(error) => out.write_str(&describe(error)),
            Cause::TimedOut => out.write_str("timed out"),
            Cause::Closed => out.write_str("no such open socket"),
            Cause::Ended => out.write_str("the peer has closed its side"),
            Cause::TooLong(most) => write!(out, "more than {most} bytes"),
            Cause::NoAddress(reason) => out.write_str(reason),
        }
    }
}

impl std::error::Error for NetError {}
