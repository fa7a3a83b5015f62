// Values handed from generator to generator: a chain of filters that leaves no multiples of the first primes.

function* generate(limit) {
  for (let n = 2; n <= limit; n++) yield n;
}

function* filterMultiples(source, prime) {
  for (const n of source) {
    if (n % prime !== 0) yield n;
  }
}

function survivors(limit, filters) {
  let source = generate(limit);
  let sum = 0;
  for (let i = 0; i < filters; i++) {
    const prime = source.next().value;
    sum += prime;
    source = filterMultiples(source, prime);
  }
  let count = 0;
  for (const n of source) {
    count++;
    sum = (sum + n) % 1000003;
  }
  return [count, sum];
}

const [count, sum] = survivors(300000, 50);
console.log(`${count} ${sum}`);
