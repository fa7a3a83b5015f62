"""A server that begins TLS in the middle of a conversation: PROTOCOL CERT KEY, on a free port, the first line of output."""
import socket
import ssl
import sys
import threading

SCRIPTS = {
    "smtp": [b"220 ready\r\n", b"EHLO", b"250-hello\r\n250 STARTTLS\r\n", b"STARTTLS", b"220 go\r\n"],
    "imap": [b"* OK ready\r\n", b"a STARTTLS", b"a OK go\r\n"],
    "pop3": [b"+OK ready\r\n", b"STLS", b"+OK go\r\n"],
    "ftp": [b"220 ready\r\n", b"AUTH TLS", b"234 go\r\n"],
    "postgres": [b"", b"\x00\x00\x00\x08\x04\xd2\x16\x2f", b"S"],
    "xmpp": [b"", b"<?xml", b"<stream:stream><stream:features><starttls/></stream:features>", b"<starttls", b"<proceed/>"],
}
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
listener = socket.create_server(("127.0.0.1", 0), backlog=100)
print(listener.getsockname()[1], flush=True)


def serve(peer):
    with peer:
        try:
            script = iter(SCRIPTS[sys.argv[1]])
            peer.sendall(next(script))
            for wanted in script:
                if not peer.recv(4096).startswith(wanted):
                    return
                peer.sendall(next(script))
            context.wrap_socket(peer, server_side=True).close()
        except OSError:
            pass


while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
