# Values handed from generator to generator: a chain of filters that leaves no multiples of the first primes.


def generate(limit):
    for n in range(2, limit + 1):
        yield n


def filter_multiples(source, prime):
    for n in source:
        if n % prime != 0:
            yield n


def survivors(limit, filters):
    source = generate(limit)
    total = 0
    for _ in range(filters):
        prime = next(source)
        total += prime
        source = filter_multiples(source, prime)
    count = 0
    for n in source:
        count += 1
        total = (total + n) % 1000003
    return count, total


count, total = survivors(300000, 50)
print(count, total)
