// Sorts 200,000 records by a number and by a name, three times each.

let seed = 7;
function next() {
  seed = (seed * 16807) % 2147483647;
  return seed;
}

const records = [];
for (let i = 0; i < 200000; i++) {
  const size = next();
  records.push({ id: i, name: "host" + next() + ".example.net", size });
}

for (let round = 0; round < 3; round++) {
  const bySize = records.slice().sort((a, b) => a.size - b.size);
  const byName = records.slice().sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  console.log(bySize[0].id, bySize[100000].id, byName[0].name, byName[100000].id, byName.at(-1).name);
}
