"""What `import unillm` costs beside `import openai`: `.venv/bin/python benchmarks/import_cost.py`.

CPU time (user + system) of a new interpreter that imports one module and ends. Rounds are
interleaved, and the best of each counts: on a busy machine noise only adds.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROUNDS = 10
NOTHING = "sys"


def cpu_seconds(
    code: str, *, python: str | Path = sys.executable, env: Mapping[str, str] | None = None
) -> float:
    """Run code in a new interpreter and give the CPU seconds that it took."""
    child = subprocess.Popen([str(python), "-c", code], env=env)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{python} -c {code!r} failed with exit status {child.returncode}")
    return usage.ru_utime + usage.ru_stime


def measure(modules: Sequence[str], rounds: int = ROUNDS) -> dict[str, float]:
    """Give the least CPU seconds of each module over interleaved rounds.

    One round more runs first and is thrown away: it fills caches and writes bytecode.
    """
    best = dict.fromkeys(modules, float("inf"))
    for attempt in range(rounds + 1):
        for module in modules:
            seconds = cpu_seconds(f"import {module}")
            if attempt:
                best[module] = min(best[module], seconds)
    return best


def main() -> None:
    """Print the cost of each import, and their ratio with and without the bare interpreter."""
    cost = measure([NOTHING, "unillm", "openai"])
    bare, ours, theirs = (cost[name] for name in (NOTHING, "unillm", "openai"))
    print(f"CPU ms of a new interpreter, best of {ROUNDS}")
    print(f"  nothing        {bare * 1000:7.1f}")
    print(f"  import unillm  {ours * 1000:7.1f}")
    print(f"  import openai  {theirs * 1000:7.1f}")
    print(f"ratio            {ours / theirs:7.2f}")
    print(f"ratio of imports {(ours - bare) / (theirs - bare):7.2f}   (without the interpreter)")


if __name__ == "__main__":
    main()
