// Makes 20 MB of JSON from records, three times.

const records = [];
for (let i = 0; i < 100000; i++) {
  records.push({
    id: i,
    name: "host" + i + ".example.net",
    tags: ["alpha", "beta", "tag " + (i % 100)],
    active: i % 3 === 0,
    load: i / 8,
    address: { street: "Street " + (i % 1000), city: 'A "quoted" city\n', zip: 10000 + (i % 90000) },
    note: null,
  });
}
for (let round = 0; round < 3; round++) console.log(JSON.stringify(records).length);
