//! The way to a host: probes that may pass one router, two, three and so on, each router where
//! one ends telling so. Which probes to send and what their answers mean; no I/O, no clock.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How to look for the way.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The most routers, the host itself counted.
    pub most_hops: u8,
    /// Probes for each hop.
    pub queries: u8,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Probes that are out at once.
    pub window: usize,
}

/// A probe to send now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Probe {
    /// How many routers it may pass, and the host itself.
    pub hop: u8,
    /// What its answer is known by.
    pub sequence: u16,
}

/// What became of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It ended at a router on the way.
    Passed,
    /// It arrived at the host.
    Arrived,
    /// It goes no further: the way is closed there.
    Stopped,
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whose it is.
    pub from: IpAddr,
    /// What it says.
    pub outcome: Outcome,
    /// How long it took.
    pub took: Duration,
}

#[derive(Clone, Copy, Debug, Default)]
enum Standing {
    #[default]
    Unsent,
    Out(Instant),
    Silent,
    Answered(Answer),
}

/// A trace under way.
#[derive(Debug)]
pub struct Trace {
    plan: Plan,
    probes: Vec<Standing>,
    next: usize,
    out: usize,
    /// When probes are given up, in order.
    due: VecDeque<(Instant, usize)>,
    /// The hop where the way ends, as far as is known.
    end: u8,
}

impl Trace {
    /// A trace that has sent nothing yet.
    pub fn new(plan: Plan) -> Self {
        let count = usize::from(plan.most_hops) * usize::from(plan.queries);
        Self { plan, probes: vec![Standing::Unsent; count], next: 0, out: 0, due: VecDeque::new(), end: plan.most_hops }
    }

    fn hop(&self, index: usize) -> u8 {
        (index / usize::from(self.plan.queries)) as u8 + 1
    }

    /// The probe to send now.
    pub fn next(&mut self, now: Instant) -> Option<Probe> {
        // Those that nobody answered make room for others.
        self.give_up(now);
        let index = self.next;
        if index >= self.probes.len() || self.out >= self.plan.window || self.hop(index) > self.end {
            return None;
        }
        self.next += 1;
        self.out += 1;
        self.probes[index] = Standing::Out(now);
        self.due.push_back((now + self.plan.timeout, index));
        Some(Probe { hop: self.hop(index), sequence: index as u16 })
    }

    /// A probe was answered.
    pub fn answered(&mut self, sequence: u16, from: IpAddr, outcome: Outcome, now: Instant) {
        let index = usize::from(sequence);
        let Some(Standing::Out(sent)) = self.probes.get(index).copied() else { return };
        self.out -= 1;
        let took = now.saturating_duration_since(sent);
        self.probes[index] = Standing::Answered(Answer { from, outcome, took });
        if outcome != Outcome::Passed {
            self.end = self.end.min(self.hop(index));
        }
    }

    /// Whether all is known that can be.
    pub fn is_done(&mut self, now: Instant) -> bool {
        self.give_up(now);
        let all_sent = self.next >= self.probes.len() || self.hop(self.next) > self.end;
        all_sent && !self.due.iter().any(|(_, index)| self.is_awaited(*index))
    }

    /// Gives up probes that have had their time.
    fn give_up(&mut self, now: Instant) {
        while let Some(&(at, index)) = self.due.front()
            && (at <= now || !self.is_awaited(index))
        {
            self.due.pop_front();
            if matches!(self.probes[index], Standing::Out(_)) {
                self.probes[index] = Standing::Silent;
                self.out -= 1;
            }
        }
    }

    /// Whether a probe is out whose answer would say something.
    fn is_awaited(&self, index: usize) -> bool {
        matches!(self.probes[index], Standing::Out(_)) && self.hop(index) <= self.end
    }

    /// When to go on though no answer has come.
    pub fn wake_at(&self) -> Option<Instant> {
        self.due.front().map(|(at, _)| *at)
    }

    /// The answers hop by hop, up to the end of the way.
    pub fn hops(&self) -> impl Iterator<Item = Vec<Option<Answer>>> {
        let end = usize::from(self.end);
        self.probes.chunks(usize::from(self.plan.queries)).take(end).map(|hop| {
            hop.iter().map(|probe| if let Standing::Answered(answer) = probe { Some(*answer) } else { None }).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan { most_hops: 10, queries: 2, timeout: Duration::from_millis(100), window: 8 };

    fn router(hop: u8) -> IpAddr {
        [10, 0, hop, 1].into()
    }

    /// Traces a way whose hops answer as `answer` says.
    fn trace(plan: Plan, answer: impl Fn(Probe) -> Option<Outcome>) -> (Vec<Vec<Option<Answer>>>, Vec<Probe>) {
        let (mut trace, mut now, mut sent) = (Trace::new(plan), Instant::now(), Vec::new());
        while !trace.is_done(now) {
            let mut probes = Vec::new();
            while let Some(probe) = trace.next(now) {
                probes.push(probe);
            }
            let silent = probes.iter().all(|probe| answer(*probe).is_none());
            sent.extend(&probes);
            now += Duration::from_millis(5);
            // Answers may come in any order.
            for probe in probes.into_iter().rev() {
                if let Some(outcome) = answer(probe) {
                    trace.answered(probe.sequence, router(probe.hop), outcome, now);
                }
            }
            if silent {
                now = trace.wake_at().unwrap_or(now);
            }
        }
        (trace.hops().collect(), sent)
    }

    #[test]
    fn a_way_of_three_hops() {
        let (hops, sent) = trace(PLAN, |probe| Some(if probe.hop < 3 { Outcome::Passed } else { Outcome::Arrived }));
        let seen: Vec<_> = hops.iter().map(|hop| hop[1].map(|answer| (answer.from, answer.outcome))).collect();
        let (passed, arrived) = (Outcome::Passed, Outcome::Arrived);
        assert_eq!(seen, [Some((router(1), passed)), Some((router(2), passed)), Some((router(3), arrived))]);
        assert!(sent.len() <= 8, "nothing is sent far beyond the host");
    }

    #[test]
    fn a_silent_router_is_a_gap() {
        let (hops, _) = trace(PLAN, |probe| match probe.hop {
            1 => Some(Outcome::Passed),
            2 => None,
            _ => Some(Outcome::Stopped),
        });
        assert_eq!(hops.len(), 3);
        assert_eq!(hops[1], [None, None]);
        assert_eq!(hops[2][0].map(|answer| answer.outcome), Some(Outcome::Stopped));
    }

    #[test]
    fn probes_that_nobody_answers_make_room_for_others() {
        let (mut trace, now) = (Trace::new(PLAN), Instant::now());
        assert_eq!(std::iter::from_fn(|| trace.next(now)).count(), PLAN.window);
        let later = now + PLAN.timeout;
        assert!(trace.next(later).is_some() && !trace.is_done(later) && trace.wake_at().is_some());
    }

    #[test]
    fn a_silent_host_ends_with_the_last_hop() {
        let (hops, sent) = trace(PLAN, |_| None);
        assert_eq!((hops.len(), sent.len()), (10, 20));
    }

    #[test]
    fn answers_to_nothing_are_left_alone() {
        let now = Instant::now();
        let mut trace = Trace::new(PLAN);
        trace.answered(3, router(1), Outcome::Arrived, now);
        trace.answered(999, router(1), Outcome::Arrived, now);
        let probe = trace.next(now).unwrap();
        trace.answered(probe.sequence, router(1), Outcome::Passed, now);
        trace.answered(probe.sequence, router(9), Outcome::Arrived, now);
        assert_eq!(trace.hops().next().unwrap()[0].unwrap().from, router(1));
        assert_eq!(trace.hops().count(), 10);
    }
}
