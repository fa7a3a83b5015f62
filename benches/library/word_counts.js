// Counts the words of 50 MB of text and shows the most frequent.

const counts = new Map();
for (const line of require("fs").readFileSync(process.argv[2], "utf8").split("\n")) {
  for (const word of line.split(" ")) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
}
const ranked = [...counts].sort((a, b) => b[1] - a[1]);
console.log(ranked.length);
for (const [word, count] of ranked.slice(0, 10)) console.log(word, count);
