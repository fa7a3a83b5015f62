//! Which containers are open while a nested value is walked: finds cycles at any depth
//! without recursion.

use std::collections::HashSet;

use crate::value::Value;

/// Up to this depth looking through the list is quicker than hashing.
const LISTED: usize = 32;

/// The containers that enclose the place where a walk is.
#[derive(Default)]
pub struct Nesting {
    open: Vec<Value>,
    deep: HashSet<u64>,
}

impl Nesting {
    /// Enters a container; false if the walk is inside it already.
    pub fn enter(&mut self, container: Value) -> bool {
        if self.open.len() < LISTED {
            if self.open.contains(&container) {
                return false;
            }
        } else if self.open[..LISTED].contains(&container) || !self.deep.insert(container.bits()) {
            return false;
        }
        self.open.push(container);
        true
    }

    /// Leaves the innermost container.
    pub fn leave(&mut self) {
        if let Some(container) = self.open.pop()
            && self.open.len() >= LISTED
        {
            self.deep.remove(&container.bits());
        }
    }
}
