//! The object modules: what `http::`, `net::`, `ws::` and `async::` have as members. They are written in
//! Sentra, in `lib/modules/`; the methods of what they give are listed in `objects`.

pub(super) mod natives;

use crate::builtin::Types;

const ADDRESS: Types = Types::STRING.or(Types::INTEGER);

builtins! { TABLE:
    "http::get" in ["http:get"] (url: Types::STRING, options: Types::MAP => "{}") -> "request",
        faults [], Net,
        "A GET request. It is sent by `.send()`, or at the first look at its response, and throws what `http_get` does. Options are those of `http_get`.",
        "let server = http::serve(0, |req, res| { res.json([1, 2]) })\nlog(http::get(f\"http://127.0.0.1:{server.port}/\").json()) // expect: [1, 2]\nserver.stop()" => Library;
    "http::head" in ["http:head"] (url: Types::STRING, options: Types::MAP => "{}") -> "request",
        faults [], Net,
        "A HEAD request, as `http::get` gives one.",
        "log(http::head(\"http://127.0.0.1:1/\").request.method) // expect: HEAD" => Library;
    "http::post" in ["http:post"] (url: Types::STRING, options: Types::MAP => "{}") -> "request",
        faults [], Net,
        "A POST request, as `http::get` gives one; `.json(value)`, `.form(map)` or `.body(data)` say what is sent.",
        "log(http::post(\"http://127.0.0.1:1/\").json({name: \"Alice\"}).request.body) // expect: {\"name\":\"Alice\"}" => Library;
    "http::put" in ["http:put"] (url: Types::STRING, options: Types::MAP => "{}") -> "request",
        faults [], Net,
        "A PUT request, as `http::get` gives one.",
        "log(http::put(\"http://127.0.0.1:1/\").request.method) // expect: PUT" => Library;
    "http::patch" in ["http:patch"] (url: Types::STRING, options: Types::MAP => "{}") -> "request",
        faults [], Net,
        "A PATCH request, as `http::get` gives one.",
        "log(http::patch(\"http://127.0.0.1:1/\").request.method) // expect: PATCH" => Library;
    "http::delete" in ["http:delete"] (url: Types::STRING, options: Types::MAP => "{}") -> "request",
        faults [], Net,
        "A DELETE request, as `http::get` gives one.",
        "log(http::delete(\"http://127.0.0.1:1/\").request.method) // expect: DELETE" => Library;
    "http::request" in ["http:request"] (url: Types::STRING, options: Types::MAP => "{}") -> "request",
        faults [], Net,
        "A request whose method is GET unless `.method(name)` says another.",
        "log(http::request(\"http://127.0.0.1:1/\").method(\"options\").request.method) // expect: OPTIONS" => Library;
    "http::download" in ["http:download"] (url: Types::STRING, path: Types::STRING, options: Types::MAP => "{}") -> "download",
        faults [], Net,
        "A file to be fetched. `.on_progress(f)` has `f(received, total)` called on the way, the last time with both equal; while the length is unknown it is not called. `.await()` fetches it and gives the bytes written, `.start()` does so in a fiber and gives its task. Folders of the path are made.",
        "let server = http::serve(0, |req, res| { res.send(\"hello\") })\nlog(http::download(f\"http://127.0.0.1:{server.port}/\", \"new/file.txt\").await(), read_file(\"new/file.txt\")) // expect: 5 hello\nserver.stop()" => Library;
    "http::serve" in ["http:serve"] (address: ADDRESS, handler: Types::FUNCTION) -> "server",
        faults ["address_in_use", "range"], Net,
        "Serves every request by a function of `(req, res)`, and returns at once. A port is one of 127.0.0.1; a text such as `0.0.0.0:8080` names the address too.",
        "let server = http::serve(0, |req, res| { res.text(f\"Hello from {req.path}!\") })\nlog(http::get(f\"http://127.0.0.1:{server.port}/x\").text()) // expect: Hello from /x!\nserver.stop()" => Library;
    "http::Server::new" in ["http::Server:new"] (address: Types::STRING, options: Types::MAP => "{}") -> "server",
        faults ["address_in_use", "dns", "range"], Net,
        "A web server bound to an address such as `0.0.0.0:8080`; port 0 takes a free one, which `.port` tells. Options are those of `http_server_create`.",
        "let server = http::Server::new(\"127.0.0.1:0\")\nserver.get(\"/users/:id\", |req, res| { res.json({id: req.params.id}) })\nserver.listen()\nlog(http::get(f\"http://127.0.0.1:{server.port}/users/7\").json()) // expect: {\"id\": \"7\"}\nserver.stop()" => Library;
    "net::TcpListener::bind" in ["net::TcpListener:bind"] (address: Types::STRING, options: Types::MAP => "{}") -> "listener",
        faults ["address_in_use", "range"], Net,
        "Listens for connections on an address such as `127.0.0.1:9000`. Options are those of `socket_listen`.",
        "let listener = net::TcpListener::bind(\"127.0.0.1:0\")\nlog(listener.port > 0) // expect: true" => Library;
    "net::TcpStream::connect" in ["net::TcpStream:connect"] (address: Types::STRING, options: Types::MAP => "{}") -> "stream",
        faults ["connection_refused", "range"], Net,
        "Connects to an address such as `example.com:80`. Options are those of `socket_create`.",
        "let listener = net::TcpListener::bind(\"127.0.0.1:0\")\nlet client = net::TcpStream::connect(listener.local_addr())\nlet served = listener.accept()\nclient.write(\"one\\r\\ntwo\\n\")\nlog(served.read_line(), served.read_line()) // expect: one two" => Library;
    "net::TcpStream::connect_timeout" in ["net::TcpStream:connect_timeout"] (address: Types::STRING, ms: Types::NUMBER) -> "stream",
        faults ["connection_refused", "range"], Net,
        "The same within so many milliseconds.",
        "try { net::TcpStream::connect_timeout(\"127.0.0.1:1\", 500) } catch e { log(e.kind) } // expect: connection_refused" => Library;
    "net::TcpStream::of" in ["net::TcpStream:of"] (id: Types::STRING) -> "stream",
        faults ["closed"], Net,
        "A socket that `socket_create` or `socket_accept` gave, as a stream.",
        "try { net::TcpStream::of(\"tcp#0\") } catch e { log(e.kind) } // expect: closed" => Library;
    "net::UdpSocket::bind" in ["net::UdpSocket:bind"] (address: Types::STRING, options: Types::MAP => "{}") -> "socket",
        faults ["address_in_use", "range"], Net,
        "A socket for datagrams, bound to an address.",
        "let a = net::UdpSocket::bind(\"127.0.0.1:0\")\nlet b = net::UdpSocket::bind(\"127.0.0.1:0\")\nb.send_to(\"hello\", a.local_addr())\nlet datagram = a.receive_from()\nlog(datagram.data, datagram.from == b.local_addr()) // expect: hello true" => Library;
    "net::UdpSocket::connect" in ["net::UdpSocket:connect"] (address: Types::STRING, options: Types::MAP => "{}") -> "socket",
        faults ["range"], Net,
        "A socket for datagrams to and from one address.",
        "let a = net::UdpSocket::bind(\"127.0.0.1:0\")\nlet b = net::UdpSocket::connect(a.local_addr())\nlog(b.send(\"hello\"), a.receive()) // expect: 5 hello" => Library;
    "net::UnixListener::bind" in ["net::UnixListener:bind"] (path: Types::STRING, options: Types::MAP => "{}") -> "listener",
        faults ["address_in_use"], Net,
        "Listens for connections at a path, as `net::TcpListener::bind` does at an address.",
        "let listener = net::UnixListener::bind(\"service.sock\")\nlet client = net::UnixStream::connect(\"service.sock\")\nclient.write(\"hello\\n\")\nlog(listener.accept().read_line()) // expect: hello" => Library;
    "net::UnixStream::connect" in ["net::UnixStream:connect"] (path: Types::STRING, options: Types::MAP => "{}") -> "stream",
        faults ["not_found"], Net,
        "Connects to a path: a stream as `net::TcpStream::connect` gives one.",
        "try { net::UnixStream::connect(\"nosuch.sock\") } catch e { log(e.kind) } // expect: not_found" => Library;
    "net::is_port_open" in ["net:is_port_open"] (host: Types::STRING, port: Types::INTEGER, timeout_ms: Types::NUMBER => "2000") -> "boolean",
        faults ["range"], Net,
        "Whether something accepts TCP connections there.",
        "log(net::is_port_open(\"127.0.0.1\", 1)) // expect: false" => Library;
    "net::resolve" in ["net:resolve"] (name: Types::STRING) -> "array",
        faults ["dns"], Net,
        "The addresses of a host, IPv4 first.",
        "log(net::resolve(\"127.0.0.1\")) // expect: [\"127.0.0.1\"]" => Library;
    "net::PacketCapture::new" in ["net::PacketCapture:new"] (interface: Types::STRING, options: Types::MAP => "{}") -> "monitor",
        faults [], RawNet,
        "Watches the packets of an interface, or of a file (`file:trace.pcap`), once `.start()` is called; that throws what `capture_start` does. Options: `filter`, in the language of pcap-filter(7), and those of `capture_start`.",
        "let monitor = net::PacketCapture::new(\"file:nosuch.pcap\")\nmonitor.on_packet(|packet| log(packet.src, packet.dst))\ntry { monitor.start() } catch e { log(e.kind) } // expect: not_found" => Library;
    "ws::connect" in ["ws:connect"] (url: Types::STRING, options: Types::MAP => "{}") -> "socket",
        faults [], Net,
        "Connects to a WebSocket server in the background: the socket is returned at once, `on(\"open\", f)` tells when it is open, `on(\"error\", f)` that it cannot be. Sending waits for it. Options are those of `ws_connect`.",
        "let server = ws::Server::new(\"127.0.0.1:0\")\nserver.on_connection(|socket| { socket.on(\"message\", |data| socket.send(f\"echo {data}\")) })\nserver.listen()\nlet client = ws::connect(f\"ws://127.0.0.1:{server.port}/\")\nclient.send(\"hello\")\nlog(client.receive()) // expect: echo hello\nserver.stop()" => Library;
    "ws::Server::new" in ["ws::Server:new"] (address: Types::STRING, options: Types::MAP => "{}") -> "server",
        faults ["address_in_use", "range"], Net,
        "A WebSocket server bound to an address; port 0 takes a free one, which `.port` tells. Options: `path` (all), `tls`, and those of `http_server_websocket`.",
        "let server = ws::Server::new(\"127.0.0.1:0\")\nlog(server.port > 0, server.clients()) // expect: true []" => Library;
    "redis::connect" in ["redis:connect"] (url: Types::STRING, options: Types::MAP => "{}") -> "connection",
        faults ["auth", "closed", "connection_refused", "dns", "protocol", "range", "redis", "timeout", "type"], Net,
        "Connects to a Redis server: `redis://user:password@host:6379/0`, `rediss://…` in TLS, `unix:///path?db=0`; the number is that of the database. Many fibers may use one connection at once; one that breaks is made anew by the next command. Options: `timeout` for each reply, in seconds (5), `connect_timeout` (10), `max_reply` in bytes (64 MiB), and for TLS `verify`, `ca_file`, `server_name`, `cert`, `key`.",
        "try { redis::connect(\"redis://127.0.0.1:1\") } catch e { log(e.kind) } // expect: connection_refused" => Library;
    "cache::connect" in ["cache:connect"] (url: Types::STRING, options: Types::MAP => "{}") -> "cache",
        faults ["auth", "closed", "connection_refused", "dns", "protocol", "range", "redis", "timeout", "type"], Net,
        "Connects to a store of values by key that programs and workers share; the URL and the options are those of `redis::connect`. Further option: `prefix`, which all keys get.",
        "try { cache::connect(\"http://127.0.0.1\") } catch e { log(e.kind) } // expect: range" => Library;
    "queue::connect" in ["queue:connect"] (url: Types::STRING, options: Types::MAP => "{}") -> "queue",
        faults ["auth", "closed", "connection_refused", "dns", "protocol", "range", "redis", "timeout", "type"], Net,
        "Connects to what programs and workers exchange messages and work by; the URL and the options are those of `redis::connect`. Further options: `prefix`, which all names get; `lease`, the seconds after which a job that is not done is given to another (30); `attempts`, how often a job is tried (5).",
        "try { queue::connect(\"redis://127.0.0.1:1\") } catch e { log(e.kind) } // expect: connection_refused" => Library;
}
