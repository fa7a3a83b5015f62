//! How often a rule raises its alert: `threshold` and `detection_filter`.

use std::net::IpAddr;

use super::super::table::{Table, Window};

/// How matches are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counting {
    /// The first ones of each window pass.
    Limit,
    /// Every so-many-th passes.
    Threshold,
    /// One passes a window, once there are so many.
    Both,
    /// What is beyond so many in a window passes.
    Beyond,
}

/// What stands in the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub counting: Counting,
    pub by_source: bool,
    pub count: u64,
    pub seconds: u64,
}

pub(super) struct Limit {
    wanted: Wanted,
    seen: Table<IpAddr, (Window, u64)>,
}

const HOSTS: usize = 16_384;

impl Limit {
    pub fn new(wanted: Wanted) -> Self {
        Self { wanted, seen: Table::new(HOSTS) }
    }

    /// Counts a match; whether it raises the alert.
    pub fn lets_pass(&mut self, at: u64, (source, target): (IpAddr, IpAddr)) -> bool {
        let Wanted { counting, by_source, count: enough, seconds } = self.wanted;
        let (window, count) = self.seen.entry(&if by_source { source } else { target });
        if window.turns(at, seconds * 1_000_000) {
            *count = 0;
        }
        *count += 1;
        match counting {
            Counting::Limit => *count <= enough,
            Counting::Threshold => *count % enough == 0,
            Counting::Both => *count == enough,
            Counting::Beyond => *count > enough,
        }
    }
}
