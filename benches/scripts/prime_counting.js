// Remainders and an early return in a hot loop: primes by trial division.

function isPrime(n) {
  if (n < 2) return false;
  if (n % 2 === 0) return n === 2;
  let d = 3;
  while (d * d <= n) {
    if (n % d === 0) return false;
    d += 2;
  }
  return true;
}

let count = 0;
let sum = 0;
for (let n = 0; n < 900000; n++) {
  if (isPrime(n)) {
    count++;
    sum += n;
  }
}
console.log(`${count} ${sum}`);
