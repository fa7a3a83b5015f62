"""A name server on 127.0.0.1:53 that says each question: NAME TYPE, a line each, after `ready`.

What it answers is in the first label: `long` and `short` are addresses that last 300 seconds and one, `none` is no
name, and is that for 300 seconds, `both` has an address that nobody answers at and one of this machine, `only` is a
name under `right.example` only. Everything else is an address too.
"""
import socket
import struct

A, SOA, AAAA = 1, 6, 28


def record(kind, ttl, data):
    return b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def answer(question):
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1:at + 1 + question[at]].decode().lower())
        at += 1 + question[at]
    kind, = struct.unpack(">H", question[at + 1:at + 3])
    print(".".join(labels), {A: "A", AAAA: "AAAA"}.get(kind, kind), flush=True)
    here, code, found, authority = socket.inet_aton("127.0.0.1"), 0, [], []
    absent = labels[0] == "none" or labels[0] == "only" and labels[1:2] != ["right"]
    if absent:
        code = 3
        authority = [record(SOA, 300, b"\x00\x00" + struct.pack(">IIIII", 1, 2, 3, 4, 300))]
    elif kind == A:
        found = [record(A, 1 if labels[0] == "short" else 300, here)]
    elif kind == AAAA and labels[0] == "both":
        found = [record(AAAA, 300, socket.inet_pton(socket.AF_INET6, "fd00:5::2"))]
    head = question[:2] + bytes([0x85, 0x80 | code]) + struct.pack(">HHHH", 1, len(found), len(authority), 0)
    return head + question[12:at + 5] + b"".join(found + authority)


server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
print("ready", flush=True)
while True:
    data, peer = server.recvfrom(4096)
    server.sendto(answer(data), peer)
