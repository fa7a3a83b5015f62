// Whole-number arithmetic in a while loop: the longest Collatz chain.

let best = 0;
let longest = 0;
let start = 1;
while (start < 150000) {
  let n = start;
  let steps = 0;
  while (n !== 1) {
    if (n % 2 === 0) {
      n = n / 2;
    } else {
      n = 3 * n + 1;
    }
    steps++;
  }
  if (steps > longest) {
    longest = steps;
    best = start;
  }
  start++;
}
console.log(`${best} ${longest}`);
