"""Serve one engine: a case per line on standard input, what came of it on standard output.

`python -m benchmarks.repair.worker <engine> <distribution>…`; the first line out names versions.
"""

import json
import os
import sys
from importlib import import_module, metadata

from benchmarks.repair.play import play


def main() -> None:
    """Answer until standard input ends."""
    # What an engine prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    name, *distributions = sys.argv[1:]
    module = import_module(f"benchmarks.repair.engines.{name}")
    versions = {each: metadata.version(each) for each in distributions}
    print(json.dumps(versions), file=answers)
    for told in play(module, map(json.loads, sys.stdin)):
        print(json.dumps(told, default=str), file=answers)


if __name__ == "__main__":
    main()
