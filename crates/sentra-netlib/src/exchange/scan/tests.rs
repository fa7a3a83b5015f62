//! Scans of hosts that are made up: what the clock and the path do is said here.

use std::collections::BTreeMap;

use super::*;

/// What answers take.
const DELAY: Duration = Duration::from_millis(20);

/// A host at the end of a path.
struct Host {
    open: Vec<u16>,
    /// Ports whose probes are dropped.
    dropped: std::ops::Range<u16>,
    /// One in so many probes is lost.
    loss: Option<u64>,
    /// Answers that may be given at once, and how many more come each second.
    ration: Option<(f64, f64)>,
    /// What the first answers take.
    first: Duration,
    random: u64,
}

impl Host {
    fn is_lost(&mut self) -> bool {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.loss.is_some_and(|one_in| (self.random >> 20).is_multiple_of(one_in))
    }

    fn answer(&mut self, port: u16, elapsed: f64) -> Option<State> {
        if self.dropped.contains(&port) || self.is_lost() {
            return None;
        }
        if self.open.contains(&port) {
            return Some(State::Open);
        }
        if let Some((tokens, since)) = &mut self.ration {
            *tokens = (*tokens + elapsed - *since).min(6.0);
            *since = elapsed;
            if *tokens < 1.0 {
                return None;
            }
            *tokens -= 1.0;
        }
        Some(State::Closed)
    }
}

fn plan(first: u16, last: u16) -> Plan {
    Plan {
        first,
        last,
        silence: State::Filtered,
        retries: None,
        timeout: Duration::from_millis(1500),
        concurrency: 4096,
        rate: None,
        rationed: false,
        seed: 1,
    }
}

fn host(open: &[u16]) -> Host {
    Host { open: open.to_vec(), dropped: 0..0, loss: None, ration: None, first: DELAY, random: 7 }
}

/// Scans a host; the ports by state, how long it took, and the most probes in one millisecond.
fn scan(plan: Plan, mut host: Host) -> (BTreeMap<u16, State>, Duration, usize) {
    let begun = Instant::now();
    let mut now = begun;
    let mut scan = Scan::new(plan, now);
    let mut answers: VecDeque<(Instant, u16, State)> = VecDeque::new();
    let mut most = 0;
    while !scan.is_done() {
        assert!(now < begun + Duration::from_secs(3600), "it does not end");
        while answers.front().is_some_and(|(at, ..)| *at <= now) {
            let (_, port, state) = answers.pop_front().unwrap();
            scan.answered(port, state, now);
        }
        scan.expire(now, |_| {});
        let mut sent = 0;
        while let Some(port) = scan.next(now) {
            scan.sent(port, now);
            sent += 1;
            if let Some(state) = host.answer(port, (now - begun).as_secs_f64()) {
                let delay = if now < begun + DELAY { host.first } else { DELAY };
                answers.push_back((now + delay, port, state));
            }
        }
        most = most.max(sent);
        assert!(scan.progress().done <= scan.progress().total);
        let next = answers.front().map(|(at, ..)| *at).into_iter().chain(scan.wake_at()).min();
        now = next.unwrap_or(now).max(now + Duration::from_micros(200));
    }
    let reports = scan.reports().map(|report| (report.port, report.state)).collect();
    (reports, now - begun, most)
}

fn open(found: &BTreeMap<u16, State>) -> Vec<u16> {
    found.iter().filter(|(_, state)| **state == State::Open).map(|(port, _)| *port).collect()
}

#[test]
fn every_port_has_its_verdict() {
    let (found, took, _) = scan(plan(1, 2000), Host { dropped: 100..200, ..host(&[22, 80, 150]) });
    assert_eq!(open(&found), [22, 80]);
    assert!(found.iter().all(|(port, state)| (*state == State::Filtered) == (100..200).contains(port)));
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[test]
fn nothing_is_lost_with_frames() {
    let wanted: Vec<u16> = (1..=25).map(|index| index * 390).collect();
    let (found, took, _) = scan(plan(1, 10_000), Host { loss: Some(10), dropped: 5000..5300, ..host(&wanted) });
    let there: Vec<u16> = wanted.into_iter().filter(|port| !(5000..5300).contains(port)).collect();
    assert_eq!(open(&found), there);
    assert!(took < Duration::from_secs(60), "{took:?}");
}

#[test]
fn rationed_answers_are_waited_for() {
    let plan = Plan { rationed: true, silence: State::OpenOrFiltered, timeout: Duration::from_secs(2), ..plan(1, 40) };
    let (found, ..) = scan(plan, Host { ration: Some((6.0, 0.0)), dropped: 10..14, ..host(&[7]) });
    for (port, state) in found {
        let wanted = match port {
            7 => State::Open,
            10..14 => State::OpenOrFiltered,
            _ => State::Closed,
        };
        assert_eq!(state, wanted, "{port}");
    }
}

#[test]
fn rations_of_a_host_that_was_slow_at_first_are_waited_for() {
    let plan = Plan { rationed: true, silence: State::OpenOrFiltered, timeout: Duration::from_secs(2), ..plan(1, 12) };
    let first = Duration::from_millis(200);
    let (found, ..) = scan(plan, Host { ration: Some((6.0, 0.0)), first, ..host(&[7]) });
    assert!(found.iter().all(|(port, state)| (*port == 7) == (*state == State::Open)), "{found:?}");
    assert!(found.values().all(|state| *state != State::OpenOrFiltered), "{found:?}");
}

#[test]
fn a_rate_is_kept() {
    let (found, took, most) = scan(Plan { rate: Some(1000.0), ..plan(1, 3000) }, host(&[5]));
    assert_eq!(open(&found), [5]);
    assert!(took > Duration::from_millis(2900) && took < Duration::from_secs(4), "{took:?}");
    assert!(most <= 4, "{most}");
}

#[test]
fn one_probe_at_a_time_gets_there_too() {
    let (found, ..) =
        scan(Plan { concurrency: 1, retries: Some(0), ..plan(1, 50) }, Host { dropped: 3..5, ..host(&[5]) });
    assert_eq!(open(&found), [5]);
    assert_eq!(found[&3], State::Filtered);
}

#[test]
fn answers_that_come_late_or_twice_count_once() {
    let now = Instant::now();
    let mut scan = Scan::new(plan(10, 11), now);
    let port = scan.next(now).unwrap();
    scan.sent(port, now);
    let late = now + Duration::from_secs(2);
    scan.expire(late, |_| {});
    assert!(scan.answered(port, State::Open, late));
    assert!(!scan.answered(port, State::Closed, late));
    assert!(!scan.answered(12, State::Open, late));
    assert_eq!(scan.progress(), Progress { done: 1, total: 2, open: 1 });
}
