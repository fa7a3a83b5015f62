//! How fast a scan goes: as many probes are out as the path and the host have shown to take.
//! As in TCP (RFC 5681) answers make the window grow and losses halve it; but a probe that
//! nothing answers is no loss, since the port may be filtered. A loss is known only when a
//! later probe of the same port is answered.

use std::time::{Duration, Instant};

use super::Plan;

/// Probes that are out before anything is known. The queue of a neighbour whose address is
/// still being asked for holds no more than a hundred.
const FIRST_WINDOW: f64 = 64.0;
/// The fewest.
const LEAST_WINDOW: f64 = 32.0;
/// Seconds before the first answer has told how long answers take.
const FIRST_TIMEOUT: f64 = 0.5;
/// Answers that come faster than this are waited for as long.
const LEAST_TIMEOUT: f64 = 0.1;
/// Where answers are rationed: a little more than the second after which there is another one.
const RATION: f64 = 1.1;
/// Where answers are rationed and none is lost for a second, pauses become shorter by this factor.
const FASTER: f64 = 0.9;
/// This share of losses among answers is made up by repeating; more of them mean too fast.
const TOLERATED: f64 = 1.0 / 8.0;
/// What was not sent in time is sent as if it had been, up to this much later.
const CATCH_UP: Duration = Duration::from_millis(2);
/// How long this machine is given to have room for more probes again.
const ROOM_AGAIN: Duration = Duration::from_millis(5);

/// What an answer says about the pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Fine,
    /// An earlier probe or its answer was lost.
    Lost,
    /// The same, and it goes slower now than ever before.
    Slower,
}

#[derive(Debug)]
pub(super) struct Pacing {
    window: f64,
    threshold: f64,
    ceiling: f64,
    limit: f64,
    /// The smallest window there was, or the longest pause.
    slowest: f64,
    /// Seconds between two probes.
    pause: f64,
    least_pause: f64,
    rationed: bool,
    turn: Instant,
    smoothed: Option<f64>,
    variation: f64,
    shortest: f64,
    /// Losses that were not made up for by answers without loss.
    trouble: f64,
    cut: Option<Instant>,
    sent: f64,
    answers: f64,
    longest: f64,
    /// Answers since the last count, when that was, and how many a second there were before.
    counted: f64,
    second: Instant,
    answered_rate: f64,
}

impl Pacing {
    pub fn new(plan: &Plan, now: Instant) -> Self {
        let ceiling = plan.concurrency.max(1) as f64;
        let least_pause = plan.rate.map_or(0.0, |rate| 1.0 / rate);
        Self {
            window: FIRST_WINDOW.min(ceiling),
            threshold: f64::INFINITY,
            ceiling,
            limit: ceiling,
            slowest: if plan.rationed { 0.0 } else { f64::INFINITY },
            pause: least_pause,
            least_pause,
            rationed: plan.rationed,
            turn: now,
            smoothed: None,
            variation: 0.0,
            shortest: f64::INFINITY,
            trouble: 0.0,
            cut: None,
            sent: 0.0,
            answers: 0.0,
            longest: plan.timeout.as_secs_f64(),
            counted: 0.0,
            second: now,
            answered_rate: 0.0,
        }
    }

    /// Whether another probe may go out.
    pub fn may_send(&self, flying: usize, now: Instant) -> bool {
        (flying as f64) < self.window && now >= self.turn
    }

    /// One goes out.
    pub fn takes_turn(&mut self, now: Instant) {
        self.sent += 1.0;
        if self.pause > 0.0 {
            let earliest = now.checked_sub(CATCH_UP).unwrap_or(now);
            self.turn = self.turn.max(earliest) + Duration::from_secs_f64(self.pause);
        }
    }

    /// When the next one may, as far as that is a matter of time.
    pub fn next_at(&self, flying: usize) -> Option<Instant> {
        ((flying as f64) < self.window).then_some(self.turn)
    }

    /// The machine has no room for more than are out.
    pub fn is_crowded(&mut self, flying: usize, now: Instant) {
        self.ceiling = (flying as f64).max(1.0);
        self.window = self.window.min(self.ceiling);
        self.turn = now + ROOM_AGAIN;
    }

    /// Seconds after which an answer is overdue (RFC 6298, 2).
    pub fn timeout(&self) -> f64 {
        let known = self.smoothed.map_or(FIRST_TIMEOUT, |smoothed| smoothed + 4.0 * self.variation);
        let least = if self.rationed { RATION } else { LEAST_TIMEOUT };
        known.max(least).min(self.longest)
    }

    /// An answer came within the call that sent the probe: the path is this machine.
    pub fn answered_at_once(&mut self) {
        self.answers += 1.0;
        self.grow(1.0);
    }

    /// The `tries`th probe of a port was answered after so many seconds.
    pub fn answered(&mut self, tries: u8, took: f64, now: Instant) -> Verdict {
        self.answers += 1.0;
        if tries <= 1 {
            self.measure(took);
            self.trouble = (self.trouble - TOLERATED).max(0.0);
            self.count(now);
            self.grow(1.0);
            return Verdict::Fine;
        }
        if took < self.shortest / 2.0 && !self.rationed {
            // The answer to an earlier probe that was given up too soon. Rations are waited for so long that it is
            // the path or this machine that has become faster.
            self.variation += self.timeout() / 4.0;
            return Verdict::Fine;
        }
        self.count(now);
        self.lost(now)
    }

    /// Counts answers by the second: no faster come those of a host that rations them.
    fn count(&mut self, now: Instant) {
        self.counted += 1.0;
        let seconds = now.saturating_duration_since(self.second).as_secs_f64();
        if self.rationed && seconds >= 1.0 {
            self.answered_rate = self.counted / seconds;
            self.counted = 0.0;
            self.second = now;
            let calm = self.cut.is_none_or(|cut| now.saturating_duration_since(cut).as_secs_f64() > 2.0 * RATION);
            if calm {
                self.pause = (self.pause * FASTER).max(self.least_pause);
            }
        }
    }

    /// RFC 6298, 2.
    fn measure(&mut self, took: f64) {
        self.shortest = self.shortest.min(took);
        match &mut self.smoothed {
            None => {
                self.smoothed = Some(took);
                self.variation = took / 2.0;
            }
            Some(smoothed) => {
                self.variation += ((*smoothed - took).abs() - self.variation) / 4.0;
                *smoothed += (took - *smoothed) / 8.0;
            }
        }
    }

    /// Where few ports answer, each answer stands for many probes that came through.
    fn grow(&mut self, by: f64) {
        let by = by * (self.sent / self.answers.max(1.0)).clamp(1.0, 50.0);
        let step = if self.window < self.threshold { by } else { by / self.window };
        self.ceiling = (self.ceiling + 1.0 / self.ceiling).min(self.limit);
        self.window = (self.window + step).min(self.ceiling);
    }

    /// How long the answer to the `tries`th probe is waited for: longer each time, as TCP
    /// does (RFC 6298, 5.5). A ration comes no sooner for being waited for longer.
    pub fn patience(&self, tries: u8) -> Duration {
        let longer = if self.rationed { 0 } else { tries.saturating_sub(1).min(3) };
        Duration::from_secs_f64((self.timeout() * f64::from(1u32 << longer)).min(self.longest))
    }

    /// A port gave no answer to any probe. Where nothing is lost this is no reason to go slowly.
    pub fn is_silent(&mut self) {
        if self.threshold == f64::INFINITY {
            self.window = (self.window + 0.5).min(self.ceiling);
        }
    }

    fn lost(&mut self, now: Instant) -> Verdict {
        self.trouble += 1.0;
        // Losses of one round are one sign; the next round comes after a timeout.
        let timeout = Duration::from_secs_f64(self.timeout() / 2.0);
        let lately = self.cut.is_some_and(|cut| now.saturating_duration_since(cut) < timeout);
        if lately || (self.trouble < 2.0 && !self.rationed) {
            return Verdict::Lost;
        }
        self.trouble = 0.0;
        self.cut = Some(now);
        if self.rationed {
            let seconds = now.saturating_duration_since(self.second).as_secs_f64();
            let rate = if seconds >= 1.0 { self.counted / seconds } else { self.answered_rate.max(self.counted) };
            let pause = (1.0 / rate.max(0.1)).clamp(self.pause * 1.1, (self.pause * 8.0).max(RATION / 8.0));
            self.pause = pause.min(RATION).max(self.least_pause);
            return self.record(self.pause > self.slowest * 1.01, self.pause);
        }
        self.window = (self.window / 2.0).max(LEAST_WINDOW).min(self.ceiling);
        self.threshold = self.window;
        self.record(self.window < self.slowest, self.window)
    }

    fn record(&mut self, slower: bool, pace: f64) -> Verdict {
        if !slower {
            return Verdict::Lost;
        }
        self.slowest = pace;
        Verdict::Slower
    }
}
