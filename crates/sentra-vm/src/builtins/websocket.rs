//! WebSocket clients and servers. Failures give nil or false, and their reasons are in
//! `last_error()`; wrong types, counts, ranges and options throw.

mod connect;
mod listen;
mod receive;
mod route;
mod send;
mod server;

use crate::builtin::Types;
use crate::fault::Fault;

type Result<T> = std::result::Result<T, Box<Fault>>;

builtins! { TABLE:
    "ws_connect" in [] (url: Types::STRING, options: Types::MAP => "{}") -> "map or nil",
        faults ["range"], Net,
        "Connects to a WebSocket server: the connection's `id`, `url`, `connected` and `protocol`, or nil on failure. Options: `headers` (a map), `subprotocols` (an array), `timeout` in seconds (10), for wss those of `socket_create`, such as `verify` (true) and `ca_file`, `max_message` in bytes (16 MiB), `ping_interval` in seconds (none), `proxy` (a URL of http; by the environment, empty for none).",
        "log(ws_connect(\"ws://127.0.0.1:1/\")) // expect: nil\nlog(last_error().kind) // expect: connection_refused" => Native(connect::connect);
    "ws_send" in [] (id: Types::STRING, message: Types::STRING) -> "boolean",
        faults [], Net,
        "Sends a message of text, which has to be UTF-8; waits while too much is unsent. False if the connection is closed.",
        "log(ws_send(\"ws#0\", \"hello\")) // expect: false\nlog(last_error().kind) // expect: closed" => Native(send::text);
    "ws_send_binary" in [] (id: Types::STRING, data: Types::STRING) -> "boolean",
        faults [], Net,
        "Sends a message of bytes; waits while too much is unsent. False if the connection is closed.",
        "log(ws_send_binary(\"ws#0\", \"\\x00\\xff\")) // expect: false" => Native(send::binary);
    "ws_ping" in [] (id: Types::STRING, data: Types::STRING => "\"\"") -> "boolean",
        faults [], Net,
        "Sends a ping with up to 125 bytes; its answer is a message of type `pong` for `ws_receive_message`.",
        "log(ws_ping(\"ws#0\")) // expect: false" => Native(send::ping);
    "ws_close" in [] (id: Types::STRING, code: Types::INTEGER => "1000", reason: Types::STRING => "\"\"") -> "boolean",
        faults [], Net,
        "Closes a connection: tells the peer, and waits 5 seconds at most until it has agreed. Messages that nobody has taken are dropped. False if it is closed already.",
        "log(ws_close(\"ws#0\")) // expect: false\nlog(last_error().message) // expect: no such open connection: \"ws#0\"" => Native(send::close);
    "ws_receive" in [] (id: Types::STRING, timeout_seconds: Types::NUMBER => "forever") -> "string or nil",
        faults ["memory"], Net,
        "Waits for a message of text or bytes, at most so many seconds: its data, or nil if the time is up or the connection closed.",
        "log(ws_receive(\"ws#0\", 1)) // expect: nil\nlog(last_error().kind) // expect: closed" => Native(receive::data);
    "ws_receive_message" in [] (id: Types::STRING, timeout_seconds: Types::NUMBER => "forever") -> "map or nil",
        faults ["memory"], Net,
        "The same with what it is: `type` is `text`, `binary`, `pong` or, once, `close` with its `code` and `reason`; `data` is what the message says.",
        "log(ws_receive_message(\"ws#0\", 1)) // expect: nil" => Native(receive::message);
    "ws_listen" in [] (address: Types::STRING, port: Types::INTEGER, options: Types::MAP => "{}") -> "map or nil",
        faults ["range"], Net,
        "Starts a server: its `id`, `address` and `port`; port 0 takes a free one. The program goes on until the server is stopped. Options: `path`, `origins` and `subprotocols` (arrays), `tls` (a map as of `http_server_create`, such as `{cert, key}`), `max_clients`, `max_message` (16 MiB), `max_queue` (bytes that may wait for one client, 1 MiB), `ping_interval` in seconds (30; 0 for none).",
        "let server = ws_listen(\"127.0.0.1\", 0)\nlog(server.address, server.port > 0) // expect: 127.0.0.1 true\nws_server_stop(server.id)" => Native(listen::listen);
    "http_server_websocket" in [] (server_id: Types::STRING, path: Types::STRING, handler: Types::FUNCTION, options: Types::MAP => "{}") -> "map",
        faults ["closed", "range"], Net,
        "Makes a route of an HTTP server one for WebSockets. The handler gets each client, a map as of `ws_server_accept`, in a fiber of its own; when it returns, the connection is closed. The result has the `id` of a server for the `ws_server_…` functions, which stops with the HTTP server. Options: those of `ws_listen` but `path` and `tls`.",
        "let server = http_server_create(\"127.0.0.1\", 0)\nlet sockets = http_server_websocket(server.id, \"/echo\", fn(client) {\n    for (let m = ws_receive(client.id); m != nil; m = ws_receive(client.id)) { ws_send(client.id, m) }\n})\nlog(sockets.path, ws_server_get_clients(sockets.id)) // expect: /echo []" => Native(route::websocket);
    "ws_server_accept" in [] (server_id: Types::STRING, timeout: Types::NUMBER => "forever") -> "map or nil",
        faults ["memory"], Net,
        "Waits for a client, at most so many seconds. Each client is handed out once, as a map with `id`, `connected`, `remote_address`, `remote_port`, `path`, `query_string`, `protocol`, `headers`, and `data`, an empty map for what the program wants to keep with it.",
        "let server = ws_listen(\"127.0.0.1\", 0)\nlog(ws_server_accept(server.id, 0.01)) // expect: nil\nlog(last_error().kind) // expect: timeout\nws_server_stop(server.id)" => Native(server::accept);
    "ws_server_wait_connection" in [] (server_id: Types::STRING, timeout_seconds: Types::NUMBER => "forever") -> "map or nil",
        faults ["memory"], Net,
        "The same as `ws_server_accept`.",
        "let server = ws_listen(\"127.0.0.1\", 0)\nlog(ws_server_wait_connection(server.id, 0.01)) // expect: nil\nws_server_stop(server.id)" => Native(server::wait_connection);
    "ws_server_get_clients" in [] (server_id: Types::STRING) -> "array",
        faults [], Net,
        "The ids of the clients, in the order in which they came. A program that accepts clients sees those that it has accepted.",
        "let server = ws_listen(\"127.0.0.1\", 0)\nlog(ws_server_get_clients(server.id)) // expect: []\nws_server_stop(server.id)" => Native(server::get_clients);
    "ws_server_client" in [] (server_id: Types::STRING, client_id: Types::STRING) -> "map or nil",
        faults [], Net,
        "The map of a client, the one that was handed out.",
        "let server = ws_listen(\"127.0.0.1\", 0)\nlog(ws_server_client(server.id, \"ws#0\")) // expect: nil\nws_server_stop(server.id)" => Native(server::client);
    "ws_server_broadcast" in [] (server_id: Types::STRING, message: Types::STRING) -> "boolean",
        faults [], Net,
        "Sends a message of text to all clients. It never waits: a client for which too much waits is dropped with code 1013.",
        "let server = ws_listen(\"127.0.0.1\", 0)\nlog(ws_server_broadcast(server.id, \"hello\")) // expect: true\nws_server_stop(server.id)" => Native(server::broadcast);
    "ws_server_broadcast_binary" in [] (server_id: Types::STRING, data: Types::STRING) -> "boolean",
        faults [], Net,
        "The same with a message of bytes.",
        "let server = ws_listen(\"127.0.0.1\", 0)\nlog(ws_server_broadcast_binary(server.id, \"\\xff\")) // expect: true\nws_server_stop(server.id)" => Native(server::broadcast_binary);
    "ws_server_send_to" in [] (server_id: Types::STRING, client_id: Types::STRING, message: Types::STRING) -> "boolean",
        faults [], Net,
        "Sends a message of text to a client. While too much waits for it, this waits too; a client that takes nothing for 10 seconds is dropped.",
        "let server = ws_listen(\"127.0.0.1\", 0)\nlog(ws_server_send_to(server.id, \"ws#0\", \"hello\")) // expect: false\nws_server_stop(server.id)" => Native(send::text_to);
    "ws_server_send_binary_to" in [] (server_id: Types::STRING, client_id: Types::STRING, data: Types::STRING) -> "boolean",
        faults [], Net,
        "The same with a message of bytes.",
        "let server = ws_listen(\"127.0.0.1\", 0)\nlog(ws_server_send_binary_to(server.id, \"ws#0\", \"\\xff\")) // expect: false\nws_server_stop(server.id)" => Native(send::binary_to);
    "ws_server_receive_from" in [] (server_id: Types::STRING, client_id: Types::STRING, timeout_seconds: Types::NUMBER => "see the text") -> "string or nil",
        faults ["memory"], Net,
        "A client's next message. Without a timeout the first call for a client that was accepted waits for its first message, 30 seconds at most; later calls take what is there and give nil if nothing is.",
        "let server = ws_listen(\"127.0.0.1\", 0)\nlog(ws_server_receive_from(server.id, \"ws#0\")) // expect: nil\nws_server_stop(server.id)" => Native(receive::from_client);
    "ws_server_on" in [] (server_id: Types::STRING, event: Types::STRING, handler: Types::FUNCTION.or(Types::NIL)) -> "boolean",
        faults ["range"], Net,
        "Calls a function for each `connect` (with the client), `message` (client, data, `text` or `binary`) or `close` (client, code, reason). For one client they run one after another, each in a fiber; an error in one is printed and nothing else.",
        "let server = ws_listen(\"127.0.0.1\", 0)\nlog(ws_server_on(server.id, \"message\", fn(client, data) { ws_send(client.id, data) })) // expect: true\nws_server_stop(server.id)" => Native(server::on);
    "ws_server_disconnect" in [] (server_id: Types::STRING, client_id: Types::STRING, code: Types::INTEGER => "1000", reason: Types::STRING => "\"\"") -> "boolean",
        faults [], Net,
        "Closes the connection to a client, without waiting for it to agree.",
        "let server = ws_listen(\"127.0.0.1\", 0)\nlog(ws_server_disconnect(server.id, \"ws#0\")) // expect: false\nws_server_stop(server.id)" => Native(server::disconnect);
    "ws_server_stop" in [] (server_id: Types::STRING) -> "boolean",
        faults [], Net,
        "Stops a server: its clients are told that it goes away (1001), and every fiber that waits for it or for them is woken. It waits 5 seconds at most for them to agree.",
        "let server = ws_listen(\"127.0.0.1\", 0)\nlog(ws_server_stop(server.id), ws_server_stop(server.id)) // expect: true false" => Native(server::stop);
}
