"""Reads the corpus and whole programs with the tree-sitter grammar, as editors do.

Arguments: the folder of the grammar, the library built from it, folders of programs.
"""

import ctypes
import hashlib
import pathlib
import re
import sys

from tree_sitter import Language, Parser, Query

grammar, library, *folders = map(pathlib.Path, sys.argv[1:])

written = (grammar / "src/generated-from").read_text().split()[0]
current = hashlib.sha256((grammar / "grammar.js").read_bytes()).hexdigest()
assert written == current, "src/parser.c is not made from this grammar.js: run `./generate`"

symbol = ctypes.CDLL(str(library)).tree_sitter_sentra
symbol.restype = ctypes.c_void_p
capsule = ctypes.pythonapi.PyCapsule_New
capsule.restype = ctypes.py_object
capsule.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)
language = Language(capsule(symbol(), b"tree_sitter.Language", None))
parser = Parser(language)


def shape(node):
    """The tree without field names, as the corpus has it."""
    children = "".join(" " + shape(child) for child in node.named_children)
    return f"({node.type}{children})"


cases = 0
for path in sorted((grammar / "test/corpus").glob("*.txt")):
    parts = re.split(r"^=+\n(.*)\n=+\n", path.read_text(), flags=re.M)[1:]
    for name, body in zip(parts[::2], parts[1::2]):
        source, wanted = body.split("\n---\n")
        tree = shape(parser.parse(source.strip("\n").encode() + b"\n").root_node)
        wanted = re.sub(r"\s+", " ", wanted).strip().replace("( ", "(").replace(" )", ")")
        assert tree == wanted, f"{path.name}: {name}:\n{tree}\n{wanted}"
        cases += 1

highlights = Query(language, (grammar / "queries/highlights.scm").read_text())
Query(language, (grammar / "queries/folds.scm").read_text())
assert highlights.capture_count > 20

programs = 0
for folder in folders:
    for path in sorted(folder.glob("*.sn")):
        source = path.read_bytes()
        assert not parser.parse(source).root_node.has_error, f"{path} is not read whole"
        # What is being written may be wrong, and must come to an end.
        for end in range(0, len(source), len(source) // 7 + 1):
            parser.parse(source[:end])
        programs += 1
assert cases > 15 and programs > 40
print(f"the grammar reads {cases} cases and {programs} programs")
