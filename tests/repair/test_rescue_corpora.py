"""The corpora of leaked calls: what must be rescued, and what must be left alone."""

import json
import os
from pathlib import Path

import pytest

from tests.repair.leaking import said, scanned
from unillm.repair import rescue_tool_calls

CORPORA = os.environ.get("UNILLM_CORPORA")
pytestmark = pytest.mark.skipif(
    not CORPORA, reason="set UNILLM_CORPORA to the folder with the corpora of repair"
)

BY_NAME = {"pythonic", "llama4_pythonic", "xlam", "llama3_json", "json"}
"""Formats without a marker."""

AGAINST_A_RULE = {
    "leak-0293": "JSON within a sentence; leak-0599 and leak-0632 want such text left alone",
}


def cases(name):
    path = Path(CORPORA or "") / "repair" / name
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def tools_of(case, calls):
    return case.get("tools") or [{"name": name} for name in sorted({c["name"] for c in calls})]


def formats_of(case):
    named = case.get("format") if case.get("format") in BY_NAME else None
    named = "pythonic" if case.get("kind") == "pythonic_comma" else named
    return None if named is None else ["marked", named]


def test_complete_cases_are_rescued_and_nothing_else_is():
    wrong, missed, all_of_them = [], [], 0
    for case in cases("leaked_tool_calls.jsonl"):
        if not case["complete"]:
            continue
        all_of_them += 1
        wanted = case["expected_calls"]
        done = rescue_tool_calls(case["text"], tools_of(case, wanted), formats_of(case))
        if said(done.calls) != wanted:
            (wrong if done.calls else missed).append(case["id"])
        elif not wanted:
            assert done.content == case["text"]
    assert all_of_them > 100
    assert wrong == []
    assert {*missed} <= {*AGAINST_A_RULE}


def test_what_is_left_is_what_stood_around_the_calls():
    for case in cases("leaked_tool_calls.jsonl"):
        wanted = case["expected_content"]
        if not case["complete"] or not case["expected_calls"] or not wanted:
            continue
        tools = tools_of(case, case["expected_calls"])
        content = rescue_tool_calls(case["text"], tools, formats_of(case)).content
        assert content.startswith(wanted.strip()), case["id"]


def test_reported_leaks_are_rescued_and_the_one_that_must_not_be_is_not():
    for case in cases("wild_cases.jsonl"):
        if case.get("leaked"):
            calls = (case["expected"] or {"calls": []})["calls"]
            done = rescue_tool_calls(case["payload"], tools_of(case, calls), formats_of(case))
            assert said(done.calls) == calls, case["id"]


def test_torn_at_every_character_it_is_the_same():
    for case in (*cases("leaked_tool_calls.jsonl"), *cases("wild_cases.jsonl")):
        text = case.get("text") or (case["payload"] if case.get("leaked") else "")
        known = case.get("expected_calls") or (case.get("expected") or {}).get("calls") or []
        tools = tools_of(case, [call for call in known if "name" in call])
        if "float" in json.dumps(tools):
            continue  # no JSON Schema type
        whole = scanned([text], tools, formats_of(case))
        assert scanned(list(text), tools, formats_of(case)) == whole, case["id"]
