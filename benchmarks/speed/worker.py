"""Serve measurements of one client: `python -m benchmarks.speed.worker <client> <server>`.

A JSON object per line on standard input names an operation and its options; its figures, or why
there are none, come per line on standard output. It ends with standard input.
"""

import json
import os
import sys
from importlib import import_module

from benchmarks.speed.operations import Bench


def main() -> None:
    """Answer until standard input ends."""
    # What a client prints must not be taken for figures.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    name, server = sys.argv[1:]
    bench = Bench(import_module(f"benchmarks.speed.clients.{name}"), server)
    for line in sys.stdin:
        options = json.loads(line)
        try:
            told = {"figures": getattr(bench, options.pop("operation"))(**options)}
        except Exception as error:  # noqa: BLE001 - whatever a client raises is told
            told = {"error": f"{type(error).__name__}: {error}"[:1000]}
        print(json.dumps(told), file=answers, flush=True)


if __name__ == "__main__":
    main()
