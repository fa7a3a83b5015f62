// The same with node-postgres.
const [url, queries, fibers] = process.argv.slice(2)
const { Pool } = require("pg")
const pool = new Pool({ connectionString: url, max: Number(fibers) })
async function fiber() {
  for (let n = 0; n < queries / fibers; n++) {
    const query = { name: "find", text: "SELECT id, title FROM posts WHERE id = $1", values: [(n % 1000) + 1] }
    if ((await pool.query(query)).rows.length !== 1) throw new Error("no row")
  }
}
;(async () => {
  await pool.query("SELECT 1")
  const begun = performance.now()
  await Promise.all(Array.from({ length: Number(fibers) }, fiber))
  console.log((queries / (performance.now() - begun)) * 1000)
  await pool.end()
})()
