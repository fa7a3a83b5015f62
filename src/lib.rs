//! The workspace root: it owns the tests, benches and examples.
