// 100 MB as base64 and back.

const bytes = require("fs").readFileSync(process.argv[2]);
const text = bytes.toString("base64");
console.log(text.length, text.slice(1000000, 1000040));
console.log(Buffer.from(text, "base64").equals(bytes));
