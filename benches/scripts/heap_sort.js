// Array reads and writes by computed index: heap sort of random fractions.

function siftDown(a, from, to) {
  let root = from;
  const value = a[root];
  for (;;) {
    let child = 2 * root + 1;
    if (child > to) break;
    if (child < to && a[child] < a[child + 1]) child++;
    if (a[child] <= value) break;
    a[root] = a[child];
    root = child;
  }
  a[root] = value;
}

function heapSort(a) {
  const last = a.length - 1;
  for (let root = Math.floor((last - 1) / 2); root >= 0; root--) siftDown(a, root, last);
  for (let end = last; end > 0; end--) {
    const t = a[0];
    a[0] = a[end];
    a[end] = t;
    siftDown(a, 0, end - 1);
  }
}

const numbers = [];
let seed = 42;
for (let i = 0; i < 400000; i++) {
  seed = (seed * 16807) % 2147483647;
  numbers.push(seed / 2147483647);
}
heapSort(numbers);
for (let i = 1; i < numbers.length; i++) {
  if (numbers[i - 1] > numbers[i]) throw new Error("not sorted");
}
console.log([numbers[0], numbers[200000], numbers[numbers.length - 1]].map((n) => n.toFixed(9)).join(" "));
