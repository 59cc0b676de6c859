"""Calls to break: a schema and arguments that satisfy it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.repair.cases import folder, rows

OWN = Path(__file__).parent / "pairs.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One call.

    Attributes:
        name: What it is called, for people.
        tool: The name of the tool.
        schema: What the arguments must satisfy.
        arguments: What was meant.
    """

    name: str
    tool: str
    schema: dict[str, Any]
    arguments: dict[str, Any]


def own() -> list[Pair]:
    """Return the calls that are kept here: nested, with code, quotes, paths, patterns."""
    data = json.loads(OWN.read_text(encoding="utf-8"))
    return [
        Pair(name=f"{tool}#{at}", tool=tool, schema=each["schema"], arguments=arguments)
        for tool, each in data.items()
        for at, arguments in enumerate(each["arguments"])
    ]


def of_corpora() -> Iterator[Pair]:
    """Give each call of the corpora once; none without the corpora."""
    if folder() is None:
        return
    seen: set[str] = set()
    for corpus in ("mutated_calls", "mutated_code"):
        for row in rows(corpus):
            # The arguments of some kinds are not those of the pair any more.
            key = json.dumps([row["name"], row["truth"]])
            if row["verdict"] == "refuse" or not isinstance(row["truth"], dict) or key in seen:
                continue
            # A key that nobody declared may be one that was broken and fits all the same.
            if not row["truth"].keys() <= row["schema"].get("properties", {}).keys():
                continue
            seen.add(key)
            yield Pair(
                name=row["pair"], tool=row["name"], schema=row["schema"], arguments=row["truth"]
            )


def pairs() -> list[Pair]:
    """Return all calls, these here first."""
    return [*own(), *of_corpora()]
