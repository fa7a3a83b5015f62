// Functions as values: captured variables, composed functions, map, filter and reduce with lambdas.

function makeCounter(step) {
  let value = 0;
  return () => {
    value += step;
    return value;
  };
}

const compose = (f, g) => (x) => f(g(x));

const add = (n) => (x) => x + n;

const counters = [];
for (let step = 1; step <= 10; step++) counters.push(makeCounter(step));
let total = 0;
for (let round = 0; round < 300000; round++) {
  for (const counter of counters) total = (total + counter()) % 1000003;
}
console.log(total);

let chain = add(0);
for (let n = 1; n <= 20; n++) chain = compose(add(n), chain);
let sum = 0;
for (let i = 0; i < 80000; i++) sum += chain(i);
console.log(sum);

const numbers = [];
for (let i = 0; i < 1000; i++) numbers.push(i);
let result = 0;
for (let round = 0; round < 800; round++) {
  const squares = numbers.map((x) => x * x + round);
  const even = squares.filter((x) => x % 2 === 0);
  result = (result + even.reduce((a, b) => a + b, 0)) % 1000003;
}
console.log(result);
