// Takes the fields of each line of a log of 50 MB and adds up what was sent by status.

const pattern = /^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" ([0-9]{3}) ([0-9]+)/;
const sent = new Map();
let last = "";
for (const line of require("fs").readFileSync(process.argv[2], "utf8").split("\n")) {
  const fields = pattern.exec(line);
  if (fields === null) continue;
  const status = fields[5];
  sent.set(status, (sent.get(status) ?? 0) + parseInt(fields[6], 10));
  last = fields[4];
}
for (const status of [...sent.keys()].sort()) console.log(status, sent.get(status));
console.log(last);
