//! The language's `==`: numbers and strings by value, arrays and maps by content, the rest
//! by identity.

use super::{Array, Heap, Map};
use crate::value::Value;

/// Whether two values are equal. Cycles are handled: a pair that is already being compared
/// counts as equal.
pub fn equal(heap: &Heap, left: Value, right: Value) -> bool {
    match shallow(left, right) {
        Some(answer) => answer,
        None => Comparison { heap, seen: Vec::new(), pending: vec![(left, right)] }.run(),
    }
}

/// The answer where no contents have to be looked at.
#[inline]
fn shallow(left: Value, right: Value) -> Option<bool> {
    if let (Some(a), Some(b)) = (left.as_double(), right.as_double()) {
        return Some(a == b);
    }
    if left == right {
        return Some(true);
    }
    if let (Some(a), Some(b)) = (left.as_text(), right.as_text()) {
        return Some(a.bytes() == b.bytes());
    }
    let containers =
        left.as_array().is_some() && right.as_array().is_some() || left.as_map().is_some() && right.as_map().is_some();
    if containers {
        return None;
    }
    if let (Some(a), Some(b)) = (left.as_range(), right.as_range()) {
        return Some(a == b);
    }
    let integer = left.as_large_integer();
    Some(integer.is_some() && integer == right.as_large_integer())
}

/// A comparison of contents, without recursion: nesting may be deep.
struct Comparison<'a> {
    heap: &'a Heap,
    seen: Vec<(Value, Value)>,
    pending: Vec<(Value, Value)>,
}

impl Comparison<'_> {
    fn run(mut self) -> bool {
        let mut steps = 0_usize;
        while let Some((left, right)) = self.pending.pop() {
            match shallow(left, right) {
                Some(false) => return false,
                Some(true) => continue,
                None => {}
            }
            steps += 1;
            // Only a long comparison can be a cycle; a short one is not slowed by the check.
            if steps > 1000 {
                if self.seen.contains(&(left, right)) {
                    continue;
                }
                if self.seen.len() < 10_000 {
                    self.seen.push((left, right));
                }
            }
            let same = match (left.as_array(), right.as_array(), left.as_map(), right.as_map()) {
                (Some(a), Some(b), ..) => self.arrays(a, b),
                (_, _, Some(a), Some(b)) => self.maps(a, b),
                _ => false,
            };
            if !same {
                return false;
            }
        }
        true
    }

    fn arrays(&mut self, left: Array, right: Array) -> bool {
        self.pending.extend(left.iter().zip(right.iter()));
        left.len() == right.len()
    }

    fn maps(&mut self, left: Map, right: Map) -> bool {
        if left.len() != right.len() {
            return false;
        }
        left.iter().all(|(key, value)| match right.get(self.heap, key) {
            Some(other) => {
                self.pending.push((value, other));
                true
            }
            None => false,
        })
    }
}
