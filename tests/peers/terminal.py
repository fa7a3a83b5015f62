"""Plays a terminal: terminal.py PROGRAM ARGUMENT...

Standard input holds pairs of texts, all separated by NUL: what to wait for on the screen, and what to type then.
What was on the screen before the last typing does not count. All that was shown goes to standard output.
"""
import os
import pty
import re
import select
import sys
import time

TEXTS = sys.stdin.buffer.read().split(b"\0")
STEPS = list(zip(TEXTS[0::2], TEXTS[1::2]))
CONTROLS = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r")


def read(terminal, seconds):
    """What comes within some time; empty when nothing does, none at the end."""
    ready, _, _ = select.select([terminal], [], [], seconds)
    if not ready:
        return b""
    try:
        return os.read(terminal, 65536) or None
    except OSError:
        return None


def wait_for(terminal, text):
    seen = b""
    until = time.monotonic() + 15
    while not (text and text in CONTROLS.sub(b"", seen)):
        part = read(terminal, 0.3)
        if part is None or time.monotonic() > until:
            sys.exit("%r did not come, only %r" % (text, seen))
        if not part and not text:
            break
        seen += part
    # A program that has shown its prompt may still be setting up the terminal.
    while part := read(terminal, 0.1):
        seen += part
    return seen


process, terminal = pty.fork()
if process == 0:
    os.execv(sys.argv[1], sys.argv[1:])
for wait, typing in STEPS:
    sys.stdout.buffer.write(wait_for(terminal, wait))
    sys.stdout.buffer.flush()
    os.write(terminal, typing)
while (part := read(terminal, 10)) is not None:
    sys.stdout.buffer.write(part)
    if not part:
        sys.exit("the program does not end")
_, status = os.waitpid(process, 0)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(status))
