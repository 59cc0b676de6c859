"""The judge of the fault matrix: the same outcome gets the same mark, whoever it came from."""

import json
from types import FunctionType

import pytest

from benchmarks.faults.outcome import Case, Outcome, attempt
from benchmarks.faults.rows import ROWS
from benchmarks.faults.rules import RULES, TEXT, judge, parsed
from unillm.testing import faults

ASKED = Case(base_url="", model="")
NOTHING = None
CUT = '{"city": "Par'
ERROR = Outcome(error="lib.Error", wire=3)
CALLER = Outcome(error="TypeError", in_caller=True)
PARIS, TOKYO = {"city": "Paris"}, {"city": "Tokyo"}

JUDGED = [
    ("cut-text", ERROR, "good", "raises lib.Error"),
    ("cut-text", CALLER, "part", "TypeError in the caller's code"),
    ("cut-text", Outcome(text="a"), "part", "silent: no finish reason"),
    ("cut-text", Outcome(text="a", finish="incomplete"), "part", "silent: `incomplete`"),
    ("cut-text", Outcome(text="a", finish="stop"), "bad", "silent: `stop`"),
    ("cut-call", ERROR, "good", "raises lib.Error"),
    ("cut-call", Outcome(refused=[CUT]), "good", "listed as invalid"),
    ("cut-call", Outcome(calls=[CUT]), "part", f"call `{CUT}`, no finish reason"),
    ("cut-call", Outcome(calls=[CUT], finish="stop"), "bad", f"call `{CUT}`, `stop`"),
    (
        "cut-call",
        Outcome(calls=[{"city": "Par"}]),
        "bad",
        'call `{"city": "Par"}`, no finish reason',
    ),
    ("hidden-cut", ERROR, "good", "raises lib.Error"),
    ("hidden-cut", Outcome(refused=[CUT]), "good", "listed as invalid"),
    ("hidden-cut", Outcome(calls=[CUT]), "part", f"call `{CUT}` as a string"),
    ("hidden-cut", Outcome(calls=[{"city": "Par"}]), "bad", 'call `{"city": "Par"}`'),
    ("hidden-cut", Outcome(finish="stop"), "bad", "no call, `stop`"),
    ("failure", ERROR, "good", "raises lib.Error"),
    ("failure", CALLER, "part", "TypeError in the caller's code"),
    ("failure", Outcome(), "part", "nothing, no finish reason"),
    ("failure", Outcome(finish="stop"), "bad", "returned, `stop`"),
    ("two-calls", Outcome(calls=['{"city": "Paris"}', TOKYO]), "good", "2 calls"),
    ("two-calls", ERROR, "part", "raises lib.Error"),
    ("two-calls", Outcome(refused=["x"]), "part", "listed as invalid"),
    ("two-calls", Outcome(calls=["{}{}"]), "bad", "fused: call `{}{}`"),
    ("two-calls", Outcome(calls=[PARIS, {}]), "bad", 'call `{"city": "Paris"}`, `{}`'),
    ("two-calls", Outcome(), "bad", "no call"),
    ("one-call", Outcome(calls=[PARIS]), "good", 'call `{"city": "Paris"}`'),
    ("one-call", Outcome(calls=[{}]), "bad", "call `{}`"),
    ("broken-arguments", Outcome(calls=[PARIS]), "good", 'repaired: call `{"city": "Paris"}`'),
    ("broken-arguments", ERROR, "good", "raises lib.Error"),
    ("broken-arguments", Outcome(refused=["x"]), "good", "listed as invalid"),
    ("broken-arguments", Outcome(calls=["x"]), "part", "call `x` as a string"),
    ("broken-arguments", Outcome(calls=[TOKYO]), "bad", 'call `{"city": "Tokyo"}`'),
    (
        "two-in-one",
        Outcome(calls=[PARIS, TOKYO]),
        "good",
        'repaired: call `{"city": "Paris"}`, `{"city": "Tokyo"}`',
    ),
    ("two-in-one", ERROR, "good", "raises lib.Error"),
    ("two-in-one", Outcome(calls=["x"]), "part", "call `x` as a string"),
    ("two-in-one", Outcome(calls=[PARIS]), "bad", 'call `{"city": "Paris"}`'),
    ("failed-finish", ERROR, "good", "raises lib.Error"),
    ("failed-finish", Outcome(finish="error"), "part", "returned, `error`"),
    ("failed-finish", Outcome(finish="stop"), "bad", "returned, `stop`"),
    ("empty-finish", Outcome(text=TEXT, finish=""), "good", 'text, `""`'),
    ("empty-finish", Outcome(text=TEXT, finish="stop"), "part", "text, `stop`"),
    ("empty-finish", Outcome(text=""), "bad", "text lost"),
    ("empty-finish", ERROR, "bad", "raises lib.Error"),
    ("reasoning", Outcome(reasoning="x"), "good", "kept"),
    (
        "reasoning",
        Outcome(reasoning="x", untyped=["reasoning"]),
        "part",
        "only under the provider's name",
    ),
    ("reasoning", Outcome(reasoning=" "), "bad", "dropped"),
    ("reasoning", ERROR, "bad", "raises lib.Error"),
    ("replay", Outcome(text="x"), "good", "sent back"),
    ("replay", ERROR, "bad", "raises lib.Error"),
    ("cached", Outcome(cached=900), "good", "900"),
    (
        "cached",
        Outcome(cached=900, untyped=["cached"]),
        "part",
        "900, only under the provider's name",
    ),
    ("cached", Outcome(cached=0), "bad", "0"),
    ("cached", Outcome(), "bad", "not reported"),
    ("cached", ERROR, "bad", "raises lib.Error"),
    ("leaked", Outcome(calls=[PARIS]), "good", "rescued as a call"),
    ("leaked", ERROR, "good", "raises lib.Error"),
    ("leaked", Outcome(text="x", finish="stop"), "bad", "text, `stop`"),
    ("uncounted", Outcome(), "good", "not reported"),
    ("uncounted", Outcome(tokens=[3, 4]), "part", "3 + 4, counted here"),
    ("uncounted", Outcome(tokens=[0, 0]), "bad", "0 + 0"),
    ("uncounted", ERROR, "bad", "raises lib.Error"),
    ("whole-text", Outcome(text="The weather in Paris is sunny — 21 °C."), "good", "text"),
    ("whole-text", Outcome(text="x"), "bad", "`x`"),
    ("whole-text", ERROR, "bad", "raises lib.Error"),
    ("bad-byte", ERROR, "good", "raises lib.Error"),
    ("bad-byte", Outcome(text="a\ufffd"), "part", "text with `\ufffd`"),
    ("bad-byte", Outcome(text="a"), "bad", "`a`"),
    ("three-requests", ERROR, "good", "3 requests"),
    ("three-requests", Outcome(error="E", wire=4), "bad", "4 requests"),
    ("three-requests", Outcome(wire=1), "bad", "1 request, returned"),
    ("two-requests", ERROR, "bad", "3 requests"),
    ("no-money", Outcome(error="E", wire=1), "good", "1 request"),
    ("no-money", ERROR, "part", "3 requests"),
    ("no-money", Outcome(wire=1), "bad", "1 request, returned"),
    ("retry-after", Outcome(error="E", wire=2, gap=1.0), "good", "waits 1 s"),
    ("retry-after", Outcome(error="E", wire=2, gap=0.5), "bad", "2 requests, 0.5 s apart"),
    ("retry-after", Outcome(error="E", wire=1), "part", "1 request, raises E"),
    ("limited", ERROR, "good", "raises lib.Error"),
    ("limited", Outcome(finish="stop"), "bad", "returned, `stop`"),
    ("limited", Outcome(returned=False, seconds=20.1), "bad", "still waiting after 20 s"),
    ("cut-text", Outcome(returned=False, seconds=20), "bad", "still waiting after 20 s"),
    ("sound-text", Outcome(text="x", finish="stop"), "bad", "`stop`, text `x`"),
    ("sound-text", ERROR, "bad", "raises lib.Error"),
    ("sound-call", Outcome(calls=[PARIS]), "good", "1 call"),
    ("sound-call", Outcome(), "bad", "no call"),
    ("sound-call", ERROR, "bad", "raises lib.Error"),
]


@pytest.mark.parametrize(("rule", "outcome", "mark", "words"), JUDGED)
def test_an_outcome_is_judged(rule: str, outcome: Outcome, mark: str, words: str):
    verdict = judge(RULES[rule], outcome)
    assert (verdict.mark, verdict.words) == (mark, words)


def test_every_rule_gives_the_marks_that_it_has_words_for():
    given = {(rule, mark) for rule, _, mark, _ in JUDGED}
    told = {
        (name, mark)
        for name, rule in RULES.items()
        for mark in ("good", "part", "bad")
        if getattr(rule, mark)
    }
    control = {("sound-text", "good")}  # the measured data has it for every client
    same = {("three-requests", "two-requests"), ("one-call", "two-calls")}
    shared = {(a, m) for pair in same for a in pair for m in ("good", "part", "bad")}
    assert told - given - control - shared == set()
    assert given - told == set()


def test_the_rows_name_faults_and_rules_that_exist():
    assert {row.rule for row in ROWS} == set(RULES)
    assert {row.fault for row in ROWS} - set(faults.names()) == {""}
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("arguments", "value"),
    [(PARIS, PARIS), ('{"city": "Paris"}', PARIS), (CUT, None), ("[1]", None), ("", None)],
)
def test_arguments_can_be_run_with_if_they_are_an_object(arguments, value):
    assert parsed(arguments) == value


def test_an_exception_is_an_outcome_and_names_its_package():
    def run(_: Case) -> Outcome:
        json.loads("{")
        raise AssertionError

    outcome = attempt(run, ASKED)
    assert (outcome.error, outcome.in_caller) == ("json.JSONDecodeError", False)
    assert outcome.says.startswith("Expecting property name")


def test_an_exception_of_the_code_that_reads_an_answer_is_told_apart():
    def run(_: Case) -> Outcome:
        return Outcome(text=NOTHING.text)  # pyright: ignore[reportAttributeAccessIssue]

    reads = FunctionType(
        run.__code__,
        {"__name__": "benchmarks.faults.clients.some", "Outcome": Outcome, "NOTHING": None},
    )
    outcome = attempt(reads, ASKED)
    assert (outcome.error, outcome.in_caller) == ("AttributeError", True)
