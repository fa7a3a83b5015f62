"""Connects COUNT times, sends a little and resets the connection: reset.py PORT COUNT."""
import socket
import struct
import sys

for _ in range(int(sys.argv[2])):
    peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20)
    peer.sendall(b"lost")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
print("reset")
