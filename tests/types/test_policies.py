"""Policies refuse what cannot be meant, when they are made."""

import pickle

import pytest

import unillm
from unillm import InvalidRequestError, RepairPolicy


def test_the_defaults_repair_and_rescue_but_ask_nobody_again():
    assert RepairPolicy() == RepairPolicy("schema", rescue=True, reask=0, aliases={})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"level": "hard"}, "one of off, syntax, schema, salvage"),
        ({"level": None}, "one of off"),
        ({"level": ["off"]}, "one of off"),
        ({"rescue": 1}, "True or False"),
        ({"reask": -1}, "whole number from 0"),
        ({"reask": True}, "whole number from 0"),
        ({"reask": 1.0}, "whole number from 0"),
        ({"aliases": ["file"]}, 'like {"file": "path"}'),
        ({"aliases": {"file": 1}}, 'like {"file": "path"}'),
    ],
)
def test_what_cannot_be_meant_is_refused(given, says):
    with pytest.raises(InvalidRequestError, match=says):
        RepairPolicy(**given)


def test_a_policy_is_a_value():
    names = {"file": "path"}
    policy = RepairPolicy("salvage", aliases=names)
    names["x"] = "y"
    assert policy.aliases == {"file": "path"}
    assert pickle.loads(pickle.dumps(policy)) == policy
    assert hash(policy) == hash(RepairPolicy("salvage", aliases={"file": "path"}))


def test_a_client_and_a_call_take_one_and_nothing_else():
    with pytest.raises(InvalidRequestError, match="repair must be a RepairPolicy"):
        unillm.Client(repair="off")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with unillm.Client(repair=RepairPolicy("off")) as client:
        assert client.with_options(repair=RepairPolicy("syntax"))._config.repair.level == "syntax"
        assert client._config.repair.level == "off"
