// Maps with string keys and with number keys: counting words.

let seed = 7;
function randomBelow(n) {
  seed = (seed * 16807) % 2147483647;
  return seed % n;
}

const words = [];
for (let i = 0; i < 200000; i++) {
  words.push("word" + randomBelow(1 + randomBelow(6000)));
}

function countWords(words) {
  const counts = new Map();
  for (const word of words) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

function countLengths(words) {
  const lengths = new Map();
  for (const word of words) {
    const n = word.length;
    if (lengths.has(n)) lengths.set(n, lengths.get(n) + 1);
    else lengths.set(n, 1);
  }
  return lengths;
}

let checksum = 0;
for (let round = 0; round < 12; round++) {
  const counts = countWords(words);
  const lengths = countLengths(words);
  for (const [word, n] of counts) checksum = (checksum + n * n * word.length) % 1000003;
  for (const [length, n] of lengths) checksum = (checksum + n * length) % 1000003;
}
console.log(checksum);

const counts = countWords(words);
const ranked = [...counts.keys()].sort();
console.log(`${ranked.length} ${ranked[0]} ${counts.get(ranked[0])} ${ranked[ranked.length - 1]}`);
