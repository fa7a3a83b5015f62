# Sorts a million whole numbers and a million fractions, each five times from the same disorder.

from math import floor

seed = 7


def next_number():
    global seed
    seed = seed * 16807 % 2147483647
    return seed


whole = []
fractions = []
for i in range(1000000):
    whole.append(next_number())
    fractions.append(next_number() / 2147483647 - 0.5)

for numbers in (whole, fractions):
    for _ in range(5):
        ordered = sorted(numbers)
    print(floor(ordered[0] * 1000000), floor(ordered[123456] * 1000000), floor(ordered[-1] * 1000000))
