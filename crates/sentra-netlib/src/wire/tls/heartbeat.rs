//! Heartbeats (RFC 6520), asked for so that a server that answers what it must not answers with
//! nothing that is its own.

use super::record;

const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
const PAYLOAD: &[u8; 16] = b"sentra heartbeat";

/// A request that has its payload and not the padding of 16 bytes behind it. "If the
/// payload_length of a received HeartbeatMessage is too large, the received HeartbeatMessage MUST
/// be discarded silently" (RFC 6520, 4). A server with the error of CVE-2014-0160 does not compare
/// lengths and answers: with this payload, and with padding.
pub fn request_without_padding(version: u16) -> Vec<u8> {
    let mut content = vec![REQUEST];
    content.extend((PAYLOAD.len() as u16).to_be_bytes());
    content.extend(PAYLOAD);
    let mut out = Vec::new();
    record::write(&mut out, record::HEARTBEAT, version, &content);
    out
}

/// Whether a heartbeat's content answers the request.
pub fn is_response(content: &[u8]) -> bool {
    content.first() == Some(&RESPONSE) && content.get(3..3 + PAYLOAD.len()) == Some(PAYLOAD)
}
