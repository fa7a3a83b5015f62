# Whole-number arithmetic in a while loop: the longest Collatz chain.


def main():
    best = 0
    longest = 0
    start = 1
    while start < 150000:
        n = start
        steps = 0
        while n != 1:
            if n % 2 == 0:
                n = n // 2
            else:
                n = 3 * n + 1
            steps += 1
        if steps > longest:
            longest = steps
            best = start
        start += 1
    print(best, longest)


main()
