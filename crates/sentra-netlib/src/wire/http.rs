//! HTTP/1.0 and 1.1 (RFC 9110 what messages mean, RFC 9112 how they are written).
//!
//! Both sides read strictly: where two readers could disagree about where a message ends, it is
//! refused. That is how requests and responses are smuggled past those in between.

pub mod access_log;
pub mod body;
pub mod coding;
pub mod conditional;
pub mod cookie;
pub mod date;
pub mod event_stream;
pub mod field;
pub mod file_path;
pub mod form;
pub mod media_type;
pub mod multipart;
pub mod negotiation;
pub mod range;
pub mod reply;
pub mod request;
pub mod response;
pub mod status;
