//! Time as tests may compare it: what other programs of the machine take does not count.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// The time this thread has had a processor, to the nanosecond.
pub fn processor_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).expect("each thread has such a clock")
}
