// A server by `ws` that sends every message back; over TLS if it is given a certificate and its key.
const fs = require("fs");
const { WebSocketServer } = require("ws");
const [cert, key] = process.argv.slice(2);
const below = cert
  ? require("https").createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key) })
  : require("http").createServer();
const server = new WebSocketServer({ server: below, maxPayload: 1 << 30, handleProtocols: () => "chat" });
below.listen(0, "127.0.0.1", () => console.log(below.address().port));
server.on("connection", socket => {
  socket.on("message", (data, binary) => {
    if (data.toString("latin1", 0, 10) === "close") return socket.close(4001, "as you wish");
    if (data.toString("latin1", 0, 20) === "fragmented") {
      socket.send("frag", { fin: false });
      socket.send("ment", { fin: false });
      return socket.send("ed");
    }
    socket.send(data, { binary });
  });
  socket.on("close", (code, reason) => console.log("closed", code, reason.toString()));
});
