//! The handlers of a function: their ranges, and that guarded instructions leave alone the
//! slots that a handler finds again.

use super::VerifyError;
use crate::module::Function;

/// Every handler guards a range of the code and leads to an instruction of it.
pub(super) fn check_ranges(function: &Function) -> Result<(), VerifyError> {
    let code = function.code.len();
    for (index, handler) in function.handlers.iter().enumerate() {
        let fail = |what: String| Err(VerifyError::new(format!("handler {index}: {what}")));
        if handler.start > handler.end || handler.end as usize > code {
            return fail(format!("it guards {} to {} of {code} instructions", handler.start, handler.end));
        }
        if handler.target as usize >= code {
            return fail(format!("it leads to {}, outside the code", handler.target));
        }
    }
    Ok(())
}

/// No guarded instruction reaches below its handlers' depths. `depth_at` knows the depth
/// before each reachable instruction.
pub(super) fn check_depths(function: &Function, depth_at: impl Fn(usize) -> Option<u32>) -> Result<(), VerifyError> {
    if function.handlers.is_empty() {
        return Ok(());
    }
    let floor = |index: usize| depth_at(index).map_or(u32::MAX, |depth| depth - function.code[index].effect().0);
    let lowest = Lowest::new(function.code.len(), floor);
    for (number, handler) in function.handlers.iter().enumerate() {
        let depth = u32::from(handler.depth);
        if lowest.within(handler.start as usize, handler.end as usize) >= depth {
            continue;
        }
        let guilty = (handler.start as usize..handler.end as usize).find(|&index| floor(index) < depth);
        let index = guilty.expect("a range's lowest floor is the floor of one of its instructions");
        return Err(VerifyError {
            instruction: Some((index as u32, function.code[index].op.mnemonic())),
            ..VerifyError::new(format!(
                "it leaves only {} values, but handler {number} that guards it has depth {depth}",
                floor(index)
            ))
        });
    }
    Ok(())
}

/// Answers for the smallest number in a range, in logarithmic time: a binary tree in an
/// array, its leaves in the second half.
struct Lowest {
    tree: Vec<u32>,
    leaves: usize,
}

impl Lowest {
    fn new(leaves: usize, leaf: impl Fn(usize) -> u32) -> Self {
        let mut tree = vec![u32::MAX; leaves];
        tree.extend((0..leaves).map(leaf));
        for node in (1..leaves).rev() {
            tree[node] = tree[2 * node].min(tree[2 * node + 1]);
        }
        Self { tree, leaves }
    }

    fn within(&self, start: usize, end: usize) -> u32 {
        let (mut left, mut right) = (start + self.leaves, end + self.leaves);
        let mut lowest = u32::MAX;
        while left < right {
            if left % 2 == 1 {
                lowest = lowest.min(self.tree[left]);
                left += 1;
            }
            if right % 2 == 1 {
                right -= 1;
                lowest = lowest.min(self.tree[right]);
            }
            left /= 2;
            right /= 2;
        }
        lowest
    }
}

#[cfg(test)]
mod tests {
    use super::Lowest;

    #[test]
    fn lowest_of_every_range_is_its_minimum() {
        let numbers: Vec<u32> = (0..23).map(|index| index * 7919 % 31).collect();
        let lowest = Lowest::new(numbers.len(), |index| numbers[index]);
        for start in 0..numbers.len() {
            for end in start..=numbers.len() {
                let expected = numbers[start..end].iter().copied().min().unwrap_or(u32::MAX);
                assert_eq!(lowest.within(start, end), expected, "{start}..{end}");
            }
        }
    }
}
