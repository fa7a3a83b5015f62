//! A program without a system around it has no environment.

use std::collections::BTreeMap;

/// No variables.
pub(crate) fn environment() -> BTreeMap<Vec<u8>, Vec<u8>> {
    BTreeMap::new()
}
