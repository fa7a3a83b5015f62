"""Random JSON documents: `make FOLDER` writes them, `compare FOLDER` looks at what came back."""

import json
import math
import random
import struct
import sys

TEXT = list('abc \t\n"\\/é€😀\u2028\0\x1f\x7f\uffff') + ["long text " * 5]


def number():
    kind = random.randrange(6)
    if kind == 0:
        return random.randrange(-10, 100)
    if kind == 1:
        return random.randrange(-(2**63), 2**63)
    if kind == 2:
        return round(random.uniform(-1000, 1000), random.randrange(6))
    if kind == 3:
        return random.choice([2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 0, -1])
    while True:
        double = struct.unpack("<d", random.randbytes(8))[0]
        if math.isfinite(double) and not (double.is_integer() and abs(double) < 2**64):
            return double


def text():
    return "".join(random.choices(TEXT, k=random.randrange(12)))


def value(depth):
    kind = random.randrange(8 if depth else 4)
    if kind == 0:
        return random.choice([None, True, False, [], {}, ""])
    if kind == 1:
        return text()
    if kind < 4:
        return number()
    if kind < 6:
        return [value(depth - 1) for _ in range(random.randrange(20))]
    return {text(): value(depth - 1) for _ in range(random.randrange(30))}


def same(a, b):
    if isinstance(a, dict) and isinstance(b, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, bool) or isinstance(b, bool) or a is None:
        return a is b
    if isinstance(a, float) or isinstance(b, float):
        # A large double may be written without a point, and Python then reads an integer.
        return float(a) == float(b)
    return a == b


def main(doing, folder):
    if doing == "make":
        random.seed(8259)
        with open(folder + "/documents", "w", encoding="utf-8", newline="\n") as file:
            for _ in range(1500):
                tight = random.choice([None, (",", ":"), (" , ", " :\t")])
                document = value(random.randrange(5))
                print(json.dumps(document, ensure_ascii=random.random() < 0.5, separators=tight), file=file)
        return
    with open(folder + "/documents", encoding="utf-8", newline="\n") as file:
        documents = [json.loads(line) for line in file.read().rstrip("\n").split("\n")]
    for name in ["plain", "indented"]:
        with open(folder + "/" + name, encoding="utf-8", newline="\n") as file:
            lines = file.read().split("\n")
        assert len(lines) == len(documents), (name, len(lines))
        for line, document in zip(lines, documents):
            back = json.loads(json.loads(line)) if name == "indented" else json.loads(line)
            assert same(back, document), f"{name}: {line}\n{json.dumps(document)}"


main(*sys.argv[1:])
