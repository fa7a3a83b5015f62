//! A sweep: which of many hosts answer. It says whom to probe and when, in rounds, and takes
//! note of who has answered; what a probe is, and what an answer, is the caller's affair.
//!
//! Every host is probed once, at a steady rate; who has not answered after a while is probed
//! again, until all rounds are over and the last answers had their time.

pub mod link;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How to sweep.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many hosts there are.
    pub count: u32,
    /// How often who is silent is probed.
    pub rounds: u8,
    /// The time from one probe to the next.
    pub gap: Duration,
    /// How long an answer may take before the next round.
    pub patience: Duration,
    /// How long the answer to the last probe may take.
    pub timeout: Duration,
}

/// A host to probe now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Its number.
    pub host: u32,
    /// Which round this is, from 0.
    pub round: u8,
}

/// What is known of a host.
#[derive(Clone, Copy, Debug, Default)]
struct Host {
    /// Rounds that it was probed in.
    probed: u8,
    answered: bool,
    /// Microseconds from the beginning to the last probe.
    sent: u64,
}

/// What was missed for so long is caught up: clocks are not exact.
const SLACK: Duration = Duration::from_millis(5);

/// A running sweep.
#[derive(Debug)]
pub struct Sweep {
    plan: Plan,
    hosts: Vec<Host>,
    next: u32,
    /// Who is probed again or given up, and when: always after the same time, so in order.
    waiting: VecDeque<(Instant, u32)>,
    last: VecDeque<(Instant, u32)>,
    begun: Instant,
    /// When the next probe may go out.
    free_at: Instant,
}

impl Sweep {
    /// A sweep that begins now.
    pub fn new(plan: Plan, now: Instant) -> Self {
        Self {
            hosts: vec![Host::default(); plan.count as usize],
            plan,
            next: 0,
            waiting: VecDeque::new(),
            last: VecDeque::new(),
            begun: now,
            free_at: now,
        }
    }

    /// Takes further hosts in.
    pub fn add(&mut self, count: u32) {
        self.plan.count += count;
        self.hosts.resize(self.plan.count as usize, Host::default());
    }

    /// Whom to probe now.
    pub fn next(&mut self, now: Instant) -> Option<Probe> {
        if self.free_at > now {
            return None;
        }
        let host = self.due(now)?;
        self.free_at = self.free_at.max(now.checked_sub(SLACK).unwrap_or(now)) + self.plan.gap;
        let known = &mut self.hosts[host as usize];
        let round = known.probed;
        known.probed += 1;
        known.sent = micros(self.begun, now);
        if known.probed < self.plan.rounds {
            self.waiting.push_back((now + self.plan.patience, host));
        } else {
            self.last.push_back((now + self.plan.timeout, host));
        }
        Some(Probe { host, round })
    }

    fn due(&mut self, now: Instant) -> Option<u32> {
        while let Some(&(at, host)) = self.waiting.front() {
            let answered = self.hosts[host as usize].answered;
            if !answered && at > now {
                break;
            }
            self.waiting.pop_front();
            if !answered {
                return Some(host);
            }
        }
        (self.next < self.plan.count).then(|| {
            self.next += 1;
            self.next - 1
        })
    }

    /// A probe could not be sent: it goes out later.
    pub fn put_back(&mut self, probe: Probe, at: Instant) {
        self.hosts[probe.host as usize].probed -= 1;
        let queue = if probe.round + 1 < self.plan.rounds { &mut self.waiting } else { &mut self.last };
        queue.pop_back();
        self.waiting.push_front((at, probe.host));
        self.free_at = self.free_at.max(at);
    }

    /// A host has answered: how long it took, unless it had answered before or was not asked.
    pub fn answered(&mut self, host: u32, now: Instant) -> Option<Duration> {
        let known = self.hosts.get_mut(host as usize)?;
        if known.probed == 0 || std::mem::replace(&mut known.answered, true) {
            return None;
        }
        Some(Duration::from_micros(micros(self.begun, now).saturating_sub(known.sent)))
    }

    /// How long ago a host was probed, whether it has answered or not.
    pub fn since(&self, host: u32, now: Instant) -> Option<Duration> {
        let known = self.hosts.get(host as usize).filter(|known| known.probed > 0)?;
        Some(Duration::from_micros(micros(self.begun, now).saturating_sub(known.sent)))
    }

    /// When to go on though no answer has come; nothing if that is all.
    pub fn wake_at(&mut self) -> Option<Instant> {
        let hosts = &self.hosts;
        let is_open = |(_, host): &(Instant, u32)| !hosts[*host as usize].answered;
        while self.waiting.front().is_some_and(|first| !is_open(first)) {
            self.waiting.pop_front();
        }
        // Those who have answered need not be waited for, wherever they stand.
        while self.last.front().is_some_and(|first| !is_open(first)) {
            self.last.pop_front();
        }
        let again = self.waiting.front().map(|(at, _)| *at);
        let fresh = (self.next < self.plan.count).then_some(self.free_at);
        let send = again.into_iter().chain(fresh).min().map(|at| at.max(self.free_at));
        send.into_iter().chain(self.last.front().map(|(at, _)| *at)).min()
    }

    /// Whether every host has answered or had its time.
    pub fn is_done(&mut self, now: Instant) -> bool {
        while self.last.front().is_some_and(|(at, host)| *at <= now || self.hosts[*host as usize].answered) {
            self.last.pop_front();
        }
        self.wake_at().is_none()
    }
}

fn micros(begun: Instant, now: Instant) -> u64 {
    now.saturating_duration_since(begun).as_micros() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan {
        count: 20,
        rounds: 2,
        gap: Duration::from_millis(1),
        patience: Duration::from_millis(100),
        timeout: Duration::from_millis(200),
    };

    /// Runs a sweep on a clock of its own; `answers` says after how long a probe is answered.
    fn run(plan: Plan, answers: impl Fn(Probe) -> Option<u64>) -> (Vec<Probe>, Vec<u32>, Duration) {
        let begun = Instant::now();
        let (mut sweep, mut now) = (Sweep::new(plan, begun), begun);
        let (mut sent, mut heard, mut on_way) = (Vec::new(), Vec::new(), Vec::new());
        while !sweep.is_done(now) {
            while let Some(probe) = sweep.next(now) {
                sent.push(probe);
                on_way.extend(answers(probe).map(|ms| (now + Duration::from_millis(ms), probe.host)));
            }
            on_way.sort();
            let arrival = on_way.first().copied();
            match (sweep.wake_at(), arrival) {
                (at, Some((arrives, host))) if at.is_none_or(|at| arrives <= at) => {
                    now = now.max(arrives);
                    on_way.remove(0);
                    if sweep.answered(host, now).is_some() {
                        heard.push(host);
                    }
                }
                (Some(at), _) => now = now.max(at),
                (None, _) => break,
            }
        }
        heard.sort_unstable();
        (sent, heard, now - begun)
    }

    #[test]
    fn who_is_silent_is_probed_again() {
        let (sent, heard, took) = run(PLAN, |probe| (probe.host == 3).then_some(1));
        assert_eq!(heard, [3]);
        assert_eq!(sent.len(), 39);
        assert!(took >= Duration::from_millis(300) && took < Duration::from_millis(350), "{took:?}");
    }

    #[test]
    fn an_answer_counts_that_comes_after_the_next_probe() {
        let (_, heard, _) = run(PLAN, |probe| (probe.host == 5 && probe.round == 0).then_some(290));
        assert_eq!(heard, [5]);
    }

    #[test]
    fn a_lost_probe_costs_one_round() {
        let (_, heard, _) = run(PLAN, |probe| (probe.round == 1).then_some(1));
        assert_eq!(heard.len(), 20);
    }

    #[test]
    fn when_all_have_answered_it_is_over() {
        let (sent, heard, took) = run(PLAN, |_| Some(1));
        assert_eq!((sent.len(), heard.len()), (20, 20));
        assert!(took < Duration::from_millis(40), "{took:?}");
    }

    #[test]
    fn probes_keep_to_the_rate() {
        let (_, _, took) = run(Plan { count: 1000, rounds: 1, ..PLAN }, |_| Some(0));
        assert!(took > Duration::from_millis(980), "{took:?}");
    }

    #[test]
    fn strangers_do_not_answer() {
        let now = Instant::now();
        let mut sweep = Sweep::new(PLAN, now);
        assert_eq!(sweep.answered(7, now), None);
        assert_eq!(sweep.answered(99, now), None);
    }
}
