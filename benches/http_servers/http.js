const server = require("http").createServer((request, response) => {
  const user = /^\/users\/([^/]+)$/.exec(request.url)
  if (user) {
    response.setHeader("Content-Type", "application/json")
    response.end(JSON.stringify({ id: decodeURIComponent(user[1]), name: "Ann", active: true }))
  } else {
    response.setHeader("Content-Type", "text/plain; charset=utf-8")
    response.end("Hello, World!")
  }
})
server.listen(0, "127.0.0.1", () => console.log(server.address().port))
