// Loops over whole numbers: counted and conditional.

function main() {
  let total = 0;
  for (let i = 0; i < 3000; i++) {
    for (let j = 0; j < 2000; j++) {
      if ((i + j) % 3 === 0) {
        total += (i * j) % 7;
      } else {
        total -= j & 3;
      }
    }
  }
  console.log(total);

  let checksum = 1;
  for (let i = 1; i <= 8000000; i++) {
    checksum = (checksum * 31 + i) % 1000003;
  }
  console.log(checksum);

  let a = 1;
  let b = 0;
  let steps = 0;
  while (steps < 5000000) {
    let sum = a + b;
    if (sum >= 1000003) sum -= 1000003;
    b = a;
    a = sum;
    steps++;
  }
  console.log(`${a} ${b}`);
}

main();
