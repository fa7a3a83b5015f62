// Answers every request once its body has come; the tests compare what it refuses. It prints its port.
const server = require("http").createServer({ connectionsCheckingInterval: 200 }, (request, response) => {
  let length = 0
  request.on("data", (piece) => { length += piece.length })
  request.on("end", () => response.end(`${request.method} ${length}`))
})
server.requestTimeout = 2000
server.headersTimeout = 2000
server.keepAliveTimeout = 2000
server.listen(0, "127.0.0.1", () => console.log(server.address().port))
