// Asks a server of tests/programs/http_server.sn by Node's fetch.
const assert = require("assert")
const base = `http://127.0.0.1:${process.argv[2]}`

async function main() {
  assert.equal(await (await fetch(`${base}/`)).text(), "GET 0")
  assert.equal(await (await fetch(`${base}/`, { method: "DELETE" })).text(), "DELETE 0")
  assert.deepEqual(await (await fetch(`${base}/json`)).json(), [1, { a: null }])
  const echoed = await fetch(`${base}/echo`, { method: "POST", body: "ä".repeat(1000) })
  assert.equal(await echoed.text(), "ä".repeat(1000))
  const stream = new ReadableStream({
    start(controller) {
      for (const piece of ["one", "two", "three"]) controller.enqueue(new TextEncoder().encode(piece))
      controller.close()
    },
  })
  const streamed = await fetch(`${base}/echo`, { method: "POST", body: stream, duplex: "half" })
  assert.equal(await streamed.text(), "onetwothree")
  assert.deepEqual((await fetch(`${base}/cookies`)).headers.getSetCookie(), ["a=1", "b=2"])
  let pieces = ""
  for await (const piece of (await fetch(`${base}/channel`)).body) pieces += Buffer.from(piece)
  assert.equal(pieces, "piece 0;piece 1;piece 2;piece 3;piece 4;")
  const all = await Promise.all(Array.from({ length: 500 }, async (_, id) => (await fetch(`${base}/users/${id}`)).json()))
  assert.deepEqual(all.map(({ id }) => id), Array.from({ length: 500 }, (_, id) => String(id)))
  assert.equal((await fetch(`${base}/throws`)).status, 500)
}

main().then(() => console.log("done"), (error) => { console.error(error); process.exit(1) })
