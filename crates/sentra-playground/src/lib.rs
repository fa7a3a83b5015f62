//! Sentra for a web page: one program at a time, which a worker's JavaScript starts, drives and ends.
//!
//! The module knows no page. It asks its embedder for the time and for random bytes, and gives it output;
//! everything that crosses the border is in `boundary`. Natively this crate is empty.
#![cfg(target_family = "wasm")]
#![deny(unsafe_code)]

mod boundary;
mod program;
