"""Count what is rescued of tool calls that leaked into text.

    UNILLM_CORPORA=... python benchmarks/repair/leaks.py [--formats none|named] [--show KIND]

Where a case has no tools, those it expects to be called are declared, with any arguments.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import sys
from pathlib import Path
from typing import Any

from unillm.errors import InvalidRequestError
from unillm.repair import Rescued, rescue_tool_calls

WITHOUT_MARKER = {"pythonic", "llama4_pythonic", "xlam", "llama3_json", "json"}
"""Formats of the corpus that the scanner must be told of; the others it finds by itself."""

WILD = {"pythonic_comma": "pythonic"}


def cases(folder: Path, name: str) -> list[dict[str, Any]]:
    """Read one corpus."""
    text = (folder / "repair" / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def wild(folder: Path) -> list[dict[str, Any]]:
    """Read the leaked calls that were reported in public."""
    return [case for case in cases(folder, "wild_cases.jsonl") if case.get("leaked")]


def text_of(case: dict[str, Any]) -> str:
    """Return the text of a case of either corpus."""
    return case["text"] if "text" in case else case["payload"]


def expected(case: dict[str, Any]) -> tuple[str, list[dict[str, Any]] | None]:
    """Return the group of a case and the calls it expects; None if it does not say."""
    if "payload" in case:
        return "wild", (case["expected"] or {"calls": []})["calls"]
    calls = case["expected_calls"]
    if case["complete"]:
        return ("complete, calls" if calls else "complete, no call"), calls
    if case.get("oracle_calls"):
        return "of an oracle", case["oracle_calls"]
    says = calls and all("name" in call and "raw_arguments" not in call for call in calls)
    return "said in part", calls if says else None


def tools_of(case: dict[str, Any], calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the tools of a case, or such as it expects to be called."""
    tools = case.get("tools")
    if tools:
        return tools
    return [{"name": name} for name in {call["name"] for call in calls if "name" in call}]


def rescue(text: str, tools: list[dict[str, Any]], named: str | None) -> Rescued | None:
    """Rescue with all formats and one that has to be named; None if the tools are not valid."""
    formats = None if named is None else ["marked", named]
    try:
        return rescue_tool_calls(text, tools, formats)
    except InvalidRequestError:
        return None


def fits(value: Any, subset: list[Any]) -> bool:
    """Tell whether arguments hold what a case says of them."""
    for path, wanted in subset:
        inner = value
        for step in path:
            inner = inner.get(step) if isinstance(inner, dict) else None
        if json.dumps(inner) != json.dumps(wanted):
            return False
    return True


def verdict(found: Rescued | None, calls: list[dict[str, Any]]) -> str:
    """Compare what was rescued with what was expected."""
    if found is None:
        return "bad schema"
    if not calls:
        return "exact" if not found.calls else "WRONG"
    if not found.calls:
        return "none"
    if len(found.calls) != len(calls):
        return "fewer" if len(found.calls) < len(calls) else "WRONG"
    for got, want in zip(found.calls, calls, strict=True):
        same = "arguments" not in want or json.dumps(got.arguments, sort_keys=True) == json.dumps(
            want["arguments"], sort_keys=True
        )
        subset = fits(got.arguments, want.get("arguments_subset", []))
        if got.name != want.get("name", got.name) or not same or not subset:
            return "WRONG"
    return "exact"


def content_verdict(found: Rescued, case: dict[str, Any]) -> str:
    """Compare the text that is left with what was expected."""
    wanted = case.get("expected_content")
    if wanted is None:
        return "not given"
    if found.content == wanted:
        return "same"
    if found.content.strip() == wanted.strip():
        return "same but for white space"
    return "more after it" if found.content.startswith(wanted.strip()) else "other"


def main() -> int:
    """Print the counts."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--formats", choices=["none", "named"], default="named")
    arguments.add_argument("--show", nargs="*", default=[])
    asked = arguments.parse_args()
    corpora = os.environ.get("UNILLM_CORPORA")
    if not corpora:
        print("set UNILLM_CORPORA to the folder of corpora", file=sys.stderr)
        return 2
    groups: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for case in (*cases(Path(corpora), "leaked_tool_calls.jsonl"), *wild(Path(corpora))):
        group, calls = expected(case)
        if calls is None:
            continue
        format_ = case.get("format") or WILD.get(case.get("kind", ""))
        named = format_ if asked.formats == "named" and format_ in WITHOUT_MARKER else None
        found = rescue(text_of(case), tools_of(case, calls), named)
        what = verdict(found, calls)
        groups[group][what] += 1
        left = content_verdict(found, case) if found and what == "exact" else ""
        if left:
            groups[f"{group}: text left"][left] += 1
        if {what, left} & {*asked.show}:
            print(case["id"], format_, what, repr(text_of(case)))
            print("   wanted", calls, repr(case.get("expected_content")))
            print("   found ", found)
    for group, counts in sorted(groups.items()):
        print(f"{group:30} {sum(counts.values()):4}  {dict(counts.most_common())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
