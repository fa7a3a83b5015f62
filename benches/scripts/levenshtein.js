// Strings read byte by byte and rows of numbers: edit distances between random words.

let seed = 11;
function randomText(length) {
  let text = "";
  for (let i = 0; i < length; i++) {
    seed = (seed * 16807) % 2147483647;
    text += "acgt"[seed % 4];
  }
  return text;
}

function distance(a, b) {
  const row = [];
  for (let j = 0; j <= b.length; j++) row.push(j);
  for (let i = 1; i <= a.length; i++) {
    let diagonal = row[0];
    row[0] = i;
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = diagonal + cost;
      diagonal = row[j];
      if (diagonal + 1 < best) best = diagonal + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      row[j] = best;
    }
  }
  return row[b.length];
}

let total = 0;
for (let round = 0; round < 20; round++) {
  total += distance(randomText(500 + round), randomText(520 - round));
}
console.log(`${total} ${distance("kitten", "sitting")}`);
