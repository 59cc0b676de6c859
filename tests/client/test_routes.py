"""Routes: what one may be, what it may be called, and what it leads to."""

# pyright: reportArgumentType=false, reportPrivateUsage=false

import copy
import dataclasses
import pickle
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unillm
from unillm import Hedge, Provider, Route
from unillm._client import planting as module
from unillm._client.config import Config
from unillm._client.routes import find_route, routed
from unillm._flow.tree import Leaf
from unillm.pricing import Price, PriceBook
from unillm.routing.fallback import fallback
from unillm.types.constraints import Constraints, MaxPrice

TODAY = date(2026, 11, 28)
LIMIT = MaxPrice(input=5, output=9)
PROVIDERS = [
    Provider("deepseek", api_key="k"),
    Provider("openai", api_key="k"),
    Provider("mybox", base_url="http://127.0.0.1:1/v1"),
]


async def rank_later(request, candidates, stats):
    return fallback(request, candidates, stats)


WRONG = {
    "a name": (lambda: Route("a"), r"must be a list, such as \['a'\]; not text"),
    "a route": (lambda: Route(Route(["a"])), r"must be a list, such as \[Route\(…\)\]; not Route"),
    "nothing": (lambda: Route([]), "is empty: name at least one"),
    "a number": (lambda: Route(7), "must be names of models.*not int"),
    "a list of numbers": (lambda: Route([7]), "must be names of models.*not int"),
    "weights": (lambda: Route({"a": 3}), "weights and the like are parameters of a strategy"),
    "no name": (lambda: Route(["a", ""]), "has an empty name among them"),
    "twice": (lambda: Route(["a", "b", "a"]), "names 'a' twice: a target that has failed"),
    "a route twice": (lambda: Route([Route(["a"]), Route(["a"])]), r"names Route\(…\) twice"),
    "no strategy": (lambda: Route(["a"], strategy=""), "must be the name of one.*not ''"),
    "no name of a strategy": (
        lambda: Route(["a"], strategy={"weights": {}}),
        "as a mapping has the name of a strategy, and its options",
    ),
    "a class": (lambda: Route(["a"], strategy=dict), "not the class dict"),
    "a coroutine": (lambda: Route(["a"], strategy=rank_later), "a plain function of a call"),
    "constraints": (lambda: Route(["a"], constraints={"no_training": True}), "unillm.Constraints"),
    "midstream": (
        lambda: Route(["a"], on_midstream_error="restrat"),
        "must be 'raise', 'restart' or 'continue', not 'restrat'. Did you mean 'restart'",
    ),
    "hedge": (lambda: Route(["a"], hedge=True), r"unillm.Hedge\(after=…, budget=…\).*not True"),
    "sticky": (lambda: Route(["a"], sticky=1), "must be True or False, not 1"),
    "attempts": (lambda: Route(["a"], max_attempts=0), "whole number from 1.*not 0"),
    "attempts as a flag": (lambda: Route(["a"], max_attempts=True), "whole number from 1"),
    "policy": (lambda: Route(["a"], on_content_policy="continue"), "must be 'raise' or 'next'"),
    "quality of whom": (
        lambda: Route(["fake:gpt"], quality={"fake:gtp": 1}),
        "'fake:gtp', which is none of the targets as they are named: did you mean 'fake:gpt'",
    ),
    "quality": (lambda: Route(["a"], quality={"a": 1.5}), "of 'a' must be from 0 to 1, not 1.5"),
    "quality alone": (lambda: Route(["a"], quality=0.5), r"must be like \{'a': 0.8\}, not 0.5"),
    "worth": (lambda: Route(["a"], willingness_to_pay=-1), "the US dollars that 1.0 of quality"),
    "late": (lambda: Hedge(after="p100"), "from 'p50' to 'p99'; not 'p100'"),
    "early": (lambda: Hedge(after=0), "positive number of seconds.*not 0"),
    "never": (lambda: Hedge(after=float("nan")), "positive number of seconds.*not nan"),
    "share": (lambda: Hedge(budget=5), "above 0 and up to 1, such as 0.05; not 5"),
}


@pytest.mark.parametrize(("make", "message"), WRONG.values(), ids=WRONG)
def test_a_route_that_cannot_be_meant_says_what_to_do(make, message):
    with pytest.raises(unillm.InvalidRequestError, match=message):
        make()


def test_a_route_is_a_value():
    route = Route(
        (name for name in ("a", "b")),
        strategy=fallback,
        constraints=Constraints(no_training=True),
        hedge=Hedge(after=2),
        quality={"b": 1},
    )
    assert route.targets == ("a", "b")
    assert route == pickle.loads(pickle.dumps(route)) == copy.deepcopy(route)
    assert hash(route) == hash(copy.deepcopy(route))
    assert dataclasses.replace(route, sticky=False) != route
    assert not hasattr(route, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(route, "sticky", False)  # noqa: B010 - written plainly, pyright refuses it


def test_a_route_shows_what_is_not_usual():
    assert repr(Route(["a", Route(["b"])])) == "Route(['a', Route(['b'])])"
    shown = repr(Route(["a"], strategy=mirrored("b"), sticky=False, quality={"a": 1}))
    assert shown == "Route(['a'], strategy=rank, sticky=False, quality={'a': 1.0})"


def test_what_a_route_was_made_of_can_change_without_it():
    quality = {"a": 0.5}
    route = Route(["a"], quality=quality)
    quality["a"] = 7
    assert route.quality == {"a": 0.5}


def client_with(routes, **options) -> Any:
    return unillm.Client(**{"providers": PROVIDERS, "routes": routes, **options})


def config_of(client) -> Config:
    return client._config


MISTAKEN = {
    "no mapping": ([Route(["mybox:a"])], 'routes must be like {"fast": Route'),
    "one target": ({"a": "mybox:a"}, "route 'a' must be a unillm.Route, or a list of targets"),
    "nothing in it": ({"a": []}, r"route 'a': Route\(targets=…\) is empty"),
    "a colon": ({"a:b": ["mybox:a"]}, "has letters, digits.*not 'a:b'"),
    "the prefix": ({"route:a": ["mybox:a"]}, "leave out 'route:'"),
    "no text": ({7: ["mybox:a"]}, "the name of a route.*not 7"),
    "a model": ({"gpt-5.5": ["mybox:a"]}, "'gpt-5.5', which is a model of openai"),
    "a model in capitals": ({"GPT-5.5": ["mybox:a"]}, "which is a model of openai"),
    "itself": ({"a": ["route:a"]}, "leads back to itself: route:a -> route:a"),
    "a circle": (
        {"a": ["route:b"], "b": ["mybox:x", "route:c"], "c": ["b"]},
        "route 'b' leads back to itself: route:b -> route:c -> route:b",
    ),
    "no such route": (
        {"fast": ["route:chaep"], "cheap": ["mybox:a"]},
        "route 'fast': no route is named 'chaep'. Routes: fast, cheap. Did you mean 'route:cheap'",
    ),
    "no such provider": (
        {"a": ["opnai:gpt-5.5"]},
        "route 'a': 'opnai:gpt-5.5' could be at any provider.*Did you mean 'openai:gpt-5.5'",
    ),
    "no such model": ({"a": ["gtp-5.5"]}, "route 'a': 'gtp-5.5' could be.*Did you mean 'gpt-5.5'"),
    "no model": ({"a": ["openai:"]}, "route 'a': 'openai:' names a provider, but no model"),
    "further down": (
        {"a": ["route:b"], "b": [Route(["opnai:x"])]},
        r"route 'b\[0\]' \(of route:a -> route:b -> route:b\[0\]\): 'opnai:x' could be",
    ),
    "one under two names": (
        {"a": ["deepseek-v4-pro", "deepseek:deepseek-v4-pro"]},
        "route 'a': 'deepseek-v4-pro' and 'deepseek:deepseek-v4-pro' mean the same",
    ),
    "a route under two names": (
        {"a": ["b", "route:b"], "b": ["mybox:x"]},
        "route 'a': 'b' and 'route:b' mean the same",
    ),
    "an option's slip": (
        {"a": Route(["mybox:x"], strategy={"name": "weighted", "weight": {}})},
        "route 'a': strategy 'weighted' takes weights",
    ),
    "a mention": (
        {"a": Route(["mybox:x"], strategy={"name": "weighted", "weights": {"mybox:y": 1}})},
        "route 'a': the strategy 'weighted' speaks of 'mybox:y', which is none.*'mybox:x'",
    ),
    "constraints of nobody": (
        {"a": Route(["mybox:x"], constraints=Constraints(deny_providers={"opnai"}))},
        "route 'a': the constraints name a provider 'opnai'",
    ),
    "no such strategy": (
        {"a": Route(["mybox:x"], strategy="fallbakc")},
        "route 'a': no strategy is named 'fallbakc'",
    ),
}


@pytest.mark.parametrize(("routes", "message"), MISTAKEN.values(), ids=MISTAKEN)
@pytest.mark.parametrize("make", [unillm.Client, unillm.AsyncClient])
def test_a_mistake_in_routes_is_told_when_the_client_is_made(make, routes, message):
    with pytest.raises(unillm.InvalidRequestError, match=message):
        make(providers=PROVIDERS, routes=routes)


@pytest.mark.parametrize("make", [unillm.Client, unillm.AsyncClient])
def test_a_default_that_is_no_route_is_told_when_the_client_is_made(make):
    with pytest.raises(unillm.InvalidRequestError, match="no route is named 'fats'"):
        make(providers=PROVIDERS, routes={"fast": ["mybox:a"]}, model="route:fats")
    made = make(providers=PROVIDERS, routes={"fast": ["mybox:a"]}, model="route:fast")
    with pytest.raises(unillm.InvalidRequestError, match="no route is named 'slow'"):
        made.with_options(model="route:slow")
    made.with_options(routes={"slow": ["mybox:b"]}, model="route:slow")


def test_a_provider_may_not_be_taken_for_a_route():
    route = Provider("route", base_url="http://127.0.0.1:1/v1")
    with pytest.raises(unillm.InvalidRequestError, match="may not be named 'route'"):
        unillm.Client(providers=[route], routes={"a": ["route:x"]})
    assert find_route(config_of(unillm.Client(providers=[route])), "route:x") is None


def test_a_route_is_found_by_its_name_with_and_without_the_prefix():
    config = config_of(client_with({"fast": ["mybox:a"]}, model="route:fast"))
    assert find_route(config, "fast") == find_route(config, "route:fast") == "fast"
    assert find_route(config, None) == "fast"
    assert find_route(config, "mybox:fast") is None
    with pytest.raises(unillm.InvalidRequestError, match="Did you mean 'route:fast'"):
        find_route(config, "route:fats")
    with pytest.raises(unillm.InvalidRequestError, match=r"the client has none\. Give it"):
        find_route(config_of(unillm.Client(providers=PROVIDERS)), "route:fast")


def test_a_leaf_that_cannot_be_asked_is_no_mistake_and_says_why(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    client = unillm.Client(
        providers=[Provider("openai"), *PROVIDERS[2:]],
        routes={"a": ["openai:gpt-5.5", "deepseek-v4-pro", "together:x", "mybox:y"]},
    )
    leaves = list(routed(config_of(client), "a", TODAY).leaves())
    told = [(leaf.excluded.by, leaf.excluded.reason) for leaf in leaves if leaf.excluded]
    assert [by for by, _ in told] == ["key", "provider", "provider"]
    assert "set OPENAI_API_KEY" in told[0][1]
    assert told[1][1] == "the client has no provider 'deepseek': add unillm.Provider('deepseek')"
    assert str(leaves[-1].target) == "mybox:y"


def test_routes_in_routes_keep_their_paths_and_constraints():
    near, open_ = Constraints(self_hosted=True), Constraints(open_weights=True)
    inner = Route(["mybox:b"], constraints=open_)
    routes = {"out": Route(["mybox:a", "route:in"], constraints=near), "in": ["mybox:c", inner]}
    tree = routed(config_of(client_with(routes)), "out", TODAY)
    assert [(leaf.name, leaf.path, leaf.constraints) for leaf in tree.leaves()] == [
        ("mybox:a", ("out",), (near,)),
        ("mybox:c", ("out", "in"), (near,)),
        ("mybox:b", ("out", "in", "in[1]"), (near, open_)),
    ]
    assert [child.name for child in tree.children] == ["mybox:a", "in"]


def test_what_a_route_leads_to_is_looked_up_once_a_day(monkeypatch):
    config = config_of(client_with({"a": ["mybox:a", "route:b"], "b": ["mybox:b"]}))
    tree = routed(config, "a", TODAY)
    with monkeypatch.context() as patch:
        patch.setattr(module, "resolve", None)
        assert routed(config, "a", TODAY) is tree
        with pytest.raises(TypeError):
            routed(config, "a", TODAY + timedelta(days=1))
    assert routed(config, "a", TODAY + timedelta(days=1)) == tree


def test_routes_are_added_by_with_options_and_one_takes_the_place_of_its_name():
    client = client_with({"a": ["mybox:a"], "b": ["route:a"]})
    other = client.with_options(routes={"a": ["mybox:z"]})
    name = next(routed(config_of(other), "b", TODAY).leaves()).name
    assert name == "mybox:z"
    assert next(routed(config_of(client), "b", TODAY).leaves()).name == "mybox:a"
    assert dict(config_of(other).routes) == {"a": Route(["mybox:z"]), "b": Route(["route:a"])}


def test_routes_that_grow_without_end_are_refused():
    twice = {f"{side}{i}": [f"r{i + 1}", f"l{i + 1}"] for i in range(9) for side in "rl"}
    with pytest.raises(unillm.InvalidRequestError, match="leads to more than 256 models"):
        client_with({**twice, "r9": ["mybox:a"], "l9": ["mybox:b"]})
    deep = {f"r{i}": [f"route:r{i + 1}"] for i in range(1_000)}
    with pytest.raises(unillm.InvalidRequestError, match="more than 16 deep"):
        client_with({**deep, "r1000": ["mybox:a"]})


def mirrored(*names):
    def rank(request, candidates, stats):
        return fallback(request, candidates, stats)

    rank.mirrors = names if names != ("x",) else "x"
    return rank


def test_mirrors_of_a_strategy_are_looked_up_too():
    route = Route(["mybox:a"], strategy=mirrored("mybox:b"))
    tree = routed(config_of(client_with({"a": route})), "a", TODAY)
    assert [str(mirror.target) for mirror in tree.mirrors] == ["mybox:b"]
    assert tree.ranked_by == "rank"
    for wrong in (("x",), (7,), ("opnai:x",)):
        with pytest.raises(unillm.InvalidRequestError, match="route 'a'"):
            client_with({"a": Route(["mybox:a"], strategy=mirrored(*wrong))})


NAMES = st.sampled_from(["a", "b", "c", "d"])
TARGETS = st.lists(
    NAMES.map("route:{}".format) | st.sampled_from(["mybox:x", "mybox:y", "openai:z"]),
    min_size=1,
    unique=True,
)


@given(st.dictionaries(NAMES, TARGETS, min_size=1))
def test_any_graph_of_routes_is_a_tree_or_a_mistake(graph):
    try:
        config = config_of(client_with(graph))
    except unillm.InvalidRequestError:
        assert has_fault(graph)
        return
    assert not has_fault(graph)
    for name in graph:
        for leaf in routed(config, name, TODAY).leaves():
            assert isinstance(leaf, Leaf)
            assert leaf.path[0] == name
            assert all(f"route:{below}" in graph[above] for above, below in pairwise(leaf.path))
            assert leaf.name in graph[leaf.path[-1]]


def has_fault(graph):
    """Tell whether a graph has a circle or an end that is not there, by taking ends away."""
    left = {name: {t[6:] for t in targets if t[:6] == "route:"} for name, targets in graph.items()}
    while done := {name for name, needs in left.items() if not needs}:
        left = {name: needs - done for name, needs in left.items() if name not in done}
    return bool(left)


def test_whom_constraints_permit_is_told_anew_where_others_hold():
    client = client_with({"r": Route(["deepseek:deepseek-v4-pro", "openai:gpt-5.5"])})
    held = client.with_options(constraints=Constraints(deny_jurisdictions={"CN"}))
    for _ in range(2):
        assert client.explain("Hi", model="r").excluded == ()
        (out,) = held.explain("Hi", model="r").excluded
        assert (out.name, out.excluded[0].by) == ("deepseek:deepseek-v4-pro", "constraint")


def test_whom_prices_permit_is_told_anew_for_each_call():
    client = client_with({"r": Route(["mybox:a"])}, constraints=Constraints(max_price=LIMIT))
    cheap, dear = (
        PriceBook(prices=(Price(provider="mybox", model="a", input=Decimal(1), output=usd),))
        for usd in (Decimal(2), Decimal(90))
    )
    for _ in range(2):
        assert client.explain("Hi", model="r", prices=cheap).chosen.name == "mybox:a"
        (out,) = client.explain("Hi", model="r", prices=dear).excluded
        assert "a million tokens of output cost up to $90" in out.excluded[0].reason
