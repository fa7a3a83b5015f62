# Decodes 20 MB of JSON and looks at every record.

import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    records = json.loads(file.read())
total = 0
for record in records:
    total = (total + record["id"] + len(record["tags"]) * 3 + len(record["address"]["street"])
             + (1 if record["active"] else 0)) % 1000003
print(len(records), total, records[1000]["name"], records[-1]["note"])
