"""Holds COUNT connections open at once and talks over each, twice: many.py PORT COUNT.

Between the rounds it prints `open` and waits for a line.
"""
import resource
import socket
import sys

port, count = int(sys.argv[1]), int(sys.argv[2])
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 100), hard))


def talk(peers):
    for number, peer in enumerate(peers):
        peer.sendall(b"message %d" % number)
    for number, peer in enumerate(peers):
        wanted = b"message %d" % number
        got = b""
        while len(got) < len(wanted):
            part = peer.recv(100)
            assert part, "closed by the server"
            got += part
        assert got == wanted, got


peers = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(count)]
talk(peers)
print("open", flush=True)
sys.stdin.readline()
talk(peers)
for peer in peers:
    peer.close()
print("closed", flush=True)
