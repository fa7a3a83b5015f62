// Allocation of small objects: trees that are built, walked and dropped while one long-lived tree stays.

function bottomUp(depth) {
  if (depth === 0) return { left: null, right: null };
  return { left: bottomUp(depth - 1), right: bottomUp(depth - 1) };
}

function check(tree) {
  if (tree.left === null) return 1;
  return 1 + check(tree.left) + check(tree.right);
}

const MAX_DEPTH = 15;

const longLived = bottomUp(MAX_DEPTH);
for (let depth = 4; depth <= MAX_DEPTH; depth += 4) {
  const iterations = 1 << (MAX_DEPTH - depth + 4);
  let total = 0;
  for (let i = 0; i < iterations; i++) total += check(bottomUp(depth));
  console.log(`${iterations} ${depth} ${total}`);
}
console.log(check(longLived));
