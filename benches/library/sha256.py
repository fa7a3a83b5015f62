# The SHA-256 of 100 MB.

import hashlib
import sys

with open(sys.argv[1], "rb") as file:
    print(hashlib.sha256(file.read()).hexdigest())
