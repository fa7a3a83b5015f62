# Takes the fields of each line of a log of 50 MB and adds up what was sent by status.

import re
import sys

pattern = re.compile(r'^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) (\S+) [^"]*" ([0-9]{3}) ([0-9]+)')
sent = {}
last = ""
with open(sys.argv[1], encoding="utf-8") as file:
    for line in file:
        fields = pattern.match(line)
        if fields is None:
            continue
        status = fields[5]
        sent[status] = sent.get(status, 0) + int(fields[6])
        last = fields[4]
for status in sorted(sent):
    print(status, sent[status])
print(last)
