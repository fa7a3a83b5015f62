//! What a server demands of its clients.

use std::time::Duration;

use sentra_netlib::wire::http::request::Head;
use sentra_netlib::wire::websocket::handshake::{self, Offer, Refusal};

/// The rules of a server.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// The one path that there is; any if none is named.
    pub path: Option<Vec<u8>>,
    /// The origins whose pages may connect; all if none is named.
    pub origins: Vec<String>,
    /// The subprotocols that the server speaks.
    pub protocols: Vec<String>,
    pub max_clients: usize,
    pub max_message: usize,
    /// Bytes that may wait for one client.
    pub max_queue: usize,
    pub ping_interval: Option<Duration>,
}

impl Rules {
    /// What a request asks for, or why it is refused.
    pub fn admit<'a>(&self, head: &Head<'a>, clients: usize) -> Result<Offer<'a>, Refusal> {
        let refuse = |status, reason: &str| Err(Refusal { status, reason: reason.into() });
        if self.path.as_ref().is_some_and(|path| path != head.path) {
            return refuse(404, "there is nothing here");
        }
        let offer = handshake::offer(head.method.as_bytes(), head.minor, head.fields)?;
        if !self.allows(offer.origin) {
            return refuse(403, "pages of this origin may not connect");
        }
        if clients >= self.max_clients {
            return refuse(503, "the server has as many clients as it takes");
        }
        Ok(offer)
    }

    /// Whether a page of that origin may connect. Browsers name it; other clients need none.
    fn allows(&self, origin: Option<&[u8]>) -> bool {
        let Some(origin) = origin.filter(|_| !self.origins.is_empty()) else { return true };
        self.origins.iter().any(|allowed| allowed == "*" || allowed.as_bytes().eq_ignore_ascii_case(origin))
    }
}
