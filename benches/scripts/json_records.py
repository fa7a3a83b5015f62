# JSON: records encoded to text and decoded again.
import json


def make_record(i):
    return {
        "id": i,
        "name": f"host-{i}.example.com",
        "score": i + 0.5,
        "active": i % 3 == 0,
        "note": 'line one\nline "two"\ttab',
        "owner": None,
        "tags": ["alpha", "beta", f"tag{i % 10}"],
        "address": {"ip": f"10.0.{i % 256}.1", "port": 8000 + i % 100, "open": [22, 80, 443]},
    }


def main():
    records = [make_record(i) for i in range(500)]
    length = 0
    total = 0
    for round in range(60):
        text = json.dumps({"round": round, "records": records}, separators=(",", ":"))
        length += len(text)
        decoded = json.loads(text)
        for record in decoded["records"]:
            total += (record["id"] + record["score"] + record["address"]["port"]
                      + len(record["tags"]) + len(record["note"]))
            if record["active"]:
                total += 1
    print(length, int(total))


main()
