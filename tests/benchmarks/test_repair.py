"""The judge of repairs judges right, and makes the cases that it says it makes."""

import json
from random import Random
from types import ModuleType

import pytest

from benchmarks.repair.breaks import FAMILIES
from benchmarks.repair.cases import Case, Verdict
from benchmarks.repair.drafts import BREAKS
from benchmarks.repair.growth import HARD, grown
from benchmarks.repair.measurement import measure
from benchmarks.repair.mutations import CORPUS, broken, generated
from benchmarks.repair.outcome import OUTCOMES, Answer, judge, right, same
from benchmarks.repair.pages import PAGE, measured, page
from benchmarks.repair.pairs import own
from benchmarks.repair.peers import PEERS
from benchmarks.repair.play import play
from benchmarks.repair.show import examples, summary
from benchmarks.repair.suites import kept

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


def case(verdict: Verdict = "recover", truth=None, text="{a: 1}"):
    meant = {"a": 1} if truth is None else truth
    return Case(
        corpus="c", kind="k", name="n", text=text, truth=meant, verdict=verdict, schema=SCHEMA
    )


@pytest.mark.parametrize(
    ("value", "outcome"),
    [
        ({"a": 1}, "exact"),
        ({"a": 1.0}, "exact"),
        ({"a": 2}, "silent"),
        ({"a": "1"}, "caught"),
        ({}, "caught"),
        ([{"a": 1}], "refused"),
        ("a", "refused"),
    ],
)
def test_what_comes_back_is_compared_with_what_was_meant(value, outcome):
    assert judge(case(), Answer(value=value)) == outcome


def test_an_error_refuses():
    assert judge(case(), Answer(error="ValueError: no")) == "refused"


def test_nothing_is_exact_where_refusal_is_right():
    assert judge(case("refuse"), Answer(value={"a": 1})) == "silent"


@pytest.mark.parametrize(
    ("verdict", "outcomes"),
    [
        ("recover", {"exact"}),
        ("valid", {"exact"}),
        ("refuse", {"refused"}),
        ("either", {"exact", "refused"}),
    ],
)
def test_what_is_right_follows_from_the_verdict(verdict, outcomes):
    assert {each for each in OUTCOMES if right(case(verdict), each)} == outcomes


def test_true_is_not_one_and_order_does_not_matter():
    assert same({"a": 1, "b": [1.0]}, {"b": [1], "a": 1})
    assert not same({"a": True}, {"a": 1})
    assert not same([1], [1, 2])
    assert not same({"a": None}, {})


@pytest.mark.parametrize(
    ("text", "answer", "became"),
    [
        ("[1]", Answer(value=[1], edits=0), "as it is"),
        ("[1]", Answer(value=[2], edits=0), "changed and not told"),
        ("[1,]", Answer(value=[1], edits=1), "changed and told"),
        ("[1,]", Answer(value=[1]), "changed and not told"),
        ("[1,]", Answer(error="no"), "refused"),
    ],
)
def test_a_change_is_told_or_not(text, answer, became):
    assert kept(case(text=text), answer) == became


def test_an_engine_that_raises_refuses_and_its_time_is_taken():
    def repair(text, finish):
        if finish == "length":
            raise ValueError(text)
        return json.loads(text), 2

    module = ModuleType("engine")
    vars(module).update(engine=lambda schema: repair, check=lambda schema: bool)

    asked = {"text": '{"a": 1}', "schema": SCHEMA, "schema_id": "1", "finish_reason": None}
    good, bad = play(module, [asked, asked | {"finish_reason": "length"}])
    assert (good["value"], good["edits"]) == ({"a": 1}, 2)
    assert good["micros"] > 0 < good["checking"]
    assert bad["error"] == 'ValueError: {"a": 1}'
    assert "checking" not in bad


def test_own_calls_satisfy_their_schemas():
    for pair in own():
        text = json.dumps(pair.arguments)
        meant = Case(
            corpus="", kind="", name="", text=text, truth={}, verdict="recover", schema=pair.schema
        )
        assert judge(meant, Answer(value=pair.arguments | {"-": 0})) in {"silent", "caught"}
        assert judge(meant, Answer(value=pair.arguments)) in {"silent", "exact"}, pair.name


@pytest.mark.parametrize("kind", BREAKS)
def test_each_break_has_something_to_break_in_a_way_it_knows(kind):
    rng = Random(3)
    found = [broken(pair, [kind], rng) for pair in own() * 5]
    made = [each for each in found if each is not None and each.verdict != "valid"]
    assert made
    assert kind in FAMILIES
    for each in made:
        assert (each.truth is None) == (each.verdict == "refuse")
        assert each.kind == kind
        assert each.truth is None or each.text != json.dumps(each.truth)


def test_a_seed_makes_the_same_cases_again(monkeypatch):
    monkeypatch.delenv("UNILLM_CORPORA", raising=False)
    first = list(generated(3, each=2, composed=20))
    assert first == list(generated(3, each=2, composed=20))
    assert first != list(generated(4, each=2, composed=20))
    assert {each.corpus for each in first} == {CORPUS}
    assert {each.kind for each in first} >= {*BREAKS, "2 at once", "3 at once"}


def test_an_engine_is_measured_in_a_process_of_its_own():
    versions, answers = measure(PEERS[0], [case(), case(text="{a: }"), case(text='"\ud800"')])
    assert [*versions] == ["unillm-sdk"]
    assert answers[0].value == {"a": 1}
    assert answers[0].edits
    assert [bool(each.error) for each in answers] == [False, True, True]


def test_what_is_wrong_is_shown():
    judged = [
        (case(), Answer(value={"a": 1})),
        (case(), Answer(value={"a": 2})),
        (case("refuse"), Answer(error="E: no")),
    ]
    (shown,) = examples(judged, each=3, width=80)
    assert "silent, right is recover" in shown
    assert '{"a": 2}' in shown
    lines = {line.split()[2]: line.split()[3:8] for line in summary(judged).splitlines()[1:3]}
    assert lines == {"(recover)": ["2", "1", "1", "0", "0"], "(refuse)": ["1", "0", "0", "0", "1"]}


def test_growth_is_measured_from_length_to_length(monkeypatch):
    monkeypatch.setattr("benchmarks.repair.growth.LENGTHS", (100, 400, 1600))
    assert len(HARD["commas"](1600)) in range(1590, 1610)
    lengths, times, exponents = zip(*grown(HARD["commas"], schema=False), strict=True)
    assert lengths == (100, 400, 1600)
    assert min(times) > 0
    assert exponents[0] == 0


def test_the_page_is_made_from_what_was_measured():
    assert PAGE.read_text(encoding="utf-8") == page(measured()), (
        "python -m benchmarks.repair --write"
    )


def test_the_page_names_every_engine():
    text = PAGE.read_text(encoding="utf-8")
    assert [peer.title for peer in PEERS if f"\n- {peer.title}: " not in text] == []
