// Looks names up at a name server by c-ares, a hundred at once: PORT COUNT. It prints how many were right.
const { Resolver } = require("dns").promises;
const [port, count] = process.argv.slice(2).map(Number);
const atOnce = 100;
const resolver = new Resolver({ timeout: 10000, tries: 4 });
resolver.setServers([`127.0.0.1:${port}`]);

async function work(worker) {
  let right = 0;
  for (let index = 0; index < count / atOnce; index++) {
    try {
      const answer = await resolver.resolve4(`n${(worker * 7 + index) % 1000}.example.`);
      if (answer.length > 0) right++;
    } catch {}
  }
  return right;
}

Promise.all(Array.from({ length: atOnce }, (_, worker) => work(worker))).then((all) => console.log(all.reduce((a, b) => a + b)));
