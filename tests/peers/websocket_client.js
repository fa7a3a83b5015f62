// A client by `ws`: checks that every message comes back, then closes with 3001.
const WebSocket = require("ws");
const socket = new WebSocket(process.argv[2], ["chat"], { perMessageDeflate: false });
const lengths = [0, 1, 125, 126, 65535, 65536, 1 << 20, 16 << 20];
const messages = lengths.flatMap(length => ["x".repeat(length), Buffer.alloc(length, 7)]);
let number = 0;
socket.on("open", () => socket.send(messages[0]));
socket.on("message", (data, binary) => {
  const wanted = Buffer.from(messages[number]);
  if (!wanted.equals(data) || binary !== (typeof messages[number] !== "string")) throw new Error(`message ${number}`);
  number += 1;
  if (number < messages.length) return socket.send(messages[number]);
  socket.on("pong", () => { console.log(socket.protocol); socket.close(3001, "done"); });
  socket.ping();
});
socket.on("close", (code, reason) => console.log(code));
