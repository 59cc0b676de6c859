"""Compare what repairs JSON, side by side."""

import argparse
from collections.abc import Sequence
from importlib import import_module

from benchmarks.repair.cases import CORPORA, Case
from benchmarks.repair.measurement import asked
from benchmarks.repair.mutations import generated
from benchmarks.repair.outcome import Answer
from benchmarks.repair.play import play
from benchmarks.repair.show import examples, summary


def here(cases: Sequence[Case]) -> list[Answer]:
    """Give the cases to unillm in this process."""
    module = import_module("benchmarks.repair.engines.unillm")
    return [Answer(**told) for told in play(module, asked(cases))]


def main() -> None:
    """Show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repair", description=__doc__)
    parser.add_argument("--only", default="unillm", choices=["unillm"])
    parser.add_argument("--corpus", action="append", choices=list(CORPORA))
    parser.add_argument("--generated", action="store_true", help="cases made with --seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--show",
        nargs="*",
        metavar="KIND",
        help="print what did not come out right, of these kinds or of all",
    )
    parser.add_argument("--each", type=int, default=3, help="examples of a kind and an outcome")
    parser.add_argument("--width", type=int, default=400, help="characters of an example's line")
    given = parser.parse_args()
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


if __name__ == "__main__":
    main()
