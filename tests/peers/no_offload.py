"""Has an interface finish its frames itself: checksums that it leaves to a card are wrong for whoever passes them on.

no_offload.py INTERFACE...
"""
import array, fcntl, socket, struct, sys

SIOCETHTOOL = 0x8946
# Checksums of what is received and sent, segmentation.
COMMANDS = [0x15, 0x17, 0x1F, 0x24, 0x2C]

with socket.socket() as any_socket:
    for name in sys.argv[1:]:
        for command in COMMANDS:
            value = array.array("I", [command, 0])
            request = struct.pack("16sP", name.encode(), value.buffer_info()[0]).ljust(40, b"\0")
            try:
                fcntl.ioctl(any_socket, SIOCETHTOOL, request)
            except OSError:
                pass  # It has nothing of the kind.
