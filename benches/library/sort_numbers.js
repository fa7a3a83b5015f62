// Sorts a million whole numbers and a million fractions, each five times from the same disorder.

let seed = 7;
function next() {
  seed = (seed * 16807) % 2147483647;
  return seed;
}

const whole = [];
const fractions = [];
for (let i = 0; i < 1000000; i++) {
  whole.push(next());
  fractions.push(next() / 2147483647 - 0.5);
}

for (const numbers of [whole, fractions]) {
  let sorted;
  for (let round = 0; round < 5; round++) sorted = numbers.slice().sort((a, b) => a - b);
  const at = (n) => Math.floor(sorted.at(n) * 1000000);
  console.log(at(0), at(123456), at(-1));
}
