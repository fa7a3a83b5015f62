// Gets a page so many times, so many at once, and says how many bytes came: client.js URL COUNT AT_ONCE
const [url, count, atOnce] = process.argv.slice(2)
let left = Number(count)
let bytes = 0

async function get() {
  while (left-- > 0) {
    const response = await fetch(url)
    if (response.status !== 200) throw new Error(response.statusText)
    bytes += (await response.arrayBuffer()).byteLength
  }
}

Promise.all(Array.from({ length: Number(atOnce) }, get)).then(() => console.log(bytes))
