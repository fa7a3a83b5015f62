// Errors thrown and caught: through several calls, with `finally`, thrown again, and errors of the machine itself.

let cleaned = 0;

function check(n) {
  if (n % 3 === 0) throw { code: n };
  if (n % 5 === 0) throw "five";
  return n;
}

function guarded(n) {
  try {
    return check(n);
  } finally {
    cleaned++;
  }
}

function deep(n, depth) {
  if (depth === 0) return guarded(n);
  return deep(n, depth - 1) + 1;
}

function rethrow(n) {
  try {
    return deep(n, 3);
  } catch (e) {
    if (e === "five") throw { code: 5 };
    throw e;
  }
}

function fault(values, n) {
  try {
    return values[n].size;
  } catch {
    return -1;
  }
}

let sum = 0;
let caught = 0;
for (let i = 0; i < 600000; i++) {
  try {
    sum += rethrow(i);
  } catch (e) {
    caught++;
    sum += e.code % 100;
  }
}
console.log(`${sum} ${caught} ${cleaned}`);

const values = [{ size: 1 }, null, { size: 2 }];
let faults = 0;
for (let i = 0; i < 400000; i++) faults += fault(values, i % 3);
console.log(faults);
