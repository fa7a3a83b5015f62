// Arrays of arrays: the product of two square matrices.

function makeMatrix(n, seed) {
  const rows = [];
  for (let i = 0; i < n; i++) {
    const row = [];
    for (let j = 0; j < n; j++) row.push(((i * seed + j * 3) % 17) - 8);
    rows.push(row);
  }
  return rows;
}

function multiply(a, b, n) {
  const rows = [];
  for (let i = 0; i < n; i++) {
    const row = [];
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += a[i][k] * b[k][j];
      row.push(sum);
    }
    rows.push(row);
  }
  return rows;
}

const N = 250;
const product = multiply(makeMatrix(N, 5), makeMatrix(N, 7), N);
let checksum = 0;
for (const row of product) {
  for (const value of row) checksum = (checksum * 31 + value + 100000) % 1000003;
}
console.log(`${checksum} ${product[0][0]} ${product[N - 1][N - 1]}`);
