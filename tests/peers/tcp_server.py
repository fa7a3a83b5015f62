"""Accepts one client, reads once, answers: tcp_server.py PORT ANSWER. Prints its port and what it read."""
import socket
import sys

with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    print("listening on port", listener.getsockname()[1], flush=True)
    peer, _ = listener.accept()
    with peer:
        peer.settimeout(20)
        print("received", peer.recv(4096).decode(), flush=True)
        peer.sendall(sys.argv[2].encode())
