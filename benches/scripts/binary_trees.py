# Allocation of small objects: trees that are built, walked and dropped while one long-lived tree stays.


class Node:
    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left = left
        self.right = right


def bottom_up(depth):
    if depth == 0:
        return Node(None, None)
    return Node(bottom_up(depth - 1), bottom_up(depth - 1))


def check(tree):
    if tree.left is None:
        return 1
    return 1 + check(tree.left) + check(tree.right)


MAX_DEPTH = 15

long_lived = bottom_up(MAX_DEPTH)
for depth in range(4, MAX_DEPTH + 1, 4):
    iterations = 1 << (MAX_DEPTH - depth + 4)
    total = 0
    for _ in range(iterations):
        total += check(bottom_up(depth))
    print(iterations, depth, total)
print(check(long_lived))
