// Array reads and writes: the sieve of Eratosthenes.

function countPrimes(limit) {
  const composite = [];
  for (let i = 0; i <= limit; i++) composite.push(false);
  let count = 0;
  for (let n = 2; n <= limit; n++) {
    if (!composite[n]) {
      count++;
      for (let m = n * n; m <= limit; m += n) {
        composite[m] = true;
      }
    }
  }
  return count;
}

for (let round = 0; round < 4; round++) {
  console.log(countPrimes(2000000 + round));
}
