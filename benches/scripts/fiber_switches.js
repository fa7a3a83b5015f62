// Asynchronous functions that take turns: each adds to a common total and gives way to the others.

let total = 0;

async function worker(id, turns) {
  for (let turn = 0; turn < turns; turn++) {
    total = (total * 31 + id) % 1000003;
    await null;
  }
  return id;
}

async function run(workers, turns) {
  const tasks = [];
  for (let id = 0; id < workers; id++) tasks.push(worker(id, turns));
  const ids = await Promise.all(tasks);
  return ids.reduce((a, b) => a + b, 0);
}

async function main() {
  console.log(`${await run(100, 10000)} ${total}`);
  console.log(`${await run(5000, 100)} ${total}`);
}

main();
