# Finds all errors and all paths of an interface in 50 MB of a log.

import re
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    text = file.read()
print(len(re.findall(" 50[0-9] ", text)))
paths = re.findall("/api/[a-z]+/[0-9]+", text)
print(len(paths), paths[1000])
