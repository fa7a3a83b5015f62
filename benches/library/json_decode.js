// Decodes 20 MB of JSON and looks at every record.

const records = JSON.parse(require("fs").readFileSync(process.argv[2], "utf8"));
let sum = 0;
for (const record of records) {
  sum = (sum + record.id + record.tags.length * 3 + record.address.street.length + (record.active ? 1 : 0)) % 1000003;
}
console.log(records.length, sum, records[1000].name, records.at(-1).note);
