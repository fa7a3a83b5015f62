# Errors raised and caught: through several calls, with `finally`, raised again, and errors of the machine itself.


class CodeError(Exception):
    def __init__(self, code):
        self.code = code


class FiveError(Exception):
    pass


cleaned = 0


def check(n):
    if n % 3 == 0:
        raise CodeError(n)
    if n % 5 == 0:
        raise FiveError
    return n


def guarded(n):
    global cleaned
    try:
        return check(n)
    finally:
        cleaned += 1


def deep(n, depth):
    if depth == 0:
        return guarded(n)
    return deep(n, depth - 1) + 1


def rethrow(n):
    try:
        return deep(n, 3)
    except FiveError:
        raise CodeError(5)
    except CodeError:
        raise


def fault(values, n):
    try:
        return values[n]["size"]
    except TypeError:
        return -1


def main():
    total = 0
    caught = 0
    for i in range(600000):
        try:
            total += rethrow(i)
        except CodeError as e:
            caught += 1
            total += e.code % 100
    print(total, caught, cleaned)

    values = [{"size": 1}, None, {"size": 2}]
    faults = 0
    for i in range(400000):
        faults += fault(values, i % 3)
    print(faults)


main()
