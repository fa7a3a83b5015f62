# Backtracking: the ways to place queens that do not attack each other.


def safe(columns, row, column):
    for other in range(row):
        distance = columns[other] - column
        if distance == 0 or distance == row - other or distance == other - row:
            return False
    return True


def place(columns, row, size):
    if row == size:
        return 1
    ways = 0
    for column in range(size):
        if safe(columns, row, column):
            columns[row] = column
            ways += place(columns, row + 1, size)
    return ways


for size in range(6, 12):
    print(size, place([0] * size, 0, size))
