"""Rules of the caller's own are asked first, recorded, and held to what they return."""

import json

import pytest

from unillm import InvalidRequestError
from unillm.errors import UnrepairableError
from unillm.repair import Rule, repair_json, replay

SCHEMA = {
    "type": "object",
    "properties": {"price": {"type": "number"}, "city": {"type": "string"}},
    "required": ["price"],
    "additionalProperties": False,
}


def euros(text, schema):
    """Take away the sign that a shop's model puts before every price."""
    assert schema is None or schema["type"] == "object"
    return [(at, at + 1, "") for at, mark in enumerate(text) if mark == "\u20ac"]


EUROS = Rule("euro_sign", euros, kind="coerce")


def test_a_rule_of_ones_own_comes_before_ours():
    text = "{'price': \u20ac5, 'city': 'Paris',}"
    with pytest.raises(UnrepairableError):
        repair_json(text, SCHEMA)
    done = repair_json(text, SCHEMA, rules=[EUROS])
    assert done.value == {"price": 5, "city": "Paris"}
    assert json.loads(replay(text, done.edits)) == done.value
    assert [edit.before for edit in done.edits if edit.rule == "euro_sign"] == ["\u20ac"]
    assert {"single_quotes", "trailing_comma"} < {edit.rule for edit in done.edits}


def test_its_edits_and_ours_may_meet_in_one_place():
    text = '{"price": "\u20ac5"}'
    done = repair_json(text, SCHEMA, rules=[EUROS])
    assert done.value == {"price": 5}
    assert json.loads(replay(text, done.edits)) == done.value
    assert any("euro_sign" in edit.rule for edit in done.edits)


def test_what_is_good_is_not_shown_to_it():
    def never(text, schema):
        raise AssertionError

    assert repair_json('{"price": 5}', SCHEMA, rules=[Rule("never", never)]).edits == ()


def test_a_rule_that_loses_data_is_asked_at_salvage_only():
    drop = Rule("drop_all", lambda text, _: [(0, len(text), '{"price": 1}')], kind="lossy")
    with pytest.raises(UnrepairableError):
        repair_json("nonsense", SCHEMA, rules=[drop])
    done = repair_json("nonsense", SCHEMA, rules=[drop], level="salvage")
    assert (done.value, done.level, done.lossy) == ({"price": 1}, "salvage", True)


@pytest.mark.parametrize(
    "fix",
    [
        lambda *_: [(0, 99, "")],
        lambda *_: [(3, 5, ""), (4, 6, "")],
        lambda *_: [(-1, 2, "")],
        lambda *_: [(0, 1)],
        lambda *_: [(0, 1, None)],
        lambda *_: [("0", 1, "")],
        lambda *_: 5,
        lambda *_: 1 / 0,
    ],
    ids=["outside", "overlap", "negative", "pair", "none", "word", "number", "raises"],
)
def test_a_rule_that_is_wrong_is_named(fix):
    with pytest.raises(InvalidRequestError, match="rule 'mine'"):
        repair_json("{broken}", rules=[Rule("mine", fix)])


@pytest.mark.parametrize("wrong", [{"name": ""}, {"fix": 3}, {"kind": "odd"}], ids=str)
def test_what_is_no_rule_is_refused(wrong):
    given = {"name": "mine", "fix": euros, "kind": "syntax", **wrong}
    with pytest.raises(InvalidRequestError, match=r"Rule\("):
        Rule(**given)


def test_rules_are_rules():
    with pytest.raises(InvalidRequestError, match="Rule values"):
        repair_json("{}", rules=[euros])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
