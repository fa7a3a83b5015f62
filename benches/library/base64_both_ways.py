# 100 MB as base64 and back.

import base64
import sys

with open(sys.argv[1], "rb") as file:
    data = file.read()
text = base64.b64encode(data).decode("ascii")
print(len(text), text[1000000:1000040])
print(str(base64.b64decode(text) == data).lower())
