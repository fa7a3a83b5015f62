"""Resets connections to a server of tests/programs/http_server.sn at any point of requests and responses."""
import socket
import struct
import sys

port = int(sys.argv[1])
REQUESTS = [
    b"GET /slow?ms=20 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"GET /events?stay=1 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /large?tens=200000 HTTP/1.1\r\nHost: a\r\n\r\n",
]


def connection():
    stream = socket.create_connection(("127.0.0.1", port), timeout=30)
    # Closing resets.
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return stream


for request in REQUESTS:
    for cut in range(len(request) + 1):
        stream = connection()
        stream.sendall(request[:cut])
        stream.close()
    for read in [1, 16, 100, 200, 300, 1000, 10000]:
        if read > 250 and b"large" not in request and b"events" not in request:
            continue
        stream = connection()
        stream.sendall(request)
        got = 0
        while got < read:
            piece = stream.recv(read - got)
            if not piece:
                break
            got += len(piece)
            if b"slow" in request or b"echo" in request:
                break
        stream.close()
print("done")
