# Replaces in 50 MB of text: a character by more, a word by another, and what is not there.

import sys

with open(sys.argv[1], encoding="utf-8", newline="") as file:
    text = file.read()
wide = text.replace("\n", "\r\n")
print(len(wide), wide.index("\r\n"))
other = text.replace("an", "and on")
print(len(other), other.count("and on"))
print(len(text.replace("nowhere in it", "")))
print(len(text.upper()), str("AND ON" in text.upper()).lower())
