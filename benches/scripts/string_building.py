# Strings that grow piece by piece, by concatenation in a loop.


def digits(count):
    text = ""
    for i in range(count):
        text += str(i % 10)
    return text


def table(rows):
    text = ""
    for i in range(rows):
        text += f"row {i}: {i * i};"
    return text


def report(rows):
    text = "<ul>"
    for i in range(rows):
        text += f"<li id={i:05}>{i % 7} of {rows}</li>"
    return text + "</ul>"


length = 0
for round in range(3):
    length += len(digits(50000 + round))
    length += len(table(12000 + round))
    length += len(report(10000 + round))
print(length)
print(report(500).count("<li"), digits(25), table(3))
