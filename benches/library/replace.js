// Replaces in 50 MB of text: a character by more, a word by another, and what is not there.

const text = require("fs").readFileSync(process.argv[2], "utf8");
const wide = text.replaceAll("\n", "\r\n");
console.log(wide.length, wide.indexOf("\r\n"));
const other = text.replaceAll("an", "and on");
let count = 0;
for (let at = other.indexOf("and on"); at >= 0; at = other.indexOf("and on", at + 6)) count++;
console.log(other.length, count);
console.log(text.replaceAll("nowhere in it", "").length);
console.log(text.toUpperCase().length, text.toUpperCase().includes("AND ON"));
