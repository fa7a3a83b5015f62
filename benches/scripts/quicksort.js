// Recursion over one shared array: quicksort of random whole numbers.

function quicksort(a, low, high) {
  const pivot = a[Math.floor((low + high) / 2)];
  let i = low;
  let j = high;
  while (i <= j) {
    while (a[i] < pivot) i++;
    while (a[j] > pivot) j--;
    if (i <= j) {
      const t = a[i];
      a[i] = a[j];
      a[j] = t;
      i++;
      j--;
    }
  }
  if (low < j) quicksort(a, low, j);
  if (i < high) quicksort(a, i, high);
}

let seed = 42;
function randomNumber() {
  seed = (seed * 16807) % 2147483647;
  return seed;
}

const numbers = [];
for (let i = 0; i < 500000; i++) numbers.push(randomNumber());
quicksort(numbers, 0, numbers.length - 1);

let checksum = 0;
for (let i = 0; i < numbers.length; i++) {
  const n = numbers[i];
  if (i > 0 && numbers[i - 1] > n) throw new Error("not sorted");
  checksum = (checksum * 31 + n) % 1000003;
}
console.log(checksum);
