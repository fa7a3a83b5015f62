// Text taken apart and put together: lines, fields, trimming, replacing, joining.

const rows = [];
for (let i = 0; i < 4000; i++) {
  rows.push(`${i}, host-${i % 97}.example.com ,${(i * 7919) % 65536},open;closed;filtered`);
}
const text = rows.join("\n");

function scan(text) {
  let ports = 0;
  let states = 0;
  const names = [];
  for (const line of text.split("\n")) {
    const fields = line.split(",");
    const name = fields[1].trim();
    ports += parseInt(fields[2], 10);
    states += fields[3].split(";").length;
    names.push(name.toUpperCase());
  }
  return [ports, states, names.join(" ").length];
}

let total = 0;
for (let round = 0; round < 30; round++) {
  const [ports, states, length] = scan(text);
  total += ports + states * length;
}
console.log(total);

let words = 0;
for (let round = 0; round < 30; round++) {
  words += text.replaceAll("example", "test").length;
  words += text.split(".").length;
  words += text.split("").length;
}
console.log(words);
