"""Listens on many ports: many_ports.py tcp PORT... udp PORT... It answers datagrams with what they hold and a dot."""
import select, socket, sys, resource

resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
kind, sockets, kept = None, {}, []
for word in sys.argv[1:]:
    if word in ("tcp", "udp"):
        kind = word
        continue
    family = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    one = socket.socket(socket.AF_INET, family)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("0.0.0.0", int(word)))
    if kind == "tcp":
        one.listen(128)
    sockets[one] = kind
print("ready", flush=True)
while True:
    for one in select.select(list(sockets), [], [])[0]:
        if sockets[one] == "tcp":
            one.accept()[0].close()
        else:
            data, sender = one.recvfrom(65536)
            one.sendto(data + b".", sender)
