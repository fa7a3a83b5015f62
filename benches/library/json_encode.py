# Makes 20 MB of JSON from records, three times.

import json

records = []
for i in range(100000):
    records.append({
        "id": i,
        "name": "host" + str(i) + ".example.net",
        "tags": ["alpha", "beta", "tag " + str(i % 100)],
        "active": i % 3 == 0,
        "load": i / 8 if i % 8 else i // 8,
        "address": {"street": "Street " + str(i % 1000), "city": "A \"quoted\" city\n", "zip": 10000 + i % 90000},
        "note": None,
    })
for _ in range(3):
    print(len(json.dumps(records, separators=(",", ":"))))
