"""What is asked of repair over the corpora, in figures. They are where UNILLM_CORPORA points to."""

import json

import pytest

from benchmarks.repair.cases import VARIABLE, Case, folder, mutated, rows, wild
from benchmarks.repair.outcome import Answer, judge, same
from benchmarks.repair.suites import LIBRARIES, json_suite
from unillm.errors import UnrepairableError
from unillm.repair import Repaired, repair_json
from unillm.repair.strict import NotStrictError, read

pytestmark = pytest.mark.skipif(
    folder() is None, reason=f"set {VARIABLE} to the folder of the corpora"
)

CONTRADICTIONS = {
    # What a case asks for against a rule, by corpus and name: why the rule is kept.
    "json_test_suite y_object_duplicated_key.json": "a key twice, with different values",
}


def tried(case: Case) -> tuple[str, Repaired | None]:
    """Repair a case, and return the outcome and what came back."""
    try:
        done = repair_json(case.text, case.schema, finish_reason=case.finish_reason)
    except UnrepairableError:
        return "refused", None
    return judge(case, Answer(value=done.value)), done


def judged(cases: list[Case]) -> dict[str, list[tuple[str, str]]]:
    """Return outcomes with the names of cases, by verdict."""
    seen: dict[str, list[tuple[str, str]]] = {}
    for case in cases:
        name = f"{case.corpus} {case.name}"
        if name not in CONTRADICTIONS:
            told = f"{name} {case.kind}: {case.text[:200]!r}"
            seen.setdefault(case.verdict, []).append((tried(case)[0], told))
    return seen


def share(outcomes: list[tuple[str, str]], outcome: str) -> float:
    """Return how many of a hundred came out like that."""
    return 100 * len(named(outcomes, outcome)) / len(outcomes)


def named(outcomes: list[tuple[str, str]], outcome: str) -> list[str]:
    """Name the cases that came out like that."""
    return [name for each, name in outcomes if each == outcome]


@pytest.mark.parametrize(
    ("corpus", "exact", "silent"), [("mutated_calls", 97, 0.2), ("mutated_code", 95, 0.5)]
)
def test_calls_that_a_program_broke(corpus, exact, silent):
    seen = judged(mutated(corpus))
    known = seen["recover"]
    assert share(known, "exact") >= exact, named(known, "refused")
    assert share(known, "silent") <= silent, named(known, "silent")
    assert share(seen["refuse"], "silent") <= 1, named(seen["refuse"], "silent")
    assert share(seen["either"], "silent") <= silent, named(seen["either"], "silent")


@pytest.mark.parametrize("corpus", ["mutated_calls", "mutated_code"])
def test_valid_calls_are_left_alone(corpus):
    valid = [case for case in mutated(corpus) if case.verdict == "valid"]
    assert valid
    for case in valid:
        assert tried(case) == ("exact", Repaired(case.truth)), case.name


def test_cases_reported_in_public():
    seen = judged(wild())
    assert named(seen["refuse"], "silent") + named(seen["refuse"], "caught") == []
    assert named(seen["recover"], "silent") == []
    assert share(seen["recover"], "exact") >= 90, named(seen["recover"], "refused")


def test_valid_json_is_left_alone_and_invalid_json_is_not_taken_for_it():
    wrong: list[str] = []
    for case in json_suite():
        if f"{case.corpus} {case.name}" in CONTRADICTIONS:
            continue
        try:
            done = repair_json(case.text)
        except UnrepairableError:
            if case.verdict == "valid":
                wrong.append(f"{case.name}: refused")
            continue
        if case.verdict == "valid" and done != Repaired(json.loads(case.text)):
            wrong.append(f"{case.name}: changed")
        if case.verdict == "refuse" and not done.edits:
            wrong.append(f"{case.name}: accepted")
    assert wrong == []


@pytest.mark.parametrize("corpus", LIBRARIES)
def test_what_is_valid_in_the_suites_of_others_is_left_alone(corpus):
    wrong: list[str] = []
    valid = 0
    for row in rows(corpus):
        try:
            value = read(row["input"])
        except NotStrictError:
            continue
        valid += 1
        done = repair_json(row["input"])
        if done.edits or not same(done.value, value):
            wrong.append(row["id"])
    assert valid > 10
    assert wrong == []


def test_every_contradiction_is_one():
    cases = [*json_suite(), *mutated("mutated_calls"), *mutated("mutated_code"), *wild()]
    refused = {
        name
        for case in cases
        if (name := f"{case.corpus} {case.name}") in CONTRADICTIONS and tried(case)[1] is None
    }
    assert refused == CONTRADICTIONS.keys()
