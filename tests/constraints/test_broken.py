# pyright: basic, reportArgumentType=false
"""What constraints admit: from the registry as it is, and as properties."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import unillm
from tests.effort import share
from unillm import Constraints, MaxPrice, Provider
from unillm.providers import names, profile_named, resolve, servers_from
from unillm.routing.constraints import broken
from unillm.types.countries import COUNTRIES, GROUPS
from unillm.types.facts import Fact
from unillm.types.origin import origin_of
from unillm.types.place import DECLARED, UNKNOWN, Place

TODAY = date(2026, 11, 28)
ENVIRON = {str(profile_named(name).api_key_env): "k" for name in names()} | {
    "AZURE_OPENAI_ENDPOINT": "https://mine.openai.azure.com"
}
SERVERS = servers_from(None, ENVIRON)


def target(name, model="deepseek-flash", **declared):
    if not declared:
        return resolve(f"{name}:{model}", SERVERS, today=TODAY)
    servers = servers_from([Provider(name, **{"api_key": "k", **declared})], {})
    return resolve(f"{name}:{model}", servers, today=TODAY)


def admitted(constraints, model="deepseek-flash", among=None):
    return {
        name for name in among or names() if broken(target(name, model), (constraints,)) is None
    }


OWN = {"llamacpp", "sglang", "vllm"}
GATEWAYS = {"atlascloud", "huggingface", "litellm", "openrouter"}

TABLE = {
    "not CN": (Constraints(deny_jurisdictions={"CN"}), {"openai"}),
    "not CN, also what is not verified": (
        Constraints(deny_jurisdictions={"CN"}, unverified=True),
        {"fireworks", "openai", "together"},
    ),
    "US": (Constraints(allow_jurisdictions={"us"}), {"openai"}),
    "CN": (Constraints(allow_jurisdictions={"CN"}), {"deepseek"}),
    "EU": (Constraints(allow_jurisdictions={"EU"}), set()),
    "one's own": (Constraints(self_hosted=True), OWN),
    "none of one's own": (
        Constraints(self_hosted=False),
        {"azure", "deepseek", "fireworks", "openai", "together"},
    ),
    "no training": (Constraints(no_training=True), OWN | {"fireworks", "openai", "together"}),
    "nothing kept": (Constraints(zero_retention=True), {"fireworks"}),
    "not deepseek": (
        Constraints(deny_providers={"deepseek"}),
        set(names()) - GATEWAYS - {"deepseek"},
    ),
    "only gateways": (Constraints(allow_providers=GATEWAYS), GATEWAYS),
    "open weights under MIT": (Constraints(open_weights=True, licence={"mit"}), set(names())),
    "Apache": (Constraints(licence={"Apache-2.0"}), set()),
}


@pytest.mark.parametrize("case", TABLE)
def test_the_registry_as_it_is(case):
    constraints, expected = TABLE[case]
    assert admitted(constraints) == expected


def test_a_reason_names_the_fact_with_its_source_and_day():
    reason = broken(target("deepseek"), (Constraints(deny_jurisdictions={"CN"}),))
    fact = profile_named("deepseek").place.facts["jurisdiction"]
    assert reason is not None
    assert fact.source in reason
    assert fact.checked in reason
    assert "jurisdiction is CN, which is denied" in reason


@pytest.mark.parametrize("name", names())
def test_at_an_address_of_ones_own_nothing_is_known_but_what_is_declared(name):
    here = {"base_url": "http://10.0.0.7:8000/v1"}
    demands = {
        "jurisdiction": (Constraints(allow_jurisdictions={"EU"}), "DE"),
        "self_hosted": (Constraints(self_hosted=True), True),
        "no_training": (Constraints(no_training=True), True),
        "retention_days": (Constraints(zero_retention=True), 0),
    }
    for fact, (constraints, value) in demands.items():
        reason = broken(target(name, **here), (constraints,))
        assert reason is not None
        assert f"Provider({name!r}, {fact}=…)" in reason
        assert broken(target(name, **here, **{fact: value}), (constraints,)) is None


def test_two_clients_that_declare_different_things_are_told_apart():
    """What is remembered of one target holds for nobody else of the same name and address."""
    here, rules = {"base_url": "http://10.0.0.7/v1"}, (Constraints(self_hosted=True),)
    assert broken(target("box", **here, self_hosted=True), rules) is None
    assert broken(target("box", **here), rules) is not None
    assert broken(target("box", **here, self_hosted=False), rules) is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://api.deepseek.com",
        "https://API.deepseek.com./beta",
        "http://api.deepseek.com:8080/v1",
        "https://eu.api.deepseek.com/v1",
    ],
)
def test_whoever_is_denied_is_so_under_any_name(url):
    mine = target("mine", base_url=url, api_key="k")
    reason = broken(mine, (Constraints(deny_providers={"deepseek"}),))
    assert reason == "the provider deepseek is denied, and mine is at its host"
    other = target("mine", base_url="https://notapi.deepseek.com.example/v1", api_key="k")
    assert broken(other, (Constraints(deny_providers={"deepseek"}),)) is None


def test_a_gateway_may_ask_whomever_under_any_name_and_dialect():
    rules = (Constraints(deny_providers={"deepseek"}),)
    for kind in (
        {"base_url": "https://openrouter.ai/api/v1", "profile": "deepseek"},
        {"base_url": "http://10.0.0.7:4000/v1", "profile": "litellm", "self_hosted": True},
    ):
        reason = broken(target("mine", **kind), rules)
        assert reason is not None
        assert "mine sends on to others" in reason


@pytest.mark.parametrize("name", sorted(GATEWAYS))
def test_of_a_gateway_only_what_is_declared_counts(name):
    rules = (Constraints(no_training=True, allow_jurisdictions={"EU"}, unverified=True),)
    home = profile_named(name).base_url
    assert broken(target(name), rules) is not None
    pinned = target(name, base_url=home, no_training=True, jurisdiction="EU")
    assert broken(pinned, rules) is None


def test_a_host_somewhere_in_a_group_may_be_in_each_of_its_countries():
    zone = target("azure", base_url="https://m.openai.azure.com", jurisdiction="EU")
    assert broken(zone, (Constraints(allow_jurisdictions={"EEA"}),)) is None
    assert broken(zone, (Constraints(allow_jurisdictions={"DE"}),)) is not None
    assert broken(zone, (Constraints(deny_jurisdictions={"HU"}),)) is not None
    assert broken(zone, (Constraints(deny_jurisdictions={"US"}),)) is None


def test_what_asks_no_model_is_not_held_against_what_models_are():
    listing = replace(target("openai"), model="", info=None)
    rules = (Constraints(open_weights=True, licence={"MIT"}, max_price=MaxPrice(input=0)),)
    assert broken(listing, rules) is None
    assert broken(listing, (*rules, Constraints(self_hosted=True))) is not None


PRICES = {
    "both below": ((Decimal(1), Decimal(2)), None),
    "equal": ((Decimal(3), Decimal(9)), None),
    "input above": ((Decimal("3.01"), Decimal(9)), "input cost up to $3.01"),
    "output above": ((Decimal(3), Decimal(10)), "output cost up to $10"),
    "unknown": ((None, None), "input cost at openai:gpt-5.5 is not known"),
    "output unknown": ((Decimal(1), None), "output cost at openai:gpt-5.5 is not known"),
}


@pytest.mark.parametrize("case", PRICES)
def test_prices(case):
    prices, expected = PRICES[case]
    rules = (Constraints(max_price=MaxPrice(input=3, output=9)),)
    reason = broken(target("openai", "gpt-5.5"), rules, lambda _: prices)
    assert (reason is None) if expected is None else (expected in str(reason))


def test_without_a_price_book_no_price_is_known():
    reason = broken(target("openai"), (Constraints(max_price=MaxPrice(output=1)),))
    assert "is not known" in str(reason)


@pytest.mark.parametrize("name", names())
def test_no_model_changes_the_host(name):
    server = SERVERS[name]
    home = origin_of(server.base_url.replace("{model}", "m"))
    for model in ("m", "a/../../b", "@evil.example/x", "//evil.example", "m?x#y", "m%2f", "é"):
        assert resolve(f"{name}:{model}", SERVERS, today=TODAY).origin == home
    templated = f"{server.base_url.partition('?')[0].rstrip('/')}/deployments/{{model}}"
    there = servers_from([Provider(name, base_url=templated, api_key="k")], {})
    for model in ("@evil.example", "../../..", "//evil.example:1/", "\\\\evil.example"):
        assert resolve(f"{name}:{model}", there, today=TODAY).origin == home


# ---------------------------------------------------------------- properties

COUNTRY = st.sampled_from(["DE", "FR", "US", "CN", "EU", "EEA", "NO"])
PROVIDER = st.sampled_from(["openai", "deepseek", "box", "openrouter"])
PRICE = st.decimals(0, 20, places=2)
CONSTRAINTS = st.builds(
    Constraints,
    allow_providers=st.none() | st.frozensets(PROVIDER),
    deny_providers=st.frozensets(PROVIDER, max_size=2),
    allow_jurisdictions=st.none() | st.frozensets(COUNTRY),
    deny_jurisdictions=st.frozensets(COUNTRY, max_size=2),
    self_hosted=st.sampled_from([None, None, True, False]),
    open_weights=st.booleans(),
    no_training=st.booleans(),
    zero_retention=st.booleans(),
    max_price=st.none() | st.builds(MaxPrice, input=PRICE, output=st.none() | PRICE),
    licence=st.none() | st.frozensets(st.sampled_from(["MIT", "Apache-2.0"])),
    unverified=st.booleans(),
)
FACT = st.builds(
    Fact,
    reason=st.just("it says so"),
    source=st.sampled_from(["https://h.example", DECLARED]),
    checked=st.just("2026-11-28"),
    verified=st.booleans(),
)
PLACE = st.builds(
    Place,
    jurisdiction=st.none() | COUNTRY,
    self_hosted=st.none() | st.booleans(),
    no_training=st.none() | st.booleans(),
    retention_days=st.none() | st.sampled_from([0, 30]),
    facts=st.dictionaries(
        st.sampled_from(["jurisdiction", "self_hosted", "no_training", "retention_days"]), FACT
    ),
)
TARGET = st.builds(
    lambda name, place, model, onward: replace(
        target("openai", model), provider=name, place=place, forwards=onward
    ),
    PROVIDER,
    PLACE,
    st.sampled_from(["deepseek-flash", "gpt-5.5", "nobody-knows"]),
    st.none() | FACT,
)


def price(_):
    return Decimal(5), Decimal(5)


def admits(one, whom):
    return broken(whom, (one,), price) is None


@settings(max_examples=share(400))
@given(TARGET, st.lists(CONSTRAINTS, max_size=3), CONSTRAINTS)
def test_adding_a_constraint_never_re_admits(whom, some, more):
    if broken(whom, some, price) is not None:
        assert broken(whom, [*some, more], price) is not None
        assert broken(whom, [more, *some], price) is not None


def test_the_same_countries_written_differently_join_to_the_same():
    one = Constraints(allow_jurisdictions={"DE", "EEA", "EU"})
    other = Constraints(allow_jurisdictions={"EEA"})
    assert one & other == other & one == other


@settings(max_examples=share(400))
@given(TARGET, CONSTRAINTS, CONSTRAINTS)
def test_both_joined_admit_nobody_whom_one_does_not(whom, one, other):
    try:
        both = one & other
    except unillm.InvalidRequestError:
        assert {one.self_hosted, other.self_hosted} == {True, False}
        return
    if admits(both, whom):
        assert admits(one, whom)
        assert admits(other, whom)
    if one.unverified == other.unverified:
        assert admits(both, whom) == (admits(one, whom) and admits(other, whom))
    assert both == other & one


@settings(max_examples=share(400))
@given(TARGET, CONSTRAINTS, st.sampled_from([field.name for field in fields(Place)][:4]))
def test_knowing_less_never_admits(whom, one, name):
    less = replace(whom, place=replace(whom.place, **{name: None}))
    unsaid = replace(whom.place, facts={k: v for k, v in whom.place.facts.items() if k != name})
    for doubtful in (less, replace(whom, place=unsaid), replace(whom, place=UNKNOWN)):
        if admits(one, doubtful):
            assert (
                admits(one, whom) or one.deny_jurisdictions or one.allow_jurisdictions is not None
            )
    about_place = (
        *(one.no_training, one.zero_retention, one.self_hosted is not None),
        *(one.allow_jurisdictions is not None, bool(one.deny_jurisdictions)),
    )
    if any(about_place):
        assert not admits(one, replace(whom, place=UNKNOWN))


@settings(max_examples=share(200))
@given(CONSTRAINTS)
def test_constraints_survive_json_and_their_own_repr(one):
    assert Constraints.from_json(one.to_json()) == one
    assert Constraints.from_dict(one.to_dict()) == one
    assert hash(Constraints.from_json(one.to_json())) == hash(one)
    assert (
        eval(repr(one), {"Constraints": Constraints, "MaxPrice": MaxPrice, "Decimal": Decimal})
        == one
    )


def test_countries_are_those_of_the_standard():
    assert len(COUNTRIES) == 249
    assert {name: len(members) for name, members in GROUPS.items()} == {"EU": 27, "EEA": 30}
    assert all(members <= COUNTRIES for members in GROUPS.values())
    assert "GB" not in GROUPS["EEA"]


WRONG = {
    "a string": ({"deny_jurisdictions": "CN"}, r"such as \{'CN'\}; not a string"),
    "a list of lists": ({"deny_providers": [["openai"]]}, "which is no name"),
    "an empty name": ({"allow_providers": [""]}, "which is no name"),
    "a mapping": ({"allow_providers": {"openai": True}}, "must be a set of names"),
    "nothing": ({"deny_providers": None}, "must be a set of names"),
    "UK": ({"deny_jurisdictions": {"UK"}}, "Write 'GB'"),
    "a word": ({"allow_jurisdictions": {"Germany"}}, "Write 'DE'"),
    "three letters": ({"allow_jurisdictions": {"DEU"}}, "codes have two letters"),
    "no country": ({"deny_jurisdictions": {"ZZ"}}, "is no country"),
    "a number for a flag": ({"no_training": 1}, "must be True or False, not 1"),
    "a word for a flag": ({"self_hosted": "yes"}, "must be True, False or None"),
    "a bare price": ({"max_price": 5}, "must be unillm.MaxPrice"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_meant_is_told(case):
    given_, message = WRONG[case]
    with pytest.raises(unillm.InvalidRequestError, match=message):
        Constraints(**given_)


@pytest.mark.parametrize("price", [1.5, True, "much", -1, Decimal("NaN"), Decimal("Infinity")])
def test_a_price_is_money(price):
    with pytest.raises(unillm.InvalidRequestError, match="US dollars for a million tokens"):
        MaxPrice(input=price)


def test_a_price_limits_something():
    with pytest.raises(unillm.InvalidRequestError, match="limits nothing"):
        MaxPrice()
    assert MaxPrice(input="2.50").input == Decimal("2.5")


def test_names_that_nobody_has_are_refused_before_they_deny_nobody():
    with pytest.raises(unillm.InvalidRequestError, match=r"'deepsek'.*Did you mean 'deepseek'"):
        unillm.Client(constraints=Constraints(deny_providers={"deepsek"}))
    box = Provider("mybox", base_url="http://127.0.0.1:1/v1")
    with unillm.Client(providers=[box], constraints=Constraints(deny_providers={"mybox"})):
        pass
    with (
        unillm.Client(providers=[box]) as client,
        pytest.raises(unillm.InvalidRequestError, match="'mybx'"),
    ):
        client.with_options(constraints=Constraints(allow_providers={"mybx"}))
    with pytest.raises(unillm.InvalidRequestError, match=r"must be unillm\.Constraints"):
        unillm.Client(constraints={"deny_providers": ["openai"]})


@pytest.mark.parametrize("given_", ["UK", "de", "XX"])
def test_a_declared_country_is_one(given_):
    with pytest.raises(unillm.InvalidRequestError, match="jurisdiction must be"):
        servers_from([Provider("box", base_url="http://h/v1", jurisdiction=given_)], {})


def test_the_same_countries_in_other_words_are_joined_the_same_either_way():
    one = Constraints(allow_jurisdictions={"EEA"})
    other = Constraints(allow_jurisdictions={"EEA", "NO"})
    assert one & other == other & one == one


@pytest.mark.parametrize(
    "host",
    [
        "api.deepseek.com.",
        "API.DeepSeek.com:8443",
        "eu.api.deepseek.com",
        "api.deepseek\uff0ecom",
        "api\u3002deepseek\uff61com",
        "\uff41pi.deepseek.com",
        "api%2Edeepseek.com",
    ],
    ids=["stop", "port", "below", "wide stop", "other stops", "wide letter", "escaped"],
)
def test_a_denied_host_is_denied_however_its_name_is_written(host):
    """Of these spellings httpx makes the same host, or may."""
    servers = servers_from(
        [Provider("mine", base_url=f"https://{host}/v1", api_key="k", profile="generic")], {}
    )
    denied = (Constraints(deny_providers={"deepseek"}),)
    assert "denied" in str(broken(resolve("mine:m", servers, today=TODAY), denied))
