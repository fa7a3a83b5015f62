//! HTTP messages and what is in them (RFC 9110, RFC 9112).

pub mod date;
