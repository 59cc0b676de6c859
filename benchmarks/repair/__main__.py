"""Compare what repairs JSON, side by side."""

import argparse
from collections.abc import Sequence
from importlib import import_module

from benchmarks.repair.cases import CORPORA, Case
from benchmarks.repair.outcome import Answer
from benchmarks.repair.play import play
from benchmarks.repair.show import examples, summary


def answers(cases: Sequence[Case], engine: str) -> list[Answer]:
    """Give the cases to one engine."""
    module = import_module(f"benchmarks.repair.engines.{engine}")
    asked = (
        {
            "text": case.text,
            "schema": case.schema,
            "schema_id": str(id(case.schema)),
            "finish_reason": case.finish_reason,
        }
        for case in cases
    )
    return [Answer(**told) for told in play(module, asked)]


def main() -> None:
    """Show."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.repair", description=__doc__)
    parser.add_argument("--only", default="unillm", choices=["unillm"])
    parser.add_argument("--corpus", action="append", choices=list(CORPORA))
    parser.add_argument(
        "--show",
        nargs="*",
        metavar="KIND",
        help="print what did not come out right, of these kinds or of all",
    )
    parser.add_argument("--each", type=int, default=3, help="examples of a kind and an outcome")
    parser.add_argument("--width", type=int, default=400, help="characters of an example's line")
    given = parser.parse_args()
    cases = [case for name in given.corpus or CORPORA for case in CORPORA[name]()]
    if given.show:
        cases = [case for case in cases if case.kind in given.show]
    judged = list(zip(cases, answers(cases, given.only), strict=True))
    for each in examples(judged, each=given.each, width=given.width):
        print(each)
    print(summary(judged))


if __name__ == "__main__":
    main()
