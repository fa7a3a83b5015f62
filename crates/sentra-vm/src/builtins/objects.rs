//! The objects of the modules written in Sentra, and their methods: what documentation and completion say of
//! them. An object is a map whose prototype is the module of this name in `lib/modules/`.

pub use sentra_compiler::manifest::Method;

/// The function of a prototype that gives fields which an object does not have.
pub(crate) const MISSING: &str = "missing";

/// A kind of object.
pub struct Object {
    /// Its prototype's name.
    pub name: &'static str,
    /// What it is and what fields it has.
    pub doc: &'static str,
    /// Its methods, by name.
    pub methods: &'static [Method],
}

/// The number of a prototype, from 1.
pub(crate) fn number(name: &str) -> Option<u8> {
    OBJECTS.iter().position(|object| object.name == name).map(|at| at as u8 + 1)
}

/// The object whose prototype has this number.
pub(crate) fn numbered(number: u8) -> Option<&'static Object> {
    OBJECTS.get(usize::from(number).checked_sub(1)?)
}

/// The objects that programs meet. Those without a description serve others within the library.
pub fn shown() -> impl Iterator<Item = &'static Object> {
    OBJECTS.iter().filter(|object| !object.doc.is_empty())
}

macro_rules! objects {
    ($($name:literal: $doc:literal { $($signature:literal: $text:literal;)* })*) => {
        /// All objects. Their order is that of the prototypes' numbers.
        pub const OBJECTS: &[Object] = &[$(Object {
            name: $name,
            doc: $doc,
            methods: &[$(Method { signature: $signature, doc: $text }),*],
        }),*];
    };
}

objects! {
    "http::Server": "A web server: `id`, `address`, `port`, `running`. Its routes take, after the path, functions that guard the route and then the handler; all are called with `(req, res, next)` or fewer." {
        "use(path = everywhere, ...middlewares) -> server": "Adds middlewares, which all requests go through in this order, whether there is a route for them or not. One with four parameters, `(error, req, res, next)`, handles errors. A middleware that neither calls `next()` nor answers lets the chain go on; `next()` returns when the rest is done; `next(error)` ends it by an error.";
        "get(path, ...functions) -> server": "A route for GET, and for HEAD if no other is.";
        "post(path, ...functions) -> server": "A route for POST.";
        "put(path, ...functions) -> server": "A route for PUT.";
        "patch(path, ...functions) -> server": "A route for PATCH.";
        "delete(path, ...functions) -> server": "A route for DELETE.";
        "options(path, ...functions) -> server": "A route for OPTIONS; without one the server answers it with the methods that there are.";
        "all(path, ...functions) -> server": "A route for every method. The path `*` is that of all requests.";
        "static(path, folder, options = {}) -> server": "Serves the files of a folder beneath a path, as `http_server_static` does, with its options. The folder may come later.";
        "on_error(f) -> server": "Handles errors by `f(error, req, res)`. What no one handles is printed and answered with 500.";
        "listen() -> server": "Begins to serve, and returns at once; the program goes on as long as the server runs.";
        "stop() -> boolean": "Stops: requests in flight are finished.";
    }
    "http::Request": "What a server was asked: `method`, `path`, `query`, `query_string`, `params`, `headers`, `body`, `remote_address`, `remote_port`, `host`, `url`, `http_version`, and whatever the functions before have set." {
        "query(name, default = nil) -> any": "A parameter of the query, converted to the type of the default.";
        "param(name, default = nil) -> any": "A parameter of the path, converted to the type of the default.";
        "header(name, default = nil) -> string or nil": "A header, in any spelling.";
        "json() -> any": "The body, decoded. What is no JSON throws an error that is answered with 400 if nothing handles it.";
        "text() -> string": "The body.";
        "cookies() -> map": "The cookies by name.";
        "cookie(name, default = nil) -> string or nil": "A cookie.";
    }
    "http::Response": "What a server answers: `status`, `headers`, `body`, and whether it is `sent`. Methods give the response itself, so that they can be chained." {
        "status(code) -> response": "Sets the status code. The field `status` reads it.";
        "header(name, value) -> response": "Sets a header; without a value it reads one.";
        "headers(map) -> response": "Sets several headers, but none that belong to another message's connection.";
        "json(value) -> response": "Answers with JSON.";
        "html(text) -> response": "Answers with a page.";
        "text(text) -> response": "Answers with plain text.";
        "send(body = nil) -> response": "Answers with a text or bytes, a map or an array as JSON, or a channel or function that gives the pieces.";
        "redirect(url, code = 302) -> response": "Sends the client to another URL.";
        "file(path, folder = the path's) -> response": "Answers with a file: media type, ranges and conditional requests as for `static`. With a folder the path cannot leave it.";
        "cookie(name, value, options = {}) -> response": "Sets a cookie. Options: `path` (`\"/\"`), `http_only` (true), `same_site` (`\"Lax\"`), `secure`, `domain`, `max_age` in seconds.";
        "clear_cookie(name) -> response": "Has the client forget a cookie.";
    }
    "http::ClientRequest": "A request and, once that is there, its response: `status`, `ok`, `status_text`, `headers`, `body`, `text`, `url`, `http_version`, `elapsed_ms`. The first look at one of these sends it." {
        "method(name) -> request": "Sets the method.";
        "header(name, value) -> request": "Sets a header; without a value it reads one of the response.";
        "headers(map) -> request": "Sets several headers, but none that belong to another message's connection; without a map it gives those of the response.";
        "query(name, value) -> request": "Adds a parameter to the URL.";
        "json(value) -> request": "Sends JSON; without a value it gives the response's body, decoded.";
        "form(map) -> request": "Sends a form.";
        "body(data) -> request": "Sends bytes; without data it gives the response's body.";
        "bearer(token) -> request": "Sends a token as `Authorization`.";
        "timeout(ms) -> request": "Limits the time for the whole exchange.";
        "option(name, value) -> request": "Sets an option of `http_request`.";
        "send() -> request": "Sends it, once: the same object now has the response.";
        "status() -> number": "The response's status code.";
        "ok() -> boolean": "Whether that is 200 to 299.";
        "is_success() -> boolean": "The same.";
        "text() -> string": "The response's body.";
    }
    "http::Download": "A file that is fetched." {
        "on_progress(f) -> download": "Has `f(received, total)` called on the way.";
        "header(name, value) -> download": "Sets a header of the request.";
        "timeout(ms) -> download": "Limits the time.";
        "await() -> number": "Fetches the file: how many bytes it has.";
        "wait() -> number": "The same.";
        "start() -> task": "Fetches it in a fiber of its own.";
    }
    "net::TcpListener": "A place where connections arrive: `id`, `address`, `port`, `local_addr`." {
        "accept(timeout_ms = forever) -> stream": "Waits for a connection. Throws `timeout` or, when the listener was closed, `closed`.";
        "local_addr() -> string": "The address with its port.";
        "close() -> boolean": "Stops listening.";
    }
    "net::TcpStream": "A connection: `id`, `local_addr`, `remote_addr`. Numbers are sent and read in network order. What fails throws." {
        "read_line(max = 65536) -> string": "Waits for a line and gives it without its end; `\"\"` at the end of the stream.";
        "read(count = what there is) -> string": "Waits for exactly so many bytes; without a number it gives what has arrived, `\"\"` at the end.";
        "read_some(max) -> string": "Gives what has arrived, at most so many bytes; `\"\"` at the end.";
        "read_exact(count) -> string": "Waits for exactly so many bytes.";
        "read_all() -> string": "Reads to the end.";
        "write(data) -> number": "Sends all of the data.";
        "write_line(text) -> number": "Sends a line.";
        "read_u8() -> number": "Reads an unsigned number of 8 bits.";
        "read_u16() -> number": "Reads one of 16 bits.";
        "read_u32() -> number": "Reads one of 32 bits.";
        "read_u64() -> number": "Reads one of 64 bits.";
        "write_u8(number) -> number": "Sends an unsigned number of 8 bits.";
        "write_u16(number) -> number": "Sends one of 16 bits.";
        "write_u32(number) -> number": "Sends one of 32 bits.";
        "write_u64(number) -> number": "Sends one of 64 bits.";
        "set_timeout(ms) -> stream": "Limits how long each read may wait; nil for ever.";
        "start_tls(host, options = {}) -> stream": "Goes on in TLS, with the options of `socket_starttls`.";
        "remote_addr() -> string": "The peer's address with its port.";
        "local_addr() -> string": "The own address with its port.";
        "shutdown() -> boolean": "Tells the peer that nothing more will be sent.";
        "close() -> boolean": "Closes it.";
    }
    "net::UdpSocket": "A socket for datagrams: `id`, `address`, `port`, `local_addr`." {
        "send(data) -> number": "Sends a datagram to the address it is connected to, or that the last one came from.";
        "send_to(data, address) -> number": "Sends a datagram to an address such as `127.0.0.1:53`.";
        "receive(max = 65535) -> string": "Waits for a datagram.";
        "receive_from(max = 65535) -> map": "Waits for a datagram: its `data`, and where it comes `from`, also as `address` and `port`.";
        "set_timeout(ms) -> socket": "Limits how long receiving may wait.";
        "local_addr() -> string": "The address with its port.";
        "close() -> boolean": "Closes it.";
    }
    "ws::Server": "A server for WebSockets: `id`, `address`, `port`, `running`." {
        "on_connection(f) -> server": "Calls `f(socket)` for each client.";
        "broadcast(message) -> boolean": "Sends to all clients, maps and arrays as JSON. A client that is too slow is dropped.";
        "clients() -> array": "The sockets of all clients.";
        "listen() -> server": "Begins to serve, and returns at once; the program goes on as long as the server runs.";
        "stop() -> boolean": "Stops; clients are told that it goes away.";
    }
    "ws::Socket": "One end of a WebSocket: `id`, `url`, `state` (`connecting`, `open`, `closed`), `protocol`; at a server also `path`, `query_string`, `headers`, `remote_address`, `remote_port`." {
        "on(event, f) -> socket": "Calls a function on `open`, for each `message` (data, `text` or `binary`), on `close` (code, reason) or `error`. For one socket they run one after another; the program goes on as long as the socket is open.";
        "send(message) -> boolean": "Sends text, maps and arrays as JSON. False if the socket is closed.";
        "send_binary(data) -> boolean": "Sends bytes.";
        "receive(timeout_ms = forever) -> string or nil": "Waits for a message, for sockets without a handler of messages; nil when the time is up or the socket closed.";
        "ping(data = \"\") -> boolean": "Sends a ping.";
        "close(code = 1000, reason = \"\") -> boolean": "Closes it.";
        "dial() -> socket": "Opens it; `ws::connect` does that.";
        "pump() -> nil": "Hands out messages until it is closed; servers do that.";
    }
    "net::PacketCapture": "Watches the packets of an interface: `interface`, `running`." {
        "on_packet(f) -> monitor": "Calls `f(packet)` for each packet: what `packet_capture` says of it, and `src`, `dst`, `size`; `protocol` is that of the transport, such as `TCP`, and `application` the highest that is understood.";
        "filter(text) -> monitor": "Which packets, in the language of pcap-filter(7).";
        "start() -> monitor": "Begins, and returns at once; the program goes on as long as packets are watched.";
        "stop() -> map or nil": "Ends it: what `capture_stop` gives.";
    }
    "redis::Connection": "A connection to a Redis server: `url` (without the password), `database`, `closed`. Replies are strings, numbers, booleans, nil, arrays and maps; an error is thrown with kind `redis`, or `auth` if the server does not permit it." {
        "command(name, ...words) -> any": "Sends a command of strings and numbers and gives the reply. A command that blocks at the server keeps the other fibers waiting: it needs a connection of its own.";
        "send(words) -> any": "The same with the command as an array.";
        "pipeline(commands) -> array": "Sends an array of commands, each an array of words, in one go: their replies, in which errors are values.";
        "transaction(commands) -> array": "The same as one step, which no other command comes between. An error of a command that the server cannot even queue is thrown, and nothing is done.";
        "subscribe(channel, f, options = {}) -> subscription": "Calls `f(message, channel)` for each message of a channel, in order, and keeps the program alive. When the server went away it is subscribed to anew. Options: `backlog`, how many messages may wait for the function (1000), and `on_gap(error)`, called when messages may have been missed.";
        "subscribe_pattern(pattern, f, options = {}) -> subscription": "The same for all channels that fit a pattern such as `news.*`.";
        "ping() -> boolean": "Whether the server answers; throws if it cannot be reached.";
        "close() -> boolean": "Closes it, with its subscriptions.";
        "open() -> connection": "Connects; `redis::connect` does that.";
    }
    "redis::Subscription": "A function that is called for messages: `channel`, and `lost`, how many messages came while too many waited." {
        "stop() -> boolean": "Ends it.";
        "offer(message) -> nil": "Hands it a message; the connection does that.";
        "run(f) -> nil": "Calls the function for messages; the connection does that.";
    }
    "redis::Subscriber": "" {
        "add(verb, name, f, options) -> subscription": "";
        "close() -> nil": "";
    }
    "redis::Reader": "" {
        "read(until) -> any": "";
        "has_more() -> boolean": "";
    }
    "redis::Url": "" {
        "place() -> map": "";
    }
    "cache::Cache": "A store of values by key: `url`, `prefix`. Strings are kept as they are, numbers as their text, and maps, arrays and booleans as JSON. A time to live is in seconds." {
        "get(key, default = nil) -> string or default": "The value of a key, as a number if the default is one.";
        "get_json(key, default = nil) -> any": "The value of a key, decoded.";
        "get_many(keys) -> map": "The values of those keys that are there.";
        "set(key, value, seconds = for ever) -> cache": "Sets a value, which ends after so many seconds.";
        "set_many(map, seconds = for ever) -> cache": "Sets several values in one step.";
        "add(key, value, seconds = for ever) -> boolean": "Sets a value if there is none; whether it did. Of all programs that try, one does.";
        "has(key) -> boolean": "Whether there is a value.";
        "delete(key) -> boolean": "Removes a value; whether there was one.";
        "incr(key, by = 1, seconds = for ever) -> number": "Adds to a number, which begins at 0, and gives the sum. A time to live begins when the number does.";
        "decr(key, by = 1, seconds = for ever) -> number": "Subtracts likewise.";
        "expire(key, seconds) -> boolean": "Has a value end after so many seconds; whether there is one.";
        "persist(key) -> boolean": "Has a value stay; whether it would have ended.";
        "ttl(key) -> number or nil": "In how many seconds a value ends; nil if it does not, or is not there.";
        "limit(key, most, seconds) -> map": "Counts a use of a key within a window of so many seconds that its first use begins: `allowed` (whether it is at most the `most`-th), `count`, `remaining`, `reset_seconds`. Exact among all programs.";
        "remember(key, seconds, f) -> any": "The value of a key, decoded; if there is none it is that of `f()`, which is kept.";
        "keys(pattern = \"*\") -> array": "The keys that fit a pattern, sorted, without the prefix.";
        "clear() -> cache": "Removes all values with the prefix; without a prefix, all of the database.";
        "command(name, ...words) -> any": "Sends any command of Redis. The prefix is not added.";
        "ping() -> boolean": "Whether the server answers; throws if it cannot be reached.";
        "close() -> boolean": "Closes the connection.";
    }
    "queue::Queue": "Messages and work that programs share: `url`, `prefix`, `lease`, `attempts`." {
        "publish(channel, message) -> number": "Sends a message to all that listen to a channel, maps and arrays as JSON: to how many connections.";
        "subscribe(channel, f, options = {}) -> subscription": "Calls `f(message, channel)` for each message, as `subscribe` of a `redis::Connection` does.";
        "subscribe_pattern(pattern, f, options = {}) -> subscription": "The same for all channels that fit a pattern such as `news.*`.";
        "push(name, job, delay = 0) -> string": "Adds a job, which is any value that JSON can hold, to the end of a queue, or so many seconds later: its id.";
        "take(name, seconds = for ever) -> job or nil": "Waits for a job and takes it. One that is not done within the lease is given to another.";
        "next(name, left) -> job or nil": "The same as long as `left()` milliseconds are left; workers do that.";
        "work(name, f, options = {}) -> worker": "Calls `f(data, job)` for each job and has it done when that returns; if it throws, the job is tried again later. While it runs the job stays taken, however long that is. Options: `at_once` (1), how many jobs at the same time, and `pause`, the seconds before a failed job is tried again (1), which double each time.";
        "size(name) -> map": "How many jobs are `waiting`, `taken`, `delayed` and `failed`.";
        "failed(name) -> array": "The jobs that failed too often: maps of `id`, `queue`, `data`, `attempt`.";
        "retry(name) -> number": "Has all failed jobs tried again; how many.";
        "clear(name) -> queue": "Removes all jobs of a queue.";
        "wake(name) -> queue": "Has those look again that wait for a job.";
        "ping() -> boolean": "Whether the server answers; throws if it cannot be reached.";
        "close() -> boolean": "Closes the connection.";
    }
    "queue::Job": "A job that was taken: `id`, `queue`, `data`, `attempt` (from 1), `lease`. Its methods say whether it still was this program's: not if the lease has run out and another has taken it." {
        "done() -> boolean": "It is done and goes away.";
        "give_back(delay = 0) -> boolean": "Another may take it, so many seconds later.";
        "fail() -> boolean": "It is put aside with the failed ones.";
        "extend(seconds = the lease) -> boolean": "It stays taken for so many seconds from now.";
    }
    "queue::Worker": "What does the jobs of a queue: `queue`, `running`, `done` and `failed` (how many)." {
        "stop() -> boolean": "Takes no more jobs; the one at hand is finished.";
        "wait() -> worker": "Waits until the last job is finished.";
        "serve(queue, f, pause) -> nil": "Takes jobs; `work` does that.";
    }
    "db::Database": "A database, or a transaction in one: `url`. Values of parameters and columns are bound, never put into the text of a statement; names of tables and columns are looked up in the database before a statement is made of them. Faults: `constraint`, `busy`, `syntax`, `schema`, `readonly`, `full`, `corrupt`, `interrupted`, `permission`, `closed`, `memory`, `io`, `sql`." {
        "query(sql, parameters = []) -> array": "The rows of a statement as maps. Each `?` in it stands for a parameter.";
        "execute(sql, parameters = []) -> number": "Runs a statement: how many rows it has changed.";
        "find(table, id) -> map or nil": "The row with this primary key.";
        "insert(table, row) -> any": "Adds a row, a map by column: its primary key.";
        "update(table, id, changes) -> boolean": "Changes columns of the row with this primary key: whether there is one.";
        "delete(table, id) -> boolean": "Deletes the row with this primary key: whether there was one.";
        "count(table) -> number": "How many rows a table has.";
        "transaction(f) -> any": "Calls `f(tx)` in a transaction and gives its result: all that is done by `tx`, and by the same fiber with the database itself, is committed when the function returns and undone when it throws or its fiber ends. Others do not see it before, and wait until it has ended if they write. A transaction within one is undone alone.";
        "listen(channel) -> listener": "Listens to a channel of PostgreSQL (`LISTEN`), on a connection of its own.";
        "notify(channel, message = \"\") -> boolean": "Says something on a channel of PostgreSQL; in a transaction it is said when that is committed.";
        "close() -> boolean": "Closes the database. Statements that still run are interrupted.";
    }
    "db::Listener": "A connection that listens to a `channel` of PostgreSQL." {
        "receive(timeout_ms = forever) -> string or nil": "Waits for what is said next; nil when the time is up.";
        "close() -> boolean": "Stops listening.";
    }
}
