# Small arrays, indexed and swapped: the pancake flips of all permutations.


def fannkuch(n):
    start = list(range(n))
    work = list(range(n))
    count = [0] * n
    max_flips = 0
    checksum = 0
    even = True
    r = n
    while True:
        while r != 1:
            count[r - 1] = r
            r -= 1
        for i in range(n):
            work[i] = start[i]
        flips = 0
        top = work[0]
        while top != 0:
            i = 0
            j = top
            while i < j:
                work[i], work[j] = work[j], work[i]
                i += 1
                j -= 1
            flips += 1
            top = work[0]
        if flips > max_flips:
            max_flips = flips
        checksum += flips if even else -flips
        while True:
            if r == n:
                return checksum, max_flips
            first = start[0]
            for i in range(r):
                start[i] = start[i + 1]
            start[r] = first
            count[r] -= 1
            if count[r] > 0:
                break
            r += 1
        even = not even


for n in range(7, 10):
    checksum, flips = fannkuch(n)
    print(n, checksum, flips)
