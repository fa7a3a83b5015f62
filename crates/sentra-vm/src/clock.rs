//! The clocks: one that never goes back, and the time of day. Nothing else in the core of the VM asks for the time.
//!
//! On wasm the standard library has none, and the embedding program says what they show.

#[cfg(not(target_family = "wasm"))]
pub(crate) use std::time::Instant;

#[cfg(target_family = "wasm")]
pub(crate) use embedded::Instant;
#[cfg(target_family = "wasm")]
pub use embedded::{Clocks, set};

/// Nanoseconds since 1970, negative before.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn nanoseconds() -> i128 {
    use std::time::{SystemTime, UNIX_EPOCH};
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_nanos() as i128,
        Err(before) => -(before.duration().as_nanos() as i128),
    }
}

/// Nanoseconds since 1970, negative before.
#[cfg(target_family = "wasm")]
pub(crate) fn nanoseconds() -> i128 {
    (embedded::clocks().of_day)()
}

#[cfg(target_family = "wasm")]
mod embedded {
    use std::ops::Add;
    use std::sync::OnceLock;
    use std::time::Duration;

    /// What the embedding program knows of the time.
    #[derive(Clone, Copy, Debug)]
    pub struct Clocks {
        /// The time since some moment; never goes back.
        pub monotonic: fn() -> Duration,
        /// Nanoseconds since 1970, negative before.
        pub of_day: fn() -> i128,
    }

    static CLOCKS: OnceLock<Clocks> = OnceLock::new();

    /// Says what the clocks show; once, before there is a VM.
    pub fn set(clocks: Clocks) {
        // Those that were there first stay: time does not go back.
        let _ = CLOCKS.set(clocks);
    }

    /// The clocks; without any it is always the first moment.
    pub(super) fn clocks() -> Clocks {
        CLOCKS.get().copied().unwrap_or(Clocks { monotonic: || Duration::ZERO, of_day: || 0 })
    }

    /// A moment, as `std::time::Instant` has it elsewhere.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    pub struct Instant(Duration);

    impl Instant {
        /// The present.
        pub fn now() -> Self {
            Self((clocks().monotonic)())
        }

        /// How long ago it was.
        pub fn elapsed(self) -> Duration {
            Self::now().saturating_duration_since(self)
        }

        /// The time from a moment to this, none if that is later.
        pub fn saturating_duration_since(self, earlier: Self) -> Duration {
            self.0.saturating_sub(earlier.0)
        }
    }

    impl Add<Duration> for Instant {
        type Output = Self;

        fn add(self, time: Duration) -> Self {
            Self(self.0 + time)
        }
    }
}
