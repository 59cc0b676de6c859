"""What an older release pickled, or wrote as JSON, reads back with the defaults of what is new."""

import json
import pickle
from dataclasses import fields, replace
from typing import Any

import pytest

from tests.ledger.made import record
from tests.types.test_values import ATTEMPT, DECISION, RESPONSE
from unillm.types.parsed import ParsedResponse
from unillm.types.response import Attempt

NEW = {"role", "jurisdiction", "sent_bytes", "decision", "constraints"}
"""Fields that the first releases did not have; nor had attempts an ``origin``."""

PARSED = ParsedResponse.of(RESPONSE, output={"x": 1}, mode="tool", repairs=())
VALUES: list[Any] = [
    replace(ATTEMPT, role="retry"),
    RESPONSE,
    PARSED,
    record(decision=DECISION),
]
named = pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)


def blank(kind):
    return object.__new__(kind)


def is_new(value, name):
    return name in NEW or (name == "origin" and type(value) is Attempt)


class Older:
    """Pickles as a release did that knew less of a value."""

    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        kept = [field for field in fields(self.value) if not is_new(self.value, field.name)]
        state = [getattr(self.value, field.name) for field in kept]
        return blank, (type(self.value),), state


@named
def test_an_older_pickle_reads_with_defaults(value):
    found = pickle.loads(pickle.dumps(Older(value)))
    for field in fields(value):
        if is_new(value, field.name):
            assert getattr(found, field.name) == field.default
        else:
            assert getattr(found, field.name) == getattr(value, field.name)
    assert pickle.loads(pickle.dumps(found)) == found


@named
def test_a_pickle_of_today_is_whole(value):
    assert pickle.loads(pickle.dumps(value)) == value


def test_a_pickle_of_neither_is_refused():
    state = ATTEMPT.__reduce_ex__(2)[2]
    with pytest.raises(ValueError, match="no value of any release"):
        type(ATTEMPT).__setstate__(object.__new__(type(ATTEMPT)), state[:3])


@pytest.mark.parametrize("value", VALUES[:3], ids=lambda value: type(value).__name__)
def test_older_json_reads_with_defaults(value):
    plain = json.loads(value.to_json())
    attempts = plain.get("attempts", [])
    for given in (plain, *attempts):
        for name in NEW & given.keys():
            del given[name]
    found = type(value).from_json(json.dumps(plain))
    shown = json.loads(found.to_json())
    for name in NEW & shown.keys():
        assert shown[name] == ("first" if name == "role" else None)


def test_a_response_of_a_route_shows_which():
    assert "route='fast'" in repr(RESPONSE)
    assert "route" not in repr(replace(RESPONSE, decision=replace(DECISION, route=None)))
    assert DECISION.brief == "fast (cheapest): b:m"
    assert replace(DECISION, route=None, order=()).brief == "named directly (cheapest): nobody"
