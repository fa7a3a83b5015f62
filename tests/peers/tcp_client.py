"""Sends a text to a server and prints all that comes back: tcp_client.py PORT TEXT."""
import socket
import sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=20) as peer:
    peer.sendall(sys.argv[2].encode())
    peer.shutdown(socket.SHUT_WR)
    while data := peer.recv(4096):
        sys.stdout.write(data.decode())
