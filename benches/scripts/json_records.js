// JSON: records encoded to text and decoded again.

function makeRecord(i) {
  return {
    id: i,
    name: `host-${i}.example.com`,
    score: i + 0.5,
    active: i % 3 === 0,
    note: 'line one\nline "two"\ttab',
    owner: null,
    tags: ["alpha", "beta", `tag${i % 10}`],
    address: { ip: `10.0.${i % 256}.1`, port: 8000 + (i % 100), open: [22, 80, 443] },
  };
}

const records = [];
for (let i = 0; i < 500; i++) records.push(makeRecord(i));

let length = 0;
let sum = 0;
for (let round = 0; round < 60; round++) {
  const text = JSON.stringify({ round, records });
  length += text.length;
  const decoded = JSON.parse(text);
  for (const record of decoded.records) {
    sum += record.id + record.score + record.address.port + record.tags.length + record.note.length;
    if (record.active) sum++;
  }
}
console.log(`${length} ${sum}`);
