# Sorts 200,000 records by a number and by a name, three times each.

seed = 7


def next_number():
    global seed
    seed = seed * 16807 % 2147483647
    return seed


records = []
for i in range(200000):
    size = next_number()
    records.append({"id": i, "name": "host" + str(next_number()) + ".example.net", "size": size})

for _ in range(3):
    by_size = sorted(records, key=lambda r: r["size"])
    by_name = sorted(records, key=lambda r: r["name"])
    print(by_size[0]["id"], by_size[100000]["id"], by_name[0]["name"], by_name[100000]["id"], by_name[-1]["name"])
