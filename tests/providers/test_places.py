# pyright: basic, reportArgumentType=false
"""What is known of place and data belongs to the known host; elsewhere it is what is declared."""

from __future__ import annotations

import dataclasses

import pytest

from unillm import InvalidRequestError, Provider
from unillm.providers import servers_from
from unillm.types.facts import Fact
from unillm.types.place import UNKNOWN, Place
from unillm.types.profile import Profile

SAID = Fact(reason="its page says so", source="https://h.example/terms", checked="2026-11-28")
KNOWN = Place(
    jurisdiction="DE",
    no_training=True,
    retention_days=30,
    facts=dict.fromkeys(("jurisdiction", "no_training", "retention_days"), SAID),
)
PROFILE = Profile(
    name="host",
    base_url="https://api.h.example/v1",
    hosts=(".h.example",),
    key_required=False,
    place=KNOWN,
)


def place(environ=None, **given):
    provider = Provider(given.pop("name", "host"), profile=PROFILE, **given)
    (server,) = servers_from([provider], environ or {}).values()
    return server.place


@pytest.mark.parametrize(
    "url",
    [
        "https://api.h.example/v1",
        "https://API.H.example:443/other",
        "https://mine.h.example",
    ],
)
def test_the_facts_of_a_profile_hold_at_its_host(url):
    assert place(base_url=url) is KNOWN
    assert place(name="another-name", base_url=url) is KNOWN


@pytest.mark.parametrize(
    "url",
    [
        "http://api.h.example/v1",
        "https://api.h.example:8443/v1",
        "https://api.h.example.evil.example/v1",
        "https://evilh.example/v1",
        "https://.h.example/v1",
        "http://mine.h.example/v1",
        "https://mine.h.example:8443/v1",
        "https://gateway.example/api.h.example/v1",
        "http://127.0.0.1:1/v1",
    ],
)
def test_anywhere_else_nothing_is_known(url):
    assert place(base_url=url) is UNKNOWN


def test_an_address_of_the_environment_is_one_of_ones_own():
    servers = servers_from(None, {"OPENAI_BASE_URL": "https://gateway.example/v1"})
    assert servers["openai"].place is UNKNOWN


def test_what_is_declared_holds_and_says_that_it_is_declared():
    elsewhere = place(base_url="http://10.0.0.7/v1", jurisdiction="FR", self_hosted=True)
    assert dataclasses.replace(elsewhere, facts={}) == Place(jurisdiction="FR", self_hosted=True)
    assert {fact.source for fact in elsewhere.facts.values()} == {"declared by the caller"}
    assert not any(fact.verified for fact in elsewhere.facts.values())
    at_home = place(base_url="https://api.h.example", retention_days=0, no_training=False)
    assert (at_home.jurisdiction, at_home.retention_days) == ("DE", 0)
    assert at_home.no_training is False
    assert at_home.facts["jurisdiction"] is SAID
    assert at_home.facts["retention_days"].source == "declared by the caller"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("jurisdiction", value) for value in ("de", "DEU", "", "Germany", 49, "ÄÖ", "DE\n")),
        *(("self_hosted", value) for value in ("yes", 1, 0)),
        *(("no_training", value) for value in ("no", 1)),
        *(("retention_days", value) for value in (-1, 1.5, "30", True)),
    ],
    ids=repr,
)
def test_what_cannot_be_declared_is_told(name, value):
    with pytest.raises(InvalidRequestError, match=f"{name} must be"):
        place(base_url="http://10.0.0.7/v1", **{name: value})
