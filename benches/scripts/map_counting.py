# Dictionaries with string keys and with number keys: counting words.

seed = 7


def random_below(n):
    global seed
    seed = seed * 16807 % 2147483647
    return seed % n


def count_words(words):
    counts = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts


def count_lengths(words):
    lengths = {}
    for word in words:
        n = len(word)
        if n in lengths:
            lengths[n] += 1
        else:
            lengths[n] = 1
    return lengths


def main():
    words = []
    for _ in range(200000):
        words.append("word" + str(random_below(1 + random_below(6000))))

    checksum = 0
    for _ in range(12):
        counts = count_words(words)
        lengths = count_lengths(words)
        for word, n in counts.items():
            checksum = (checksum + n * n * len(word)) % 1000003
        for length, n in lengths.items():
            checksum = (checksum + n * length) % 1000003
    print(checksum)

    counts = count_words(words)
    ranked = sorted(counts)
    print(len(ranked), ranked[0], counts[ranked[0]], ranked[-1])


main()
