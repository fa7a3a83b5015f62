"""What Python makes of the files in a folder, line by line as tests/programs/codes.sn writes it."""
import base64
import gzip
import hashlib
import hmac
import html
import ipaddress
import os
import sys
import urllib.parse
import zlib

folder = sys.argv[1]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def show(*values):
    text = {True: "true", False: "false"}
    print(*(text.get(value, value) if isinstance(value, bool) else value for value in values))


def lines(name):
    with open(os.path.join(folder, name), encoding="utf-8") as file:
        return file.read().splitlines()


sys.stdout.reconfigure(encoding="utf-8")
for name in sorted(name for name in os.listdir(folder) if name.endswith(".data")):
    with open(os.path.join(folder, name), "rb") as file:
        data = file.read()
    show(name, len(data))
    for algorithm in ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]:
        show(algorithm, hashlib.new(algorithm, data).hexdigest(), True)
    key = data[:150]
    show(*(hmac.new(key, data, algorithm).hexdigest() for algorithm in ["sha1", "sha256", "sha384", "sha512"]))
    url = base64.urlsafe_b64encode(data).rstrip(b"=")
    show(sha256(base64.b64encode(data)), sha256(url), sha256(data.hex().encode()), zlib.crc32(data))
    show(sha256(urllib.parse.quote(data, safe="").encode()), sha256(urllib.parse.quote_plus(data, safe="").encode()))
    show(True, True)
for line in lines("texts"):
    show(html.unescape(line))
for line in lines("addresses"):
    a = ipaddress.ip_address(line)
    inner = getattr(a, "ipv4_mapped", None) or a
    show(a.version, a, a.exploded, a.reverse_pointer, inner.is_loopback, inner.is_link_local, inner.is_multicast,
         inner.is_global and not inner.is_multicast, a.packed.hex())
for line in lines("networks"):
    n = ipaddress.ip_network(line, strict=False)
    ends = n.num_addresses <= 2
    first = n[0] if ends else n[1]
    last = n[-1] if ends or n.version == 6 else n[-2]
    hosts = []
    for host in n.hosts():
        hosts.append(str(host))
        if len(hosts) == 3:
            break
    show(n, n.network_address, n.netmask, n.hostmask, first, last, n.broadcast_address if n.version == 4 else "-",
         *hosts)
for line in lines("links"):
    show(urllib.parse.urljoin("http://a/b/c/d;p?q", line))
for line in lines("queries"):
    values = urllib.parse.parse_qs(line, keep_blank_values=True)
    for key in sorted(values):
        show(key, "|".join(values[key]))
for name in sorted(name for name in os.listdir(folder) if name.endswith(".sentra.gz")):
    path = os.path.join(folder, name)
    with gzip.open(path) as file, open(path.removesuffix(".sentra.gz"), "rb") as plain:
        assert file.read() == plain.read(), name
