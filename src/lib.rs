//! What the workspace's tests, benches and examples share: the built commands and the expectations in scripts.
//!
//! It is no part of Sentra itself and nothing that ships may depend on it.

pub mod captures;
pub mod certificates;
pub mod expectation;
pub mod name_server;
pub mod namespace;
pub mod node;
pub mod postgres;
pub mod program;
pub mod python;
pub mod raw_http;
pub mod redis;
pub mod running;
pub mod script;
pub mod slow_path;
pub mod tunnel;
