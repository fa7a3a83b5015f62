"""A server of tlslite-ng, which speaks what others have given up: CERT KEY MIN MAX CIPHERS... on a free port.

MIN and MAX are versions such as 3.0 (SSL 3.0) and 3.3 (TLS 1.2). The port is the first line of output.
"""
import socket
import sys
import threading

from tlslite.api import HandshakeSettings, TLSConnection, X509CertChain, parsePEMKey


def version(text):
    major, minor = text.split(".")
    return int(major), int(minor)


with open(sys.argv[1]) as cert, open(sys.argv[2]) as key:
    chain = X509CertChain()
    chain.parsePemList(cert.read())
    private = parsePEMKey(key.read(), private=True)

settings = HandshakeSettings()
settings.minVersion, settings.maxVersion = version(sys.argv[3]), version(sys.argv[4])
settings.versions = [v for v in settings.versions if settings.minVersion <= v <= settings.maxVersion] or [settings.maxVersion]
settings.cipherNames = sys.argv[5:]
settings.macNames = ["sha", "sha256", "sha384", "aead", "md5"]
settings.minKeySize = 512

listener = socket.create_server(("127.0.0.1", 0), backlog=100)
print(listener.getsockname()[1], flush=True)


def serve(peer):
    try:
        connection = TLSConnection(peer)
        connection.handshakeServer(certChain=chain, privateKey=private, settings=settings)
        connection.close()
    except Exception:
        pass
    finally:
        peer.close()


while True:
    peer, _ = listener.accept()
    threading.Thread(target=serve, args=(peer,), daemon=True).start()
