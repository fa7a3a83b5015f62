// Small arrays, indexed and swapped: the pancake flips of all permutations.

function fannkuch(n) {
  const start = [];
  const work = [];
  const count = [];
  for (let i = 0; i < n; i++) {
    start.push(i);
    work.push(i);
    count.push(0);
  }
  let maxFlips = 0;
  let checksum = 0;
  let even = true;
  let r = n;
  for (;;) {
    while (r !== 1) {
      count[r - 1] = r;
      r--;
    }
    for (let i = 0; i < n; i++) work[i] = start[i];
    let flips = 0;
    let top = work[0];
    while (top !== 0) {
      let i = 0;
      let j = top;
      while (i < j) {
        const t = work[i];
        work[i] = work[j];
        work[j] = t;
        i++;
        j--;
      }
      flips++;
      top = work[0];
    }
    if (flips > maxFlips) maxFlips = flips;
    checksum += even ? flips : -flips;
    for (;;) {
      if (r === n) return [checksum, maxFlips];
      const first = start[0];
      for (let i = 0; i < r; i++) start[i] = start[i + 1];
      start[r] = first;
      count[r]--;
      if (count[r] > 0) break;
      r++;
    }
    even = !even;
  }
}

for (let n = 7; n <= 9; n++) {
  const [checksum, flips] = fannkuch(n);
  console.log(`${n} ${checksum} ${flips}`);
}
