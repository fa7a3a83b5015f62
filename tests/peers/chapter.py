"""Plays the world of a block of the tutorial chapter: chapter.py BLOCK SENTRA-VM PROGRAM...

It runs in a network of its own, where the ports and host names are those that the block names. The clients here
are not Sentra's: sockets, http.client, and the package websockets.
"""
import asyncio
import base64
import hmac
import http.client
import http.server
import json
import os
import queue
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time

PATIENCE = 30


class Program:
    """A running program whose lines are collected."""

    def __init__(self, *words, **options):
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
        self.lines, self.errors, self.seen = queue.Queue(), [], []
        threading.Thread(target=self.read, daemon=True).start()
        self.reader_of_errors = threading.Thread(target=self.read_errors, daemon=True)
        self.reader_of_errors.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.decode().rstrip("\n"))
        self.lines.put(None)

    def read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line.decode().rstrip("\n"))

    def line(self):
        line = self.lines.get(timeout=PATIENCE)
        self.seen.append(line)
        return line

    def until(self, pattern):
        """Reads lines up to one that fits."""
        while True:
            try:
                line = self.line()
            except queue.Empty:
                line = None
            if line is None:
                sys.exit(f"{pattern!r} did not come, only {self.seen}\n" + "\n".join(self.errors))
            found = re.search(pattern, line)
            if found:
                return found

    def end(self):
        status = self.process.wait(PATIENCE)
        while self.line() is not None:
            pass
        self.seen.pop()
        self.reader_of_errors.join(PATIENCE)
        return status

    def stop(self):
        self.process.kill()
        self.process.wait()


def same(got, wanted):
    if got != wanted:
        raise SystemExit(f"wanted {wanted!r}, got {got!r}")


def patiently(check):
    """Waits until something holds."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            found = check()
        except OSError:
            found = None
        if found:
            return found
        if time.monotonic() > until:
            raise SystemExit(f"{check.__name__} did not come to hold")
        time.sleep(0.02)


def listening(host, port):
    def is_listening():
        socket.create_connection((host, port), 1).close()
        return True
    patiently(is_listening)


def ask(port, method, path, body=None, headers={}, host="127.0.0.1"):
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    data = response.read()
    connection.close()
    return response.status, data, {name.lower(): value for name, value in response.getheaders()}


def ask_json(*arguments, **options):
    status, data, headers = ask(*arguments, **options)
    return status, json.loads(data) if data else None, headers


class Site(http.server.BaseHTTPRequestHandler):
    """A server of the world whose answers are in `routes`: path to a function of the request."""
    protocol_version = "HTTP/1.1"
    routes = {}

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        path = self.path.split("?")[0]
        route = self.routes.get(path) or self.routes.get("*")
        status, body, headers = route(self) if route else (404, b"", {})
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = do_HEAD = answer

    def log_message(self, *_):
        pass


def site(host, port, routes, certificate=None):
    """Serves until the script ends, or the server is shut down."""
    handler = type("Handler", (Site,), {"routes": routes})
    server = http.server.ThreadingHTTPServer((host, port), handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def certificate():
    return os.environ["CERT"], os.environ["KEY"]


def web_server(vm, program):
    os.makedirs("static", exist_ok=True)
    with open("static/hello.txt", "w") as file:
        file.write("hello, file")
    with open("static/index.html", "w") as file:
        file.write("<p>index</p>")
    with open("secret.txt", "w") as file:
        file.write("secret")
    server = Program(vm, "run", program)
    server.until("Server running")
    listening("127.0.0.1", 8080)
    status, body, headers = ask(8080, "GET", "/")
    same((status, body, headers["content-type"]),
         (200, b"<h1>Welcome to Ruchy Server!</h1>", "text/html; charset=utf-8"))
    server.until(r"^GET / - 200 \(\d+(\.\d+)?ms\)$")
    status, users, headers = ask_json(8080, "GET", "/api/users")
    same((status, headers["content-type"]), (200, "application/json"))
    same([user["name"] for user in users], ["Alice", "Bob"])
    made = [ask_json(8080, "POST", "/api/users", json.dumps({"name": "Zoë"})) for _ in range(2)]
    for status, user, _ in made:
        same((status, user["name"]), (201, "Zoë"))
        assert re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d", user["created"]), user
    assert made[0][1]["id"] != made[1][1]["id"], made
    server.until("^Creating user: Zoë$")
    server.until(r"^POST /api/users - 201 \(")
    same(ask(8080, "POST", "/api/users", "{no json")[0], 400)
    server.until(r"^POST /api/users - 400 \(")
    # A body that is JSON and no map is the handler's error, and only this request's.
    same(ask(8080, "POST", "/api/users", "7")[0], 500)
    same(ask(8080, "GET", "/nothing")[0], 404)
    server.until(r"^GET /nothing - 404 \(")
    status, _, headers = ask(8080, "DELETE", "/api/users")
    same((status, headers["allow"]), (405, "GET, HEAD, OPTIONS, POST"))
    same(ask(8080, "HEAD", "/api/users")[:2], (200, b""))
    status, body, headers = ask(8080, "GET", "/public/hello.txt")
    same((status, body, headers["content-type"]), (200, b"hello, file", "text/plain; charset=utf-8"))
    server.until(r"^GET /public/hello.txt - 200 \(")
    same(ask(8080, "GET", "/public/")[1], b"<p>index</p>")
    same(ask(8080, "GET", "/public/hello.txt", headers={"If-None-Match": headers["etag"]})[0], 304)
    same(ask(8080, "GET", "/public/hello.txt", headers={"Range": "bytes=7-"})[:2], (206, b"file"))
    for way in ["/public/../secret.txt", "/public/%2e%2e/secret.txt", "/public/..%2fsecret.txt", "/public/nosuch"]:
        assert ask(8080, "GET", way)[0] in (400, 404), way
    many_at_once()
    server.stop()


def many_at_once():
    """Fifty clients that keep their connections."""
    failed = []

    def client():
        connection = http.client.HTTPConnection("127.0.0.1", 8080, timeout=PATIENCE)
        for _ in range(20):
            connection.request("GET", "/api/users")
            response = connection.getresponse()
            if response.status != 200 or len(json.loads(response.read())) != 2:
                failed.append(response.status)
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    same(failed, [])


def tcp(vm, server_program, client_program):
    server = Program(vm, "run", server_program)
    server.until("^Server listening on port 9000$")
    clients = [socket.create_connection(("127.0.0.1", 9000), PATIENCE) for _ in range(3)]
    for number, client in enumerate(clients):
        host, port = client.getsockname()
        server.until(f"^Client connected: {host}:{port}$")
        client.sendall(b"one %d\r\ntwo\n" % number)
    for number, client in enumerate(clients):
        same(client.makefile().readline(), f"Echo: one {number}\n")
        client.shutdown(socket.SHUT_WR)
        # Nobody closes it in the text: its fiber's end does.
        while client.recv(1000):
            pass
    for _ in clients:
        server.until("^Client disconnected$")
    client = Program(vm, "run", client_program)
    client.until("^Server replied: Echo: Hello, server!$")
    same(client.end(), 0)
    busy = Program(vm, "run", server_program)
    same(busy.end(), 1)
    assert any("9000" in line and "in use" in line for line in busy.errors), busy.errors
    server.stop()


def http_client(vm, program):
    asked = []
    big = os.urandom(3 << 20)

    def data(request):
        asked.append((request.path, dict(request.headers)))
        if request.headers.get("Authorization") is None:
            return 200, b'{"items": [1, 2, 3]}', {}
        if os.path.exists("busy"):
            return 503, b"busy", {}
        return 200, b'{"rows": "all"}', {}

    def users(request):
        asked.append((request.command, request.headers["Content-Type"], json.loads(request.body)))
        return 201, b"{}", {}

    routes = {"/data": data, "/users": users, "/big-file.zip": lambda _: (200, big, {})}
    site("127.0.0.1", 443, routes, certificate())
    client = Program(vm, "run", program)
    same(client.end(), 0)
    same(client.seen[0], "Got 3 items")
    same(client.seen[1], "processed all")
    progress = re.findall(r"\rDownloading: ([0-9.]+)%", client.seen[2])
    same(progress[-1], "100.0")
    same(progress, sorted(progress, key=float))
    with open("downloads/file.zip", "rb") as file:
        assert file.read() == big
    same(asked[1], ("POST", "application/json", {"name": "Alice", "email": "alice@example.com"}))
    path, headers = asked[2]
    same((path, headers["Authorization"], headers["User-Agent"]),
         ("/data?page=1&limit=100", "Bearer secret-token", "Ruchy/1.0"))
    open("busy", "w").close()
    client = Program(vm, "run", program)
    same(client.end(), 0)
    same(client.seen[1], "Error: 503 - busy")
    # A certificate that nobody has signed is refused.
    unaware = {name: value for name, value in os.environ.items() if name != "SSL_CERT_FILE"}
    client = Program(vm, "run", program, env=unaware)
    same(client.end(), 1)
    assert any("certificate" in line for line in client.errors), client.errors


async def message(socket):
    return json.loads(await asyncio.wait_for(socket.recv(), PATIENCE))


def websocket(vm, program):
    import websockets
    both = Program(vm, "run", program)
    own = both.until("^WebSocket connected: (.+)$")[1]
    both.until("^Connected to server$")
    both.until("^Received: Hello, server!$")
    said = json.loads(both.until("^Server says: (.+)$")[1])
    same(said, {"type": "chat", "user": own, "message": "Hello, server!"})

    async def others():
        async with websockets.connect("ws://localhost:8081") as first:
            first_id = both.until("^WebSocket connected: (.+)$")[1]
            async with websockets.connect("ws://localhost:8081") as second:
                second_id = both.until("^WebSocket connected: (.+)$")[1]
                same(len({own, first_id, second_id}), 3)
                await first.send("to all")
                wanted = {"type": "chat", "user": first_id, "message": "to all"}
                same([await message(first), await message(second)], [wanted, wanted])
                both.until('^Server says: .*"to all"')
            both.until(f"^WebSocket disconnected: {second_id}$")
        both.until(f"^WebSocket disconnected: {first_id}$")

    asyncio.run(others())
    both.stop()


def token(user):
    """A token as the helpers of the block check it."""
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    text = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps({"id": user}).encode())
    return (text + b"." + part(hmac.new(b"only for this test", text, "sha256").digest())).decode()


def rest_api(vm, program):
    server = Program(vm, "run", program)
    server.until("API server running")
    listening("127.0.0.1", 3000)
    alice, bob = ({"Authorization": "Bearer " + token(user)} for user in (1, 2))
    post = json.dumps({"title": "first", "body": "'); DROP TABLE posts; --"})
    same(ask_json(3000, "POST", "/api/posts", post)[:2], (401, {"error": "Unauthorized"}))
    same(ask_json(3000, "POST", "/api/posts", post, {"Authorization": "Bearer forged"})[0], 401)
    status, made, headers = ask_json(3000, "POST", "/api/posts", post, alice)
    same((status, made["title"], made["author_id"]), (201, "first", 1))
    same(headers["access-control-allow-origin"], "*")
    same(ask_json(3000, "GET", f"/api/posts/{made['id']}")[1]["body"], "'); DROP TABLE posts; --")
    same(ask_json(3000, "GET", "/api/posts/999")[:2], (404, {"error": "Post not found"}))
    for number in range(14):
        ask_json(3000, "POST", "/api/posts", json.dumps({"title": f"more {number}"}), alice)
    page = ask_json(3000, "GET", "/api/posts?page=2&limit=10")[1]
    same((page["page"], page["total"], len(page["posts"])), (2, 15, 5))
    path, change = f"/api/posts/{made['id']}", json.dumps({"title": "changed"})
    same(ask_json(3000, "PUT", path, change, bob)[:2], (403, {"error": "Forbidden"}))
    same(ask_json(3000, "PUT", path, change, alice)[1]["title"], "changed")
    same(ask_json(3000, "DELETE", path, None, bob)[0], 403)
    same(ask(3000, "DELETE", path, None, alice)[:2], (204, b""))
    same(ask_json(3000, "GET", path)[0], 404)
    status, told, headers = ask_json(3000, "POST", "/api/posts", "{", alice)
    same((status, told["error"], headers["access-control-allow-origin"]), (500, "Internal server error", "*"))
    status, _, headers = ask(3000, "OPTIONS", "/api/posts")
    same((status, headers["access-control-allow-methods"]), (204, "GET, POST, PUT, DELETE"))
    server.stop()


def chat(vm, program):
    import websockets
    server = Program(vm, "run", program)
    server.until("Chat server running")
    listening("127.0.0.1", 8080)

    async def client():
        socket = await websockets.connect("ws://localhost:8080")
        welcome = await message(socket)
        same(welcome["type"], "welcome")
        assert "/help" in welcome["message"] and welcome["user_id"], welcome
        return socket

    async def join(socket, name, room):
        await socket.send(json.dumps({"type": "join", "name": name, "room": room}))

    async def play():
        alice, bob, carol = await client(), await client(), await client()
        await join(alice, "alice", "tea")
        same((await message(alice))["user"], "alice")
        same(await message(alice), {"type": "history", "messages": []})
        await alice.send(json.dumps({"type": "message", "text": "first"}))
        said = await message(alice)
        same((said["type"], said["user"], said["text"]), ("message", "alice", "first"))
        assert said["time"], said
        await join(bob, "bob", "tea")
        for one in (alice, bob):
            joined = await message(one)
            same((joined["type"], joined["user"]), ("user_joined", "bob"))
        history = await message(bob)
        same((history["type"], [old["text"] for old in history["messages"]]), ("history", ["first"]))
        await join(carol, "carol", "coffee")
        same((await message(carol))["user"], "carol")
        same((await message(carol))["messages"], [])
        # Rooms are apart, and typing is not told to who types.
        await bob.send(json.dumps({"type": "typing"}))
        same(await message(alice), {"type": "typing", "user": "bob"})
        await bob.send(json.dumps({"type": "no such type"}))
        await bob.send(json.dumps({"type": "message", "text": "after typing"}))
        same((await message(bob))["text"], "after typing")
        same((await message(alice))["text"], "after typing")
        await carol.send(json.dumps({"type": "private", "to": "alice", "text": "psst"}))
        private = await message(alice)
        same((private["type"], private["from"], private["text"]), ("private", "carol", "psst"))
        await carol.send(json.dumps({"type": "private", "to": "nobody", "text": "lost"}))
        # What is no JSON is an error of this message only.
        await carol.send("{")
        await carol.send(json.dumps({"type": "message", "text": "only coffee"}))
        same((await message(carol))["text"], "only coffee")
        await bob.close()
        left = await message(alice)
        same((left["type"], left["user"]), ("user_left", "bob"))
        await alice.send(json.dumps({"type": "message", "text": "alone"}))
        same((await message(alice))["text"], "alone")
        await alice.close()
        await carol.close()

    asyncio.run(play())
    server.stop()


def listeners(*ports):
    made = []
    for port in ports:
        one = socket.create_server(("127.0.0.1", port))
        made.append(one)

        def accept(one=one):
            while True:
                one.accept()[0].close()
        threading.Thread(target=accept, daemon=True).start()
    return made


def scanner(vm, program):
    listeners(22, 80, 443, 3306, 6000)

    def scan(*answers):
        run = subprocess.run([vm, "run", program], input="\n".join(answers) + "\n", text=True, capture_output=True,
                             timeout=120)
        same((run.returncode, run.stderr), (0, ""))
        return run.stdout

    quick = scan("127.0.0.1", "quick")
    assert "Scanning 9 ports on 127.0.0.1..." in quick, quick
    same(re.findall(r"Port +(\d+) open - (\w+)", quick),
         [("22", "SSH"), ("80", "HTTP"), ("443", "HTTPS"), ("3306", "MySQL")])
    assert "Found 4 open ports" in quick, quick
    assert quick.endswith("   22 - SSH\n   80 - HTTP\n  443 - HTTPS\n 3306 - MySQL\n"), quick
    # By name; a range leaves out its end.
    custom = scan("localhost", "custom", "440-443")
    assert "Scanning 3 ports on localhost..." in custom and "Found 0 open ports" in custom, custom
    full = scan("127.0.0.1", "full")
    assert re.search(r"Scan complete in \d+\.\ds\nFound 5 open ports", full), full
    assert " 6000 - Unknown" in full, full
    # One that does not exist has no open port.
    assert "Found 0 open ports" in scan("no.such.host.invalid", "other")


def token(user):
    """A token as the block's helpers verify it."""
    def part(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=")
    text = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps({"id": user}).encode())
    return "Bearer " + (text + b"." + part(hmac.digest(b"only for this test", text, "sha256"))).decode()


def rest_api(vm, program):
    server = Program(vm, "run", program)
    server.until("API server running")
    listening("127.0.0.1", 3000)
    alice, bob = {"Authorization": token(1)}, {"Authorization": token(2)}
    status, page, headers = ask_json(3000, "GET", "/api/posts")
    same((status, page), (200, {"posts": [], "page": 1, "total": 0}))
    same(headers["access-control-allow-origin"], "*")
    same(headers["access-control-allow-methods"], "GET, POST, PUT, DELETE")
    for wrong in ({}, {"Authorization": "Bearer x.y.z"}, {"Authorization": alice["Authorization"][:-2]}):
        status, answer, headers = ask_json(3000, "POST", "/api/posts", "{}", wrong)
        same((status, answer), (401, {"error": "Unauthorized"}))
        same(headers["access-control-allow-origin"], "*")
    for number in range(1, 26):
        title = f"post {number}: it's \"quoted\" ü; DROP TABLE posts --"
        status, post, _ = ask_json(3000, "POST", "/api/posts", json.dumps({"title": title, "body": "text"}), alice)
        same((status, post["id"], post["title"], post["author_id"]), (201, number, title, 1))
        assert re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d", post["created_at"]), post
        same(post["updated_at"], None)
    status, page, _ = ask_json(3000, "GET", "/api/posts")
    same((status, len(page["posts"]), page["page"], page["total"]), (200, 10, 1, 25))
    pages = [ask_json(3000, "GET", f"/api/posts?page={number}&limit=7")[1] for number in (1, 2, 3, 4, 5)]
    same([len(page["posts"]) for page in pages], [7, 7, 7, 4, 0])
    same(sorted(post["id"] for page in pages for post in page["posts"]), list(range(1, 26)))
    status, post, _ = ask_json(3000, "GET", "/api/posts/7")
    same((status, post["id"]), (200, 7))
    for nothing in ("999", "seven", "7%20OR%201=1", "'%20OR%20''='", "7;DROP%20TABLE%20posts"):
        status, answer, _ = ask_json(3000, "GET", "/api/posts/" + nothing)
        same((nothing, status, answer), (nothing, 404, {"error": "Post not found"}))
    status, answer, _ = ask_json(3000, "PUT", "/api/posts/7", json.dumps({"title": "mine now"}), bob)
    same((status, answer), (403, {"error": "Forbidden"}))
    same(ask_json(3000, "PUT", "/api/posts/7", "{}")[0], 401)
    status, post, _ = ask_json(3000, "PUT", "/api/posts/7", json.dumps({"title": "better"}), alice)
    same((status, post["title"], post["body"], post["author_id"]), (200, "better", "text", 1))
    assert post["updated_at"], post
    same(ask_json(3000, "DELETE", "/api/posts/7", headers=bob)[:2], (403, {"error": "Forbidden"}))
    same(ask(3000, "DELETE", "/api/posts/7", headers=alice)[:2], (204, b""))
    same(ask(3000, "GET", "/api/posts/7")[0], 404)
    # Names come from outside too: those that are no columns are refused before they are part of a statement.
    for names in ({"title = '' --": 1}, {"title\") VALUES (1); DROP TABLE posts; --": 1}, {"nosuch": 1}):
        status, answer, headers = ask_json(3000, "POST", "/api/posts", json.dumps(names), alice)
        same((status, answer["error"]), (500, "Internal server error"))
        assert "has no column" in answer["message"], answer
        same(headers["access-control-allow-origin"], "*")
    for body in ("{no json", json.dumps({"title": {"a": []}})):
        same(ask_json(3000, "POST", "/api/posts", body, alice)[0], 500)
    same(ask_json(3000, "PUT", "/api/posts/999", "{}", alice)[0], 500)
    same(ask(3000, "GET", "/api/nothing")[0], 404)
    same(ask_json(3000, "GET", "/api/posts")[1]["total"], 24)
    # Everything is in the file, as another program sees it.
    server.stop()
    import sqlite3
    found = sqlite3.connect("data.db").execute("SELECT COUNT(*), MIN(title LIKE 'post%') FROM posts").fetchone()
    same(found, (24, 1))


def load_balancer(vm, program):
    hosts = {"server1": "127.0.0.2", "server2": "127.0.0.3", "server3": "127.0.0.4"}
    asked = []

    def backend(name):
        def answer(request):
            asked.append((name, request.command, request.path, dict(request.headers), request.body))
            return 200, name.encode() + b" " + request.body, {"X-Backend": name, "Connection": "close"}
        routes = {"/health": lambda _: (200, b"", {}), "*": answer, "/wrong": lambda _: (418, b"\x00\xff", {})}
        return site(hosts[name], 8080, routes)

    servers = {name: backend(name) for name in hosts}
    balancer = Program(vm, "run", program)
    balancer.until("Load balancer running on port 80")
    balancer.until("^Backends: 3$")
    for name in hosts:
        balancer.until(f"^Health check http://{name}:8080: âœ“$")

    def used(count):
        return [ask(80, "GET", "/page")[2].get("x-backend") for _ in range(count)]

    same(sorted(set(used(6))), sorted(hosts))
    status, body, headers = ask(80, "POST", "/form", b"bytes \x00\xff", {"X-Mark": "kept"})
    name, command, path, sent, received = asked[-1]
    same((status, command, path, received, sent["X-Mark"]), (200, "POST", "/form", b"bytes \x00\xff", "kept"))
    same(sent["Host"], f"{name}:8080")
    same(body, name.encode() + b" bytes \x00\xff")
    same(ask(80, "DELETE", "/wrong")[:2], (418, b"\x00\xff"))
    servers["server2"].shutdown()
    servers["server2"].server_close()
    balancer.until("^Health check http://server2:8080: âœ—$")
    same(sorted(set(used(8))), ["server1", "server3"])
    servers["server2"] = backend("server2")
    balancer.until("^Health check http://server2:8080: âœ“$")
    same(sorted(set(used(9))), sorted(hosts))
    for server in servers.values():
        server.shutdown()
        server.server_close()
    for name in hosts:
        balancer.until(f"^Health check http://{name}:8080: âœ—$")
    same(ask(80, "GET", "/page")[0], 500)
    balancer.stop()


def protocol(vm, program):
    listener = socket.create_server(("127.0.0.1", 7000))
    peer = Program(vm, "run", program)
    client = listener.accept()[0]
    head = client.recv(4, socket.MSG_WAITALL)
    text = client.recv(struct.unpack(">I", head)[0], socket.MSG_WAITALL)
    packet = json.loads(text)
    same((packet["version"], packet["type"], packet["data"]), (1, "greeting", {"name": "Zoë"}))
    assert abs(packet["timestamp"] - time.time() * 1000) < 60_000, packet
    answer = json.dumps({"type": "answer", "data": "ü" * 40_000}, ensure_ascii=False).encode()
    whole = struct.pack(">I", len(answer)) + answer
    # In pieces, as a network brings them.
    for start in range(0, len(whole), 1000):
        client.sendall(whole[start:start + 1000])
    peer.until("^answer 40000$")
    # A packet that breaks off is an error, not half of a packet.
    client.sendall(struct.pack(">I", 100) + b"short")
    client.close()
    peer.until("^broken off: (closed|end)$")
    same(peer.end(), 0)


def monitor(vm, program):
    run = Program(vm, "run", program)
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("0.0.0.0", 0))

    def talk():
        while run.process.poll() is None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.setsockopt(socket.SOL_SOCKET, 25, b"eth0\0")
                sender.sendto(b"12345", ("10.1.2.2", 5353))
            with socket.socket() as client:
                client.setblocking(False)
                client.connect_ex(("10.1.2.2", 8000))
                time.sleep(0.2)

    threading.Thread(target=talk, daemon=True).start()
    run.until(r"^UDP: 10\.1\.2\.1 -> 10\.1\.2\.2 \(\d+ bytes\)$")
    run.until(r"^TCP: 10\.1\.2\.1:\d+ -> 10\.1\.2\.2:8000$")
    run.stop()


def session(vm, *_):
    """What the session needs from the world; another program types it."""
    site("127.0.0.1", 443, {"/city/london": lambda _: (200, b'{"temp": 12.5}', {})}, certificate())
    typed = subprocess.run(
        [sys.executable, os.environ["TERMINAL"], vm, "repl"], input=open(os.environ["STEPS"], "rb").read(),
        capture_output=True, timeout=120)
    sys.stdout.buffer.write(typed.stdout)
    same((typed.returncode, typed.stderr), (0, b""))


globals()[sys.argv[1]](*sys.argv[2:])
