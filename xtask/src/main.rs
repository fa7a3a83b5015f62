//! Generates documentation and runs the tidy checks.
fn main() {}
