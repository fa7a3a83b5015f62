"""A server with faults that no library has any more: CERT KEY FAULTS... on a free port, the first line of output.

It speaks as much of SSL 2.0 and TLS 1.2 as a scan needs: heartbleed, robot, crime, ssl2, freak, old (no extensions).
"""
import base64
import socket
import struct
import sys
import threading

from tlslite.api import parsePEMKey

faults = set(sys.argv[3:])
with open(sys.argv[1]) as file:
    der = base64.b64decode("".join(file.read().split("-----")[2].split()))
with open(sys.argv[2]) as file:
    key = parsePEMKey(file.read(), private=True)

RSA, EXPORT = 0x002F, 0x0003


def vector(size, content):
    return len(content).to_bytes(size, "big") + content


def message(kind, content):
    return bytes([kind]) + vector(3, content)


def record(kind, content):
    return bytes([kind, 3, 3]) + vector(2, content)


def alert(code):
    return record(21, bytes([2, code]))


def exactly(peer, count):
    data = b""
    while len(data) < count:
        piece = peer.recv(count - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def read_record(peer):
    kind, _, length = struct.unpack(">BHH", exactly(peer, 5))
    return kind, exactly(peer, length)


def choose(hello):
    """The suite and the extensions for a ClientHello of TLS 1.2; nothing refuses it."""
    version, at = hello[4:6], 6 + 32
    at += 1 + hello[at]
    length = int.from_bytes(hello[at:at + 2], "big")
    suites = {int.from_bytes(hello[n:n + 2], "big") for n in range(at + 2, at + 2 + length, 2)}
    known = [suite for suite in ([EXPORT] if "freak" in faults else []) + [RSA] if suite in suites]
    if version != b"\x03\x03" or not known or b"\x00\x2b\x00\x03\x02\x03\x04" in hello:
        return None
    compression = hello[at + 2 + length:][1:1 + hello[at + 2 + length]]
    heartbeat = b"\x00\x0f\x00\x01\x01" if "heartbleed" in faults and b"\x00\x0f\x00\x01\x01" in hello else b""
    extensions = b"" if "old" in faults else b"\xff\x01\x00\x01\x00" + heartbeat
    return known[-1], 1 if "crime" in faults and 1 in compression else 0, extensions


def flight(suite, compression, extensions):
    hello = b"\x03\x03" + bytes(32) + b"\x00" + struct.pack(">HB", suite, compression)
    out = message(2, hello + (vector(2, extensions) if extensions else b""))
    out += message(11, vector(3, vector(3, der)))
    if suite == EXPORT:
        out += message(12, vector(2, b"\xc5" * 64) + vector(2, b"\x01\x00\x01") + vector(2, bytes(256)))
    return record(22, out + message(14, b""))


def padding_is_good(encrypted):
    size = (key.n.bit_length() + 7) // 8
    block = pow(int.from_bytes(encrypted, "big"), key.d, key.n).to_bytes(size, "big")
    return block[:2] == b"\x00\x02" and block[-49] == 0 and 0 not in block[2:-49]


def serve(peer):
    first = exactly(peer, 2)
    if first[0] & 0x80:
        if "ssl2" in faults:
            exactly(peer, (first[0] & 0x7F) << 8 | first[1])
            ciphers = b"\x01\x00\x80\x02\x00\x80\x07\x00\xc0"
            body = b"\x04\x00\x01\x00\x02" + struct.pack(">HHH", len(der), len(ciphers), 16) + der + ciphers + bytes(16)
            peer.sendall(struct.pack(">H", 0x8000 | len(body)) + body)
        return
    hello = exactly(peer, int.from_bytes(exactly(peer, 3)[1:], "big"))
    chosen = choose(hello)
    if chosen is None:
        return peer.sendall(alert(40))
    peer.sendall(flight(*chosen))
    good = True
    while True:
        kind, content = read_record(peer)
        if kind == 24 and "heartbleed" in faults:
            length = int.from_bytes(content[1:3], "big")
            peer.sendall(record(24, b"\x02" + vector(2, content[3:3 + length]) + bytes(16)))
        elif kind == 22 and content[0] == 16:
            good = padding_is_good(content[6:])
        elif kind == 22:
            # Finished: a server that is not to be asked says the same either way.
            return peer.sendall(alert(20 if good or "robot" not in faults else 47))
        elif kind == 21:
            return peer.sendall(alert(0))


def guarded(peer):
    with peer:
        try:
            serve(peer)
        except (EOFError, OSError):
            pass


listener = socket.create_server(("127.0.0.1", 0), backlog=100)
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=guarded, args=(listener.accept()[0],), daemon=True).start()
