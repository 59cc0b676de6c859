"""Compare what repairs JSON, side by side, and write the page: `make repair-bench`.

`python -m benchmarks.repair [--fresh] [--only NAME]… [--write]`: `--fresh` installs the latest
releases anew, `--only` measures these engines and keeps what is known of the others, `--write`
measures nothing and writes the page from `measured.json`. With `--show` it measures unillm alone,
writes nothing, and prints what did not come out right: of the corpora, or of cases made with
`--generated --seed N`. The corpora are where UNILLM_CORPORA points to.
"""

import argparse
import json
import platform
import re
import sys
from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from benchmarks.repair.cases import CORPORA, VARIABLE, Case, folder
from benchmarks.repair.figures import SEED, everything, summed
from benchmarks.repair.measurement import asked, measure
from benchmarks.repair.mutations import generated
from benchmarks.repair.outcome import Answer
from benchmarks.repair.pages import MEASURED, write
from benchmarks.repair.peers import PEERS
from benchmarks.repair.play import play
from benchmarks.repair.show import examples, summary
from benchmarks.repair.suites import LIBRARIES, opinions, told


def here(cases: Sequence[Case]) -> list[Answer]:
    """Give the cases to unillm in this process."""
    module = import_module("benchmarks.repair.engines.unillm")
    return [Answer(**each) for each in play(module, asked(cases))]


def show(given: Namespace) -> None:
    """Print what did not come out right."""
    if given.generated:
        cases = list(generated(given.seed))
    else:
        cases = [case for name in given.corpus or CORPORA for case in CORPORA[name]()]
    if given.show:
        cases = [case for case in cases if case.kind in given.show]
    judged = list(zip(cases, here(cases), strict=True))
    for each in examples(judged, each=given.each, width=given.width):
        print(each)
    print(summary(judged))


def measured(given: Namespace) -> dict[str, Any]:
    """Measure the engines, and return what is known of all."""
    known: dict[str, Any] = {"engines": {}, "left_out": {}}
    if given.only and MEASURED.exists():
        known = json.loads(MEASURED.read_text(encoding="utf-8"))
    cases = everything(SEED)
    for peer in PEERS:
        if given.only and peer.name not in given.only:
            continue
        known["left_out"].pop(peer.name, None)
        why = peer.prepare(fresh=given.fresh)
        if why:
            print(f"{peer.title} is left out: {why}", flush=True)
            known["left_out"][peer.name] = why
            known["engines"].pop(peer.name, None)
            continue
        versions, answers = measure(peer, cases)
        print(f"{peer.title} {versions}", flush=True)
        known["engines"][peer.name] = {
            "date": datetime.now(UTC).date().isoformat(),
            "python": platform.python_version(),
            "versions": versions,
            **summed(list(zip(cases, answers, strict=True))),
        }
    known["opinions"] = {}
    for corpus in LIBRARIES:
        found = list(opinions(corpus))
        known["opinions"][corpus] = {"cases": len(found), "told": told(found)}
    return known


def main() -> None:
    """Show, or install, measure and write."""
    names = [peer.name for peer in PEERS]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repair", description=__doc__)
    parser.add_argument("--fresh", action="store_true", help="install the latest releases anew")
    parser.add_argument("--only", action="append", choices=names)
    parser.add_argument("--write", action="store_true", help="measure nothing, write the page")
    parser.add_argument("--show", nargs="*", metavar="KIND", help="of all kinds, or of these")
    parser.add_argument("--corpus", action="append", choices=list(CORPORA))
    parser.add_argument("--generated", action="store_true", help="cases made with --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--each", type=int, default=3, help="examples of a kind and an outcome")
    parser.add_argument("--width", type=int, default=400, help="characters of an example's line")
    given = parser.parse_args()
    if given.show is not None or given.generated:
        show(given)
        return
    if not given.write:
        if folder() is None:
            sys.exit(f"Set {VARIABLE} to the folder of the corpora.")
        text = json.dumps(measured(given), indent=1, ensure_ascii=False)
        # Figures that belong together stand on one line.
        text = re.sub(r"\[[\d.,\s]+\]", lambda found: " ".join(found[0].split()), text)
        MEASURED.write_text(text + "\n", encoding="utf-8")
    print(f"written: {write()}")


if __name__ == "__main__":
    main()
