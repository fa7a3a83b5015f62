//! Answers that are remembered for as long as they may be (RFC 1035, 7.4; RFC 2308, 5).

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::{Duration, Instant};

use trust_dns_proto::rr::Name;

use super::Answer;
use crate::wire::dns::Kind;

/// The most answers that are remembered.
const MOST: usize = 10_000;
/// The longest time, whatever the answer says (RFC 8767, 4 names a week as the most).
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// What was asked: the name, letters in lower case, the kind, and whatever else makes two
/// questions differ for the caller.
type Key = (Name, Kind, u64);

/// Answers by question.
#[derive(Debug, Default)]
pub struct Cache {
    kept: HashMap<Key, Kept>,
    /// The same by the time at which they end.
    ends: BTreeMap<(Instant, u64), Key>,
    count: u64,
}

#[derive(Debug)]
struct Kept {
    answer: Rc<Answer>,
    since: Instant,
    end: (Instant, u64),
}

impl Cache {
    /// An answer that still holds, and for how many seconds it has been remembered.
    pub fn get(&self, name: &Name, kind: Kind, about: u64, now: Instant) -> Option<(Rc<Answer>, u32)> {
        let kept = self.kept.get(&(name.to_lowercase(), kind, about)).filter(|kept| kept.end.0 > now)?;
        let age = now.saturating_duration_since(kept.since).as_secs();
        Some((Rc::clone(&kept.answer), age as u32))
    }

    /// Remembers an answer.
    pub fn put(&mut self, name: &Name, kind: Kind, about: u64, answer: Rc<Answer>, now: Instant) {
        let lasting = Duration::from_secs(u64::from(answer.ttl)).min(LONGEST);
        if lasting.is_zero() {
            return;
        }
        let key = (name.to_lowercase(), kind, about);
        self.count += 1;
        let end = (now + lasting, self.count);
        if let Some(before) = self.kept.insert(key.clone(), Kept { answer, since: now, end }) {
            self.ends.remove(&before.end);
        }
        self.ends.insert(end, key);
        self.shorten(now);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.kept.clear();
        self.ends.clear();
    }

    /// Forgets what has ended, and of the rest what ends first.
    fn shorten(&mut self, now: Instant) {
        while let Some(first) = self.ends.first_entry()
            && (first.key().0 <= now || self.kept.len() > MOST)
        {
            self.kept.remove(&first.remove());
        }
    }
}
