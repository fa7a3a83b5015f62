# Splits 50 MB of text into lines and into words and joins them again.

import sys

with open(sys.argv[1], encoding="utf-8", newline="") as file:
    text = file.read()
lines = text.split("\n")
print(len(lines), lines[1000])
print(len("\r\n".join(lines)))
words = text.split(" ")
print(len(words), words[1000000])
print(len(", ".join(words)))
