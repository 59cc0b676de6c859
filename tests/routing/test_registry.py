"""Strategies by name: the package's, those of other packages, and shadows of both."""

import functools
import subprocess
import sys
from importlib import metadata

import pytest

from tests.routing.calls import call, candidate
from unillm import InvalidRequestError
from unillm.routing import (
    Cheapest,
    Fallback,
    Fastest,
    MultiFactor,
    Ranked,
    Shadow,
    Weighted,
    name_of,
    strategies,
    strategy_from,
    strategy_named,
)

THOSE = [candidate("a", 2), candidate("b", 1)]


def backwards(request, candidates, stats):
    """Rank the last first."""
    return Ranked(tuple(one.name for one in reversed(candidates)))


def made_backwards(*, keep: int = 0):
    """Make a strategy, as another package would."""
    return backwards


def test_names_and_options():
    assert strategy_named("weighted", weights={"a": 3}) == Weighted({"a": 3})
    assert strategy_from("cheapest") == Cheapest()
    assert strategy_from({"name": "fastest", "output_tokens": 5}) == Fastest(5)
    assert strategy_from(backwards) is backwards
    assert [name_of(strategy_named(name)) for name in ("fallback", "least_busy")] == [
        "fallback",
        "least_busy",
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("cheepest", "no strategy is named 'cheepest'; did you mean 'cheapest'"),
        ("zzz", "no strategy is named 'zzz'; there are fallback, weighted"),
        ({"name": "cheapest", "speed": 1}, "strategy 'cheapest' takes no options"),
        (
            {"name": "multi_factor", "qualty": 1},
            "takes quality, cost, latency, load, .*did you mean 'quality'",
        ),
        ({"name": "rules"}, "strategy 'rules' takes rules, default: missing"),
        ({"name": "weighted", "weights": {"a": -1}}, "strategy 'weighted': weights"),
        ({"weights": {}}, 'needs a "name"'),
        ({"name": 3}, 'needs a "name"'),
        (3, "a strategy is a name, a mapping with one, or a function"),
        (Cheapest, "not the class Cheapest"),
        (None, "a strategy is a name"),
    ],
    ids=str,
)
def test_what_is_no_strategy_is_refused(given, says):
    with pytest.raises(InvalidRequestError, match=says):
        strategy_from(given)


def test_other_packages_are_looked_at_only_for_unknown_names(monkeypatch):
    asked = []
    offered = [
        metadata.EntryPoint("backwards", f"{__name__}:made_backwards", "unillm.strategies"),
        metadata.EntryPoint("broken", "no_such_module_at_all:make", "unillm.strategies"),
        metadata.EntryPoint("fallback", f"{__name__}:made_backwards", "unillm.strategies"),
        metadata.EntryPoint("data", f"{__name__}:THOSE", "unillm.strategies"),
        metadata.EntryPoint("nothing", "builtins:print", "unillm.strategies"),
    ]
    monkeypatch.setitem(sys.modules, __name__, sys.modules[made_backwards.__module__])

    def entry_points(*, group):
        asked.append(group)
        return offered

    monkeypatch.setattr(metadata, "entry_points", entry_points)
    assert strategy_named("fallback") == Fallback()
    assert asked == []
    assert strategy_named("backwards", keep=1)(call(), THOSE, {}).order == ("b", "a")
    assert asked == ["unillm.strategies"]
    for name, says in {
        "backwards_": "did you mean 'backwards'",
        "broken": "'broken' .*cannot be loaded: No module named",
        "data": "no maker",
        "nothing": "gave None: no function",
    }.items():
        with pytest.raises(InvalidRequestError, match=says):
            strategy_named(name)
    with pytest.raises(InvalidRequestError, match="takes keep"):
        strategy_named("backwards", keeps=1)


def test_what_a_strategy_is_called():
    class Mine:
        def __call__(self, request, candidates, stats):
            return Ranked(())

    assert name_of("cheapest") == "cheapest"
    assert name_of(Shadow(["c"])) == "shadow"
    assert name_of(backwards) == "backwards"
    assert name_of(functools.partial(backwards)) == "backwards"
    assert name_of(Mine()) == "Mine"


def test_a_share_of_calls_is_mirrored():
    shadow = Shadow(["copy"], 0.25, Cheapest())
    for draw, mirrored in ((0.0, ("copy",)), (0.2499, ("copy",)), (0.25, ()), (1.0, ())):
        ranked = shadow(call(draws=(0.5, draw)), THOSE, {})
        assert ranked.order == ("b", "a")
        assert ranked.mirror == mirrored
        assert ranked.sticks is False  # as cheapest says
    assert shadow.mirrors == ("copy",)
    assert Shadow(["copy"], 1.0)(call(draws=(0.0, 1.0)), THOSE, {}).mirror == ("copy",)
    assert Shadow(["copy"], 0)(call(), THOSE, {}).mirror == ()


def test_shadows_may_be_nested():
    inner = Shadow(["x"], 0.1, Weighted({"a": 1}))
    outer = Shadow("y", 0.5, inner)
    assert outer.mirrors == ("y", "x")
    assert outer.mentions == {"a"}
    assert outer(call(draws=(0.0, 0.05)), THOSE, {}).mirror == ("y", "x")
    assert outer(call(draws=(0.0, 0.3)), THOSE, {}).mirror == ("y",)
    assert outer(call(draws=(0.0, 0.7)), THOSE, {}).mirror == ()


def test_what_is_shadowed_may_be_named():
    assert strategy_named("shadow", mirrors=["c"], strategy="cheapest") == Shadow(
        ["c"], 1.0, Cheapest()
    )
    nested = {"name": "multi_factor", "cost": 2}
    assert strategy_named("shadow", mirrors=["c"], strategy=nested) == Shadow(
        ["c"], strategy=MultiFactor(cost=2)
    )
    with pytest.raises(InvalidRequestError, match="did you mean 'cheapest'"):
        strategy_named("shadow", mirrors=["c"], strategy="cheepest")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"mirrors": []}, "mirrors must be a name or a list"),
        ({"mirrors": ["c"], "share": 1.5}, "share must be a number from 0 to 1"),
        ({"mirrors": ["c"], "strategy": "cheapest"}, "must be a strategy, such as"),
    ],
    ids=["none", "share", "name"],
)
def test_a_wrong_shadow_is_refused(options, says):
    with pytest.raises(InvalidRequestError, match=says):
        Shadow(**options)


def test_a_strategy_loads_no_other():
    code = (
        "import sys; from unillm.routing import strategy_named; strategy_named('cheapest'); "
        "print([name for name in sys.modules if name.startswith('unillm.routing.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.rpartition(".")[2] for name in eval(done.stdout)}
    assert "cheapest" in loaded
    assert loaded & {*strategies()} == {"cheapest"}
