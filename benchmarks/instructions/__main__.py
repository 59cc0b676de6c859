"""Count how much work the hot paths are, and hold it against their budgets.

`python -m benchmarks.instructions` counts bytecodes of Python, which takes a second; with
`--callgrind` it counts instructions of the processor under valgrind, which takes minutes (`make
instructions`). `--write` makes what is counted the new budgets. Neither is a time: the same code
gives the same count on a busy machine.
"""

import argparse
import sys

from benchmarks.instructions.budgets import GUARDED, budgets, keep
from benchmarks.instructions.bytecodes import bytecodes
from benchmarks.instructions.callgrind import instructions


def main() -> None:
    """Count, print, and fail if a path is over its budget."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__)
    parser.add_argument("paths", nargs="*", metavar="PATH")
    parser.add_argument("--callgrind", action="store_true", help="count instructions")
    parser.add_argument("--write", action="store_true", help="make these the budgets")
    given = parser.parse_args()
    names: list[str] = given.paths or list(GUARDED)
    unit = "instructions" if given.callgrind else "bytecodes"
    counts = instructions(names) if given.callgrind else {name: bytecodes(name) for name in names}
    known, over = budgets(unit), list[str]()
    for name, count in counts.items():
        budget = known.counts.get(name) if known else None
        change = f"{count / budget - 1:+.1%}" if budget else "new"
        print(f"{name:<16}{count:>14,} {unit}  {change}")
        if known and budget and count > known.allowed(name):
            over.append(name)
    if given.write:
        keep(unit, counts)
    elif over:
        sys.exit(
            f"over budget: {', '.join(over)}. Where that is meant: "
            f"python -m benchmarks.instructions{' --callgrind' if given.callgrind else ''} --write"
        )


if __name__ == "__main__":
    main()
