//! State that is bounded: tables that forget what was not looked at for longest, and sets that
//! stop growing.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState;

/// A map with room for so many entries. Of two halves the older is dropped when the younger is
/// full; what is looked at moves to the younger.
pub(super) struct Table<K, V> {
    young: HashMap<K, V, RandomState>,
    old: HashMap<K, V, RandomState>,
    half: usize,
}

impl<K: Hash + Eq + Clone, V: Default> Table<K, V> {
    pub fn new(room: usize) -> Self {
        Self { young: HashMap::default(), old: HashMap::default(), half: (room / 2).max(1) }
    }

    /// An entry that there is.
    pub fn get(&mut self, key: &K) -> Option<&mut V> {
        if !self.old.is_empty()
            && let Some((key, value)) = self.old.remove_entry(key)
        {
            self.put(key, value);
        }
        self.young.get_mut(key)
    }

    /// An entry, made if there is none.
    pub fn entry(&mut self, key: &K) -> &mut V {
        if !self.young.contains_key(key) {
            let value = self.old.remove(key).unwrap_or_default();
            self.put(key.clone(), value);
        }
        self.young.entry(key.clone()).or_default()
    }

    fn put(&mut self, key: K, value: V) {
        if self.young.len() >= self.half {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }

    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.young.remove(key).or_else(|| self.old.remove(key))
    }

    /// What is left in it.
    pub fn drain(&mut self) -> impl Iterator<Item = (K, V)> {
        std::mem::take(&mut self.old).into_iter().chain(std::mem::take(&mut self.young))
    }
}

/// Different things, up to a number of them.
#[derive(Clone, Debug)]
pub(super) struct Distinct<T> {
    items: Vec<T>,
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self { items: Vec::new() }
    }
}

impl<T: Ord + Copy> Distinct<T> {
    /// Adds one, if there is room; whether it is new.
    pub fn add(&mut self, item: T, room: usize) -> bool {
        match self.items.binary_search(&item) {
            Err(at) if self.items.len() < room => {
                self.items.insert(at, item);
                true
            }
            _ => false,
        }
    }

    pub fn remove(&mut self, item: &T) {
        if let Ok(at) = self.items.binary_search(item) {
            self.items.remove(at);
        }
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn ends(&self) -> Option<(T, T)> {
        Some((*self.items.first()?, *self.items.last()?))
    }

    pub fn clear(&mut self) {
        self.items = Vec::new();
    }
}

/// Since when something is counted.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window {
    since: Option<u64>,
}

impl Window {
    /// Whether a new window begins at a time. Time that goes back begins one too.
    pub fn turns(&mut self, at: u64, length: u64) -> bool {
        match self.since {
            Some(since) if at >= since && at - since <= length => false,
            _ => {
                self.since = Some(at);
                true
            }
        }
    }

    /// Seconds of the window up to a time.
    pub fn seconds(&self, at: u64) -> f64 {
        at.saturating_sub(self.since.unwrap_or(at)) as f64 / 1e6
    }
}

/// Who it mostly is, of many: found by voting.
#[derive(Clone, Copy, Debug)]
pub(super) struct Majority<T> {
    candidate: Option<T>,
    lead: u64,
    votes: u64,
    own: u64,
}

impl<T> Default for Majority<T> {
    fn default() -> Self {
        Self { candidate: None, lead: 0, votes: 0, own: 0 }
    }
}

impl<T: PartialEq + Copy> Majority<T> {
    pub fn vote(&mut self, item: T) {
        self.votes += 1;
        if self.candidate == Some(item) {
            (self.lead, self.own) = (self.lead + 1, self.own + 1);
        } else if self.lead == 0 {
            (self.candidate, self.lead, self.own) = (Some(item), 1, 1);
        } else {
            self.lead -= 1;
        }
    }

    /// The one with more than half of the votes.
    pub fn winner(&self) -> Option<T> {
        self.candidate.filter(|_| self.own * 2 > self.votes)
    }
}
