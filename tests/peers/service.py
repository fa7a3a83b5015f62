"""A service to make requests to: JSON, users that are taken, a file. Says its port and each request that it gets."""
import http.server
import json
from urllib.parse import parse_qs, urlsplit

FILE = bytes(range(256)) * 8192


class Service(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        print(self.command, self.path, self.headers.get("Authorization"), self.headers.get("User-Agent"), flush=True)
        if parts.path == "/data":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self.give(200, json.dumps({"items": [1, 2, 3], "asked": asked}).encode())
        elif parts.path == "/users" and self.command == "POST":
            self.give(201, json.dumps({"id": 1, **json.loads(body)}).encode())
        elif parts.path == "/file":
            self.give(200, FILE)
        else:
            self.give(404, b"{}")

    def give(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
print("port", server.server_address[1], flush=True)
server.serve_forever()
