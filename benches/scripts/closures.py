# Functions as values: captured variables, composed functions, map, filter and reduce with lambdas.
from functools import reduce


def make_counter(step):
    value = 0

    def counter():
        nonlocal value
        value += step
        return value

    return counter


def compose(f, g):
    return lambda x: f(g(x))


def add(n):
    return lambda x: x + n


def main():
    counters = []
    for step in range(1, 11):
        counters.append(make_counter(step))
    total = 0
    for _ in range(300000):
        for counter in counters:
            total = (total + counter()) % 1000003
    print(total)

    chain = add(0)
    for n in range(1, 21):
        chain = compose(add(n), chain)
    total = 0
    for i in range(80000):
        total += chain(i)
    print(total)

    numbers = list(range(1000))
    result = 0
    for round in range(800):
        squares = list(map(lambda x: x * x + round, numbers))
        even = list(filter(lambda x: x % 2 == 0, squares))
        result = (result + reduce(lambda a, b: a + b, even, 0)) % 1000003
    print(result)


main()
