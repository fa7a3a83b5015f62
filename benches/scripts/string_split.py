# Text taken apart and put together: lines, fields, trimming, replacing, joining.

rows = []
for i in range(4000):
    rows.append(f"{i}, host-{i % 97}.example.com ,{i * 7919 % 65536},open;closed;filtered")
TEXT = "\n".join(rows)


def scan(text):
    ports = 0
    states = 0
    names = []
    for line in text.split("\n"):
        fields = line.split(",")
        name = fields[1].strip()
        ports += int(fields[2])
        states += len(fields[3].split(";"))
        names.append(name.upper())
    return ports, states, len(" ".join(names))


total = 0
for _ in range(30):
    ports, states, length = scan(TEXT)
    total += ports + states * length
print(total)

words = 0
for _ in range(30):
    words += len(TEXT.replace("example", "test"))
    words += len(TEXT.split("."))
    words += len(list(TEXT))
print(words)
