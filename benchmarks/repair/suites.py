"""Suites that ask something else: what is JSON, and what other libraries would have guessed."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.repair.cases import Case, Verdict, rows
from benchmarks.repair.outcome import Answer, same
from unillm.errors import UnillmError
from unillm.repair import repair_json

LIBRARIES = ("json_repair_cases", "jsonrepair_js_cases")
ANSWERS = ("as it is", "changed and told", "changed and not told", "refused")
"""What becomes of a text of the suite of what is JSON."""


def json_suite() -> list[Case]:
    """Return the cases of `json_test_suite`: valid ones, invalid ones, and those left open."""
    verdicts: dict[str, Verdict] = {"accept": "valid", "reject": "refuse", "either": "either"}
    return [
        Case(
            corpus="json_test_suite",
            kind=row["expect"],
            name=row["id"],
            text=row["input"],
            truth=None,
            verdict=verdicts[row["expect"]],
        )
        for row in rows("json_test_suite")
    ]


def kept(case: Case, answer: Answer) -> str:
    """Return what became of a text: one of `ANSWERS`."""
    if answer.error is not None:
        return "refused"
    if answer.edits:
        return "changed and told"
    try:
        whole = json.loads(case.text)
    except (ValueError, RecursionError):
        return "changed and not told"
    return "as it is" if same(answer.value, whole) else "changed and not told"


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a library's own suite expects, and what unillm does.

    Attributes:
        corpus: The suite.
        name: The case.
        text: What is broken.
        theirs: The value they expect, as JSON; empty if they raise.
        ours: The value we give, as JSON; empty if we refuse.
        kind: ``agree``, ``we refuse``, ``we differ`` or ``they refuse``.
        why: The reason of a refusal without its particulars, or the rules that were used.
    """

    corpus: str
    name: str
    text: str
    theirs: str
    ours: str
    kind: str
    why: str


_PARTICULAR = re.compile(r"'[^']*'|\"[^\"]*\"|\[.*\]|\{.*\}|\b(?:True|False|None)\b|\d[\d.]*")


def opinions(corpus: str) -> Iterator[Opinion]:
    """Compare unillm with what a library's own suite expects."""
    for row in rows(corpus):
        raises = row["raises"] is not None
        theirs = "" if raises else json.dumps(row["expected"], ensure_ascii=False)
        ours = ""
        try:
            done = repair_json(row["input"], row.get("schema"))
        except UnillmError as error:
            kind = "agree" if raises else "we refuse"
            why = _PARTICULAR.sub("…", getattr(error, "reason", str(error)))
        else:
            ours = json.dumps(done.value, ensure_ascii=False)
            alike = not raises and same(done.value, row["expected"])
            kind = "they refuse" if raises else "agree" if alike else "we differ"
            why = " + ".join(sorted({edit.rule for edit in done.edits})) or "left as it is"
        yield Opinion(corpus, row["id"], row["input"], theirs, ours, kind, why)


def told(found: Sequence[Opinion]) -> list[dict[str, Any]]:
    """Return what is kept of them: all but the many that agree."""
    return [asdict(each) for each in found if each.kind != "agree"]
