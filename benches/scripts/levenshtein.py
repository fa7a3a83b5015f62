# Strings read byte by byte and rows of numbers: edit distances between random words.

seed = 11


def random_text(length):
    global seed
    text = ""
    for _ in range(length):
        seed = seed * 16807 % 2147483647
        text += "acgt"[seed % 4]
    return text


def distance(a, b):
    row = list(range(len(b) + 1))
    for i in range(1, len(a) + 1):
        diagonal = row[0]
        row[0] = i
        for j in range(1, len(b) + 1):
            cost = 0 if a[i - 1] == b[j - 1] else 1
            best = diagonal + cost
            diagonal = row[j]
            if diagonal + 1 < best:
                best = diagonal + 1
            if row[j - 1] + 1 < best:
                best = row[j - 1] + 1
            row[j] = best
    return row[len(b)]


total = 0
for round in range(20):
    total += distance(random_text(500 + round), random_text(520 - round))
print(total, distance("kitten", "sitting"))
