// Splits 50 MB of text into lines and into words and joins them again.

const text = require("fs").readFileSync(process.argv[2], "utf8");
const lines = text.split("\n");
console.log(lines.length, lines[1000]);
console.log(lines.join("\r\n").length);
const words = text.split(" ");
console.log(words.length, words[1000000]);
console.log(words.join(", ").length);
