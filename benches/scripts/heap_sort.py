# Array reads and writes by computed index: heap sort of random fractions.


def sift_down(a, start, to):
    root = start
    value = a[root]
    while True:
        child = 2 * root + 1
        if child > to:
            break
        if child < to and a[child] < a[child + 1]:
            child += 1
        if a[child] <= value:
            break
        a[root] = a[child]
        root = child
    a[root] = value


def heap_sort(a):
    last = len(a) - 1
    for root in range((last - 1) // 2, -1, -1):
        sift_down(a, root, last)
    for end in range(last, 0, -1):
        a[0], a[end] = a[end], a[0]
        sift_down(a, 0, end - 1)


def main():
    numbers = []
    seed = 42
    for _ in range(400000):
        seed = seed * 16807 % 2147483647
        numbers.append(seed / 2147483647)
    heap_sort(numbers)
    for i in range(1, len(numbers)):
        assert numbers[i - 1] <= numbers[i]
    print(f"{numbers[0]:.9f} {numbers[200000]:.9f} {numbers[-1]:.9f}")


main()
