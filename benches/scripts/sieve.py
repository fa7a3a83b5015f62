# Array reads and writes: the sieve of Eratosthenes.


def count_primes(limit):
    composite = []
    for _ in range(limit + 1):
        composite.append(False)
    count = 0
    for n in range(2, limit + 1):
        if not composite[n]:
            count += 1
            for m in range(n * n, limit + 1, n):
                composite[m] = True
    return count


for round in range(4):
    print(count_primes(2000000 + round))
