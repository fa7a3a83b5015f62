# Counts the words of 50 MB of text and shows the most frequent.

import sys

counts = {}
with open(sys.argv[1], encoding="utf-8") as file:
    for line in file:
        for word in line.split():
            counts[word] = counts.get(word, 0) + 1
ranked = sorted(counts.items(), key=lambda pair: -pair[1])
print(len(ranked))
for word, count in ranked[:10]:
    print(word, count)
