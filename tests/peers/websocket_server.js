// A server by `ws` that sends every message back.
const { WebSocketServer } = require("ws");
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, maxPayload: 1 << 30, handleProtocols: () => "chat" });
server.on("listening", () => console.log(server.address().port));
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
