//! Alternatives that begin alike are asked once for what they have in common: two ports are
//! `is TCP and (this port or that one)`.

use super::graph::{Condition, Join};

/// How deep common beginnings are looked for.
const DEEPEST: u32 = 24;
/// How many different beginnings one is compared with.
const COMPARED: usize = 64;

/// The same condition, with what alternatives have in common before them.
pub(super) fn factored(condition: Condition) -> Condition {
    match condition {
        Condition::Not(inner) => factored(*inner).not(),
        Condition::Chain(first, rest) => {
            let all = |join| rest.iter().all(|(other, _)| *other == join);
            if all(Join::Or) {
                let mut alternatives = vec![];
                flatten(Condition::Chain(first, rest), Join::Or, &mut alternatives);
                return either(alternatives.into_iter().map(conjuncts).collect(), DEEPEST);
            }
            in_turns(*first, rest)
        }
        other => other,
    }
}

/// A chain with both kinds of joins: what is joined alike up to a change is one condition, as
/// long as that does not nest too deep.
fn in_turns(first: Condition, rest: Vec<(Join, Condition)>) -> Condition {
    let turns = rest.windows(2).filter(|pair| pair[0].0 != pair[1].0).count();
    if turns == 0 || turns > DEEPEST as usize {
        let rest = rest.into_iter().map(|(join, part)| (join, factored(part))).collect();
        return Condition::Chain(Box::new(factored(first)), rest);
    }
    let (mut first, mut same) = (first, vec![]);
    for (join, part) in rest {
        if same.last().is_some_and(|(last, _)| *last != join) {
            first = factored(Condition::Chain(Box::new(first), std::mem::take(&mut same)));
        }
        same.push((join, part));
    }
    factored(Condition::Chain(Box::new(first), same))
}

/// The parts of a chain that has only one kind of join.
fn flatten(condition: Condition, join: Join, parts: &mut Vec<Condition>) {
    match condition {
        Condition::Chain(first, rest) if rest.iter().all(|(other, _)| *other == join) => {
            flatten(*first, join, parts);
            rest.into_iter().for_each(|(_, part)| flatten(part, join, parts));
        }
        other => parts.push(other),
    }
}

fn conjuncts(condition: Condition) -> Vec<Condition> {
    let mut parts = vec![];
    flatten(condition, Join::And, &mut parts);
    parts.into_iter().map(factored).collect()
}

/// One of several conjunctions.
fn either(alternatives: Vec<Vec<Condition>>, depth: u32) -> Condition {
    let mut groups: Vec<(Condition, Vec<Vec<Condition>>)> = vec![];
    for alternative in alternatives {
        let mut parts = alternative.into_iter();
        let Some(first) = parts.next() else { return Condition::Constant(true) };
        let rest = parts.collect();
        let group = match depth {
            0 => None,
            _ => groups.iter_mut().rev().take(COMPARED).find(|(beginning, _)| *beginning == first),
        };
        match group {
            Some((_, rests)) => rests.push(rest),
            None => groups.push((first, vec![rest])),
        }
    }
    let whole = groups.into_iter().map(|(first, mut rests)| {
        // `x or x and y` is `x`.
        if rests.iter().any(Vec::is_empty) {
            return first;
        }
        match rests.len() {
            1 => rests.remove(0).into_iter().fold(first, Condition::and),
            _ => {
                let alternatives = rests.into_iter().map(|rest| rest.into_iter().reduce(Condition::and));
                let mut parts = vec![];
                alternatives.flatten().for_each(|rest| flatten(rest, Join::Or, &mut parts));
                let parts = parts.into_iter().map(|part| {
                    let mut conjuncts = vec![];
                    flatten(part, Join::And, &mut conjuncts);
                    conjuncts
                });
                first.and(either(parts.collect(), depth - 1))
            }
        }
    });
    whole.reduce(Condition::or).unwrap_or(Condition::Constant(false))
}
