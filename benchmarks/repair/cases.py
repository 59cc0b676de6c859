"""The cases that engines are given: a broken text, what was meant, and what is right to do.

The engines run in environments of their own, so this file needs the standard library alone.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

VARIABLE = "UNILLM_CORPORA"
"""The environment variable that names the folder of the corpora."""

Verdict = Literal["recover", "refuse", "either", "valid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One text.

    Attributes:
        corpus: Where it comes from.
        kind: How it is broken.
        name: What it is called, for people.
        text: What the engine gets.
        truth: What was meant; nothing if there is no such value.
        verdict: What is right: to ``recover`` the truth, to ``refuse``, ``either`` of them, or
            to leave a ``valid`` text as it is.
        schema: What the value must satisfy; None: anything.
        finish_reason: Why the answer ended, as the server told it.
    """

    corpus: str
    kind: str
    name: str
    text: str
    truth: Any
    verdict: Verdict
    schema: dict[str, Any] | None = None
    finish_reason: str | None = None


def folder() -> Path | None:
    """Return the folder of the repair corpora, if the environment names one that is there."""
    given = os.environ.get(VARIABLE)
    found = Path(given) / "repair" if given else None
    return found if found is not None and found.is_dir() else None


def rows(corpus: str) -> Iterator[dict[str, Any]]:
    """Give the rows of one corpus.

    Raises:
        FileNotFoundError: There is no such corpus, or the environment names no folder.
    """
    home = folder()
    if home is None:
        raise FileNotFoundError(f"Set {VARIABLE} to the folder that has repair/{corpus}.jsonl.")
    with (home / f"{corpus}.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def mutated(corpus: str) -> list[Case]:
    """Return the cases of `mutated_calls` or `mutated_code`: real calls, broken by a program."""
    return [
        Case(
            corpus=corpus,
            kind=row["kind"],
            name=row["pair"],
            text=row["text"],
            truth=row["truth"],
            verdict="valid" if row["kind"] == "valid" else row["verdict"],
            schema=row["schema"],
            finish_reason=row["finish_reason"],
        )
        for row in rows(corpus)
    ]


def wild() -> list[Case]:
    """Return the arguments of `wild_cases`: as reported in public, neither leaked nor streamed.

    The one without a schema is left out: it is valid JSON for a tool that nobody declared, so it
    is refused where the tool is looked up.
    """
    return [
        Case(
            corpus="wild_cases",
            kind=row["kind"],
            name=row["id"],
            text=row["payload"],
            truth=row["expected"],
            verdict="refuse" if row["expected"] is None else "recover",
            schema=row["schema"],
        )
        for row in rows("wild_cases")
        if "schema" in row and not row.get("leaked") and not row["kind"].startswith("stream:")
    ]


CORPORA = {
    "mutated_calls": lambda: mutated("mutated_calls"),
    "mutated_code": lambda: mutated("mutated_code"),
    "wild_cases": wild,
}
