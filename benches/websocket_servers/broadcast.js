const server = new (require("ws").WebSocketServer)({ host: "127.0.0.1", port: 0 })
server.on("connection", client => client.on("message", (data, binary) => {
  for (const other of server.clients) other.send(data, { binary })
}))
server.on("listening", () => console.log(server.address().port))
