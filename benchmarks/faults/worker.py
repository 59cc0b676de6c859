"""Serve one client: a case per line on standard input, its outcome per line on standard output.

`python -m benchmarks.faults.worker <client> <distribution>…`; the first line out names versions.
"""

import json
import os
import sys
from dataclasses import asdict
from importlib import import_module, metadata

from benchmarks.faults.outcome import Case, Run, attempt


def main() -> None:
    """Answer until standard input ends."""
    # What a client prints must not be taken for an outcome.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    name, *distributions = sys.argv[1:]
    run: Run = import_module(f"benchmarks.faults.clients.{name}").run
    versions = {each: metadata.version(each) for each in distributions}
    print(json.dumps(versions), file=answers, flush=True)
    for line in sys.stdin:
        outcome = attempt(run, Case(**json.loads(line)))
        print(json.dumps(asdict(outcome), default=str), file=answers, flush=True)


if __name__ == "__main__":
    main()
