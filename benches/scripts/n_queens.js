// Backtracking: the ways to place queens that do not attack each other.

function safe(columns, row, column) {
  for (let other = 0; other < row; other++) {
    const distance = columns[other] - column;
    if (distance === 0 || distance === row - other || distance === other - row) return false;
  }
  return true;
}

function place(columns, row, size) {
  if (row === size) return 1;
  let ways = 0;
  for (let column = 0; column < size; column++) {
    if (safe(columns, row, column)) {
      columns[row] = column;
      ways += place(columns, row + 1, size);
    }
  }
  return ways;
}

for (let size = 6; size <= 11; size++) {
  console.log(`${size} ${place(new Array(size).fill(0), 0, size)}`);
}
