# Sorts 200,000 records by a function that compares two of them, three times from the same disorder.

from functools import cmp_to_key

seed = 7


def next_number():
    global seed
    seed = seed * 16807 % 2147483647
    return seed


records = []
for i in range(200000):
    records.append({"id": i, "group": i % 10, "size": next_number()})


def compare(a, b):
    return a["size"] - b["size"] if a["group"] == b["group"] else a["group"] - b["group"]


for _ in range(3):
    ordered = sorted(records, key=cmp_to_key(compare))
    print(ordered[0]["id"], ordered[100000]["id"], ordered[-1]["id"])
