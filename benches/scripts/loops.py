# Loops over whole numbers: counted and conditional.


def main():
    total = 0
    for i in range(3000):
        for j in range(2000):
            if (i + j) % 3 == 0:
                total += i * j % 7
            else:
                total -= j & 3
    print(total)

    checksum = 1
    for i in range(1, 8000001):
        checksum = (checksum * 31 + i) % 1000003
    print(checksum)

    a, b = 1, 0
    steps = 0
    while steps < 5000000:
        s = a + b
        if s >= 1000003:
            s -= 1000003
        b = a
        a = s
        steps += 1
    print(a, b)


main()
