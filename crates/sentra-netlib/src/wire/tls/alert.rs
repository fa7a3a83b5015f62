//! Alerts (RFC 8446, 6): why a peer breaks off.

/// An alert, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert(pub u8);

/// The peer ends the connection in good order.
pub const CLOSE_NOTIFY: Alert = Alert(0);
/// No parameters that both sides know.
pub const HANDSHAKE_FAILURE: Alert = Alert(40);
/// The version is not spoken.
pub const PROTOCOL_VERSION: Alert = Alert(70);
/// A client fell back to an older version than both sides know (RFC 7507).
pub const INAPPROPRIATE_FALLBACK: Alert = Alert(86);
/// The server has no such name (RFC 6066).
pub const UNRECOGNIZED_NAME: Alert = Alert(112);

const NAMES: &[(u8, &str)] = &[
    (0, "close_notify"),
    (10, "unexpected_message"),
    (20, "bad_record_mac"),
    (21, "decryption_failed"),
    (22, "record_overflow"),
    (30, "decompression_failure"),
    (40, "handshake_failure"),
    (41, "no_certificate"),
    (42, "bad_certificate"),
    (43, "unsupported_certificate"),
    (44, "certificate_revoked"),
    (45, "certificate_expired"),
    (46, "certificate_unknown"),
    (47, "illegal_parameter"),
    (48, "unknown_ca"),
    (49, "access_denied"),
    (50, "decode_error"),
    (51, "decrypt_error"),
    (60, "export_restriction"),
    (70, "protocol_version"),
    (71, "insufficient_security"),
    (80, "internal_error"),
    (86, "inappropriate_fallback"),
    (90, "user_canceled"),
    (100, "no_renegotiation"),
    (109, "missing_extension"),
    (110, "unsupported_extension"),
    (111, "certificate_unobtainable"),
    (112, "unrecognized_name"),
    (113, "bad_certificate_status_response"),
    (114, "bad_certificate_hash_value"),
    (115, "unknown_psk_identity"),
    (116, "certificate_required"),
    (120, "no_application_protocol"),
    (121, "ech_required"),
];

impl Alert {
    /// As the standards name it.
    pub fn name(self) -> String {
        let known = NAMES.iter().find(|(number, _)| *number == self.0);
        known.map_or_else(|| format!("alert {}", self.0), |(_, name)| (*name).to_string())
    }
}
