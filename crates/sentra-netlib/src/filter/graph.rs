//! A filter as a graph of tests: each leads to another or to an end. It is built from the end,
//! so that a condition knows where to go on, and equal rests are one.

use std::collections::HashMap;

use super::facts::Facts;
use super::value::{Test, ValueId, Values};

/// Which frames a filter is about, as a tree of tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Condition {
    Constant(bool),
    Test(Test),
    Not(Box<Condition>),
    /// The first, joined with one after the other.
    Chain(Box<Condition>, Vec<(Join, Condition)>),
}

/// How two conditions become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    And,
    Or,
}

impl Condition {
    /// Joins what stands one after the other in a filter, however long it is.
    pub fn join(self, join: Join, other: Self) -> Self {
        match self {
            Self::Chain(first, mut rest) => {
                rest.push((join, other));
                Self::Chain(first, rest)
            }
            first => Self::Chain(Box::new(first), vec![(join, other)]),
        }
    }

    /// Joins conditions so that chains have one kind of join only.
    fn nest(self, join: Join, other: Self) -> Self {
        match self {
            Self::Chain(_, ref rest) if rest.iter().all(|(own, _)| *own == join) => self.join(join, other),
            first => Self::Chain(Box::new(first), vec![(join, other)]),
        }
    }

    pub fn and(self, other: Self) -> Self {
        self.nest(Join::And, other)
    }

    pub fn or(self, other: Self) -> Self {
        self.nest(Join::Or, other)
    }

    pub fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

/// Where a test leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    End(bool),
    Node(usize),
}

/// A test and where it leads: always to nodes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub test: Test,
    pub yes: Target,
    pub no: Target,
}

/// The tests of a filter; the first one to do is the last.
#[derive(Default)]
pub(super) struct Graph {
    pub nodes: Vec<Node>,
    known: HashMap<Node, usize>,
}

/// More than a program has room for, before the optimiser has looked at it.
const MOST_NODES: usize = 40_000;

/// A filter that is too long.
#[derive(Debug)]
pub(super) struct TooLong;

impl Graph {
    /// The graph of a condition, and where it begins.
    pub fn new(condition: &Condition) -> Result<(Self, Target), TooLong> {
        let mut graph = Self::default();
        let start = graph.add(condition, Target::End(true), Target::End(false))?;
        Ok((graph, start))
    }

    fn node(&mut self, node: Node) -> Target {
        if node.yes == node.no {
            return node.yes;
        }
        let nodes = &mut self.nodes;
        Target::Node(*self.known.entry(node).or_insert_with(|| {
            nodes.push(node);
            nodes.len() - 1
        }))
    }

    fn add(&mut self, condition: &Condition, yes: Target, no: Target) -> Result<Target, TooLong> {
        if self.nodes.len() > MOST_NODES {
            return Err(TooLong);
        }
        Ok(match condition {
            Condition::Constant(holds) => [no, yes][usize::from(*holds)],
            Condition::Test(test) => self.node(Node { test: *test, yes, no }),
            Condition::Not(inner) => self.add(inner, no, yes)?,
            Condition::Chain(first, rest) => {
                let (mut yes, mut no) = (yes, no);
                for (join, condition) in rest.iter().rev() {
                    let target = self.add(condition, yes, no)?;
                    match join {
                        Join::And => yes = target,
                        Join::Or => no = target,
                    }
                }
                self.add(first, yes, no)?
            }
        })
    }

    /// Leads past tests whose answers are known on the way to them, until there are none.
    pub fn optimise(mut self, mut start: Target, values: &Values) -> (Self, Target) {
        const ROUNDS: usize = 12;
        for _ in 0..ROUNDS {
            let before = (self.nodes.len(), start);
            let changed = self.thread(start, values) | self.group();
            (self, start) = self.rebuild(start);
            if !changed && (self.nodes.len(), start) == before {
                break;
            }
        }
        (self, start)
    }

    /// Leads every edge to the first test on it that is not answered yet.
    fn thread(&mut self, start: Target, values: &Values) -> bool {
        let mut known: Vec<Option<Facts>> = vec![None; self.nodes.len()];
        let Target::Node(first) = start else { return false };
        known[first] = Some(Facts::default());
        let mut changed = false;
        for at in (0..=first).rev() {
            let Some(facts) = known[at].take() else { continue };
            let node = self.nodes[at];
            let mut ends = [node.yes, node.no];
            for (end, holds) in ends.iter_mut().zip([true, false]) {
                let facts = facts.with(node.test, holds);
                let before = *end;
                while let Target::Node(next) = *end
                    && let Some(answer) = facts.answer(self.nodes[next].test, values)
                {
                    *end = if answer { self.nodes[next].yes } else { self.nodes[next].no };
                }
                changed |= *end != before;
                if let Target::Node(next) = *end {
                    match &mut known[next] {
                        Some(others) => others.keep_common(&facts),
                        empty => *empty = Some(facts),
                    }
                }
            }
            self.nodes[at] = Node { yes: ends[0], no: ends[1], ..node };
        }
        changed
    }

    /// Does tests of one value one after the other, where several tests lead to the same place.
    fn group(&mut self) -> bool {
        let mut ways = vec![0_u32; self.nodes.len()];
        for end in self.nodes.iter().flat_map(|node| [node.yes, node.no]) {
            if let Target::Node(next) = end {
                ways[next] += 1;
            }
        }
        let mut changed = false;
        for out in [true, false] {
            let mut grouped = vec![false; self.nodes.len()];
            for first in (0..self.nodes.len()).rev() {
                if grouped[first] {
                    continue;
                }
                let chain = self.chain(first, out, &ways);
                chain.iter().for_each(|&at| grouped[at] = true);
                changed |= chain.len() > 2 && self.group_chain(&chain);
            }
        }
        changed
    }

    /// The tests from one on that all lead to the same place by one answer.
    fn chain(&self, first: usize, out: bool, ways: &[u32]) -> Vec<usize> {
        let ends = |node: &Node| if out { (node.yes, node.no) } else { (node.no, node.yes) };
        let (exit, mut on) = ends(&self.nodes[first]);
        let mut chain = vec![first];
        while let Target::Node(next) = on
            && ends(&self.nodes[next]).0 == exit
            && ways[next] == 1
        {
            chain.push(next);
            on = ends(&self.nodes[next]).1;
        }
        chain
    }

    fn group_chain(&mut self, chain: &[usize]) -> bool {
        let tests: Vec<Test> = chain.iter().map(|&at| self.nodes[at].test).collect();
        let mut places: HashMap<ValueId, usize> = HashMap::new();
        let mut groups: Vec<Vec<Test>> = vec![];
        for &test in &tests {
            let place = *places.entry(test.value).or_insert(groups.len());
            if place == groups.len() {
                groups.push(vec![]);
            }
            groups[place].push(test);
        }
        let grouped = groups.concat();
        if grouped == tests {
            return false;
        }
        chain.iter().zip(grouped).for_each(|(&at, test)| self.nodes[at].test = test);
        true
    }

    /// The same without what nothing leads to, and with equal rests as one.
    fn rebuild(&self, start: Target) -> (Self, Target) {
        let mut wanted = vec![false; self.nodes.len()];
        if let Target::Node(first) = start {
            wanted[first] = true;
        }
        for at in (0..self.nodes.len()).rev() {
            if wanted[at] {
                for end in [self.nodes[at].yes, self.nodes[at].no] {
                    if let Target::Node(next) = end {
                        wanted[next] = true;
                    }
                }
            }
        }
        let mut graph = Self::default();
        let mut place = vec![Target::End(false); self.nodes.len()];
        let moved = |place: &[Target], end| match end {
            Target::Node(at) => place[at],
            end => end,
        };
        for (at, node) in self.nodes.iter().enumerate().filter(|(at, _)| wanted[*at]) {
            place[at] = graph.node(Node { test: node.test, yes: moved(&place, node.yes), no: moved(&place, node.no) });
        }
        (graph, moved(&place, start))
    }
}
