"""Prints what the suite says of each side, and fails if a case is not in order or not closed cleanly."""
import collections
import json
import os
import sys

wrong = 0
for path in sys.argv[1:]:
    cases = json.load(open(path))["Sentra"]
    results = collections.Counter(case["behavior"] for case in cases.values())
    closes = collections.Counter(case["behaviorClose"] for case in cases.values())
    unclean = []
    for number, case in sorted(cases.items()):
        report = json.load(open(os.path.join(os.path.dirname(path), case["reportfile"])))
        if not report["wasClean"]:
            unclean.append(number)
        fine = ("OK", "INFORMATIONAL")
        if case["behavior"] not in fine or case["behaviorClose"] not in fine or not report["wasClean"]:
            wrong += 1
            print(number, case["behavior"], case["behaviorClose"], report["wasNotCleanReason"])
    name = os.path.basename(os.path.dirname(path))
    print(f"Sentra as {name}: {len(cases)} cases, {dict(results)}, closing {dict(closes)}, {len(unclean)} unclean")
sys.exit(wrong > 0)
