// Sorts 200,000 records by a function that compares two of them, three times from the same disorder.

let seed = 7;
function next() {
  seed = (seed * 16807) % 2147483647;
  return seed;
}

const records = [];
for (let i = 0; i < 200000; i++) {
  records.push({ id: i, group: i % 10, size: next() });
}

for (let round = 0; round < 3; round++) {
  const sorted = records.slice().sort((a, b) => (a.group === b.group ? a.size - b.size : a.group - b.group));
  console.log(sorted[0].id, sorted[100000].id, sorted.at(-1).id);
}
