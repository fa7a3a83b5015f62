# Arrays of arrays: the product of two square matrices.


def make_matrix(n, seed):
    rows = []
    for i in range(n):
        row = []
        for j in range(n):
            row.append((i * seed + j * 3) % 17 - 8)
        rows.append(row)
    return rows


def multiply(a, b, n):
    rows = []
    for i in range(n):
        row = []
        for j in range(n):
            total = 0
            for k in range(n):
                total += a[i][k] * b[k][j]
            row.append(total)
        rows.append(row)
    return rows


def main():
    n = 250
    product = multiply(make_matrix(n, 5), make_matrix(n, 7), n)
    checksum = 0
    for row in product:
        for value in row:
            checksum = (checksum * 31 + value + 100000) % 1000003
    print(checksum, product[0][0], product[n - 1][n - 1])


main()
