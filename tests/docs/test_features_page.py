"""The page of what each provider takes is what the code does."""

from typing import Any

import pytest

from tables.features import PAGE, page
from tables.probes import PROBES, TAKEN, State, effort_in, outcome, target_of
from unillm._wire.plan.features import features
from unillm.catalog import find, models
from unillm.providers import names, profile_named


def test_the_page_is_made_from_what_the_code_does():
    assert PAGE.read_text(encoding="utf-8") == page(), "make tables"


def test_every_limit_is_tried():
    """A limit whose feature no probe asks for would be missing on the page."""
    asked = {feature for request in PROBES.values() for feature in features(request)}
    limited = {
        limit.feature
        for of in (*models(), *(profile_named(name) for name in (*names(), "generic")))
        for limit in of.limits
    }
    tiers = {feature for feature in limited - asked if feature.startswith("service_tier=")}
    assert not tiers or "service_tier=flex" in asked  # one of them stands for all
    # The effort is among the efforts, in the first tables.
    assert limited - asked - tiers <= {"reasoning_effort=max"}


def test_what_is_taken_and_what_is_not_are_told_apart():
    info = find("gpt-5.5")
    target = target_of("openai", info, "chat")
    assert outcome("tools", target, "none") == TAKEN
    assert outcome("tools", target, "high").word == "refused"
    assert outcome("temperature", target, "high").word == "left out"
    assert outcome("temperature", target, "none") == TAKEN


@pytest.mark.parametrize(
    ("name", "plain", "reasoning"),
    [
        ("gpt-5.5", "none", "high"),
        ("gpt-6-astra", LookupError, "high"),
        ("gpt-4.1", None, LookupError),
        ("gpt-5-pro", LookupError, "high"),
        ("deepseek-v4-pro", "none", "high"),
    ],
)
def test_a_model_is_asked_in_the_states_it_has(name, plain, reasoning):
    states: list[tuple[State, Any]] = [("plain", plain), ("reasoning", reasoning)]
    for state, expected in states:
        if expected is LookupError:
            with pytest.raises(LookupError):
                effort_in(state, find(name))
        else:
            assert effort_in(state, find(name)) == expected
