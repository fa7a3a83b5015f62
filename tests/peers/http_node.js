// A server of Node's whose routes behave in the ways that clients meet.
const http = require("http");
const zlib = require("zlib");

const text = "some text that is sent again and again\n".repeat(2000);

const routes = {
    "/plain": (req, res) => res.end("plain"),
    "/chunked": (req, res) => {
        let left = 50;
        const more = () => (left-- > 0 ? res.write(`piece ${left}\n`, () => setImmediate(more)) : res.end());
        more();
    },
    "/gzip": (req, res) => {
        res.setHeader("Content-Encoding", "gzip");
        res.end(zlib.gzipSync(text));
    },
    "/deflate": (req, res) => {
        res.setHeader("Content-Encoding", "deflate");
        res.end(zlib.deflateSync(text));
    },
    "/echo": (req, res) => {
        res.setHeader("X-Method", req.method);
        res.setHeader("X-Length", req.headers["content-length"] ?? req.headers["transfer-encoding"] ?? "none");
        req.pipe(res);
    },
    "/headers": (req, res) => res.end(JSON.stringify(req.headers)),
    "/redirect": (req, res) => { res.writeHead(302, { Location: "/plain" }); res.end("look elsewhere"); },
    "/loop": (req, res) => { res.writeHead(301, { Location: "/loop" }); res.end(); },
    "/reset": (req, res) => { res.writeHead(200, { "Content-Length": 1000 }); res.write("some"); setImmediate(() => req.socket.resetAndDestroy()); },
    "/early": (req, res) => { res.writeHead(413, { Connection: "close" }); res.end("too much"); },
    "/events": (req, res) => {
        res.writeHead(200, { "Content-Type": "text/event-stream" });
        const from = Number(req.headers["last-event-id"] ?? 0);
        res.end(`retry: 10\nid: ${from + 1}\ndata: first after ${from}\n\nid: ${from + 2}\nevent: other\ndata: second\n\n`);
    },
};

const server = http.createServer((req, res) => {
    const route = routes[new URL(req.url, "http://localhost").pathname];
    if (route) return route(req, res);
    res.statusCode = 404;
    res.end("nothing here");
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
