"""Answers every datagram with a text: udp_server.py PORT ANSWER COUNT."""
import socket
import sys

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind(("127.0.0.1", int(sys.argv[1])))
    print("listening on port", server.getsockname()[1], flush=True)
    for _ in range(int(sys.argv[3])):
        data, address = server.recvfrom(2048)
        print("received", data.decode(), flush=True)
        server.sendto(sys.argv[2].encode(), address)
