# Arithmetic with fractions in short functions and arrays: the spectral norm of an infinite matrix's corner.
from math import sqrt


def entry(i, j):
    return 1 / ((i + j) * (i + j + 1) / 2 + i + 1)


def times(v, n, out):
    for i in range(n):
        total = 0
        for j in range(n):
            total += entry(i, j) * v[j]
        out[i] = total


def times_transposed(v, n, out):
    for i in range(n):
        total = 0
        for j in range(n):
            total += entry(j, i) * v[j]
        out[i] = total


def spectral_norm(n):
    u = [1] * n
    v = [0] * n
    t = [0] * n
    for _ in range(10):
        times(u, n, t)
        times_transposed(t, n, v)
        times(v, n, t)
        times_transposed(t, n, u)
    uv = vv = 0
    for i in range(n):
        uv += u[i] * v[i]
        vv += v[i] * v[i]
    return sqrt(uv / vv)


print(f"{spectral_norm(420):.9f}")
