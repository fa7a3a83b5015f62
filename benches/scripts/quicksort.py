# Recursion over one shared array: quicksort of random whole numbers.


def quicksort(a, low, high):
    pivot = a[(low + high) // 2]
    i = low
    j = high
    while i <= j:
        while a[i] < pivot:
            i += 1
        while a[j] > pivot:
            j -= 1
        if i <= j:
            a[i], a[j] = a[j], a[i]
            i += 1
            j -= 1
    if low < j:
        quicksort(a, low, j)
    if i < high:
        quicksort(a, i, high)


seed = 42


def random_number():
    global seed
    seed = seed * 16807 % 2147483647
    return seed


def main():
    numbers = []
    for _ in range(500000):
        numbers.append(random_number())
    quicksort(numbers, 0, len(numbers) - 1)

    checksum = 0
    for i, n in enumerate(numbers):
        if i > 0 and numbers[i - 1] > n:
            raise AssertionError("not sorted")
        checksum = (checksum * 31 + n) % 1000003
    print(checksum)


main()
