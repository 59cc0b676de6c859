"""Cheapest, cascade and multi-factor: what a call is expected to cost, and what is worth it."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.routing.calls import call, candidate
from unillm import InvalidRequestError, NoTargetError
from unillm.routing import Candidate, Cascade, Cheapest, MultiFactor, Stats
from unillm.routing.cascade import valid
from unillm.types.messages import AssistantMessage
from unillm.types.response import ChatResponse
from unillm.types.tools import InvalidToolCall, ToolCall

priced = st.lists(
    st.tuples(
        st.none() | st.decimals(min_value=0, max_value=1, places=9),
        st.none() | st.floats(0, 1),
    ),
    min_size=1,
    max_size=8,
)


def named(rows):
    """Return candidates for costs and qualities."""
    return [candidate(f"m{at}", usd, quality=good) for at, (usd, good) in enumerate(rows)]


def test_a_cost_is_reckoned_once_and_only_when_it_is_asked_for():
    asked = []

    def price(*about):
        asked.append(about)
        return candidate("m", 1).cost

    plain = Candidate("m", candidate("m").target, price)
    told = Candidate("m", candidate("m").target, price, None, (1, 2))
    assert not asked
    assert plain.cost is plain.cost
    assert told.cost is told.cost
    assert asked == [(), (1, 2)]


def beats(one, other, worth):
    """Tell whether a candidate must stand before another: what brute force compares by."""
    if (one.cost.usd is None) != (other.cost.usd is None):
        return other.cost.usd is None
    if one.cost.usd is None:
        return False
    if worth is None:
        return one.cost.usd < other.cost.usd
    if (one.quality is None) != (other.quality is None):
        return other.quality is None
    if one.quality is None:
        return one.cost.usd < other.cost.usd
    left, right = (each.quality - float(each.cost.usd) / worth for each in (one, other))
    return left > right or (left == right and one.cost.usd < other.cost.usd)


@given(priced, st.none() | st.floats(1e-6, 1e6))
def test_cheapest_is_what_brute_force_finds(rows, worth):
    those = named(rows)
    ranked = Cheapest()(call(worth=worth), those, {})
    by_name = {one.name: one for one in those}
    order = [by_name[name] for name in ranked.order]
    counts = worth if any(one.quality is not None for one in those) else None
    for at, one in enumerate(order):
        for other in order[at + 1 :]:
            assert not beats(other, one, counts)
            if not beats(one, other, counts):  # equals keep the order of the route
                assert those.index(one) < those.index(other)


def test_what_nobody_has_a_price_of_is_not_free():
    those = [candidate("a"), candidate("b", 5), candidate("c", "NaN"), candidate("d", -1)]
    ranked = Cheapest()(call(), those, {})
    assert ranked.order == ("b", "a", "c", "d")
    assert ranked.scores == {"b": 5.0}
    assert ranked.reasons == dict.fromkeys("acd", "no price is known")


def test_quality_counts_as_much_as_it_is_worth():
    those = [candidate("weak", 0.001, quality=0.6), candidate("strong", 0.03, quality=0.9)]
    assert Cheapest()(call(), those, {}).order == ("weak", "strong")
    assert Cheapest()(call(worth=0.05), those, {}).order == ("weak", "strong")
    ranked = Cheapest()(call(worth=0.2), those, {})
    assert ranked.order == ("strong", "weak")
    assert ranked.scores == pytest.approx({"weak": 0.595, "strong": 0.75})
    assert Cheapest()(call(worth=0), those, {}).order == ("weak", "strong")


def test_a_cascade_begins_with_the_cheapest_or_where_the_route_does():
    those = [candidate("a", 3), candidate("b"), candidate("c", 1)]
    ranked = Cascade()(call(), those, {})
    assert ranked.order == ("c", "a", "b")
    assert ranked.scores == {"a": 3.0, "c": 1.0}
    assert ranked.verify is valid
    assert Cascade(in_order=True)(call(), those, {}).order == ("a", "b", "c")
    assert Cascade(len)(call(), those, {}).verify is len  # type: ignore[arg-type]  # any function


def response(content: str | None = "Fine.", **more):
    """Return an answer."""
    message = AssistantMessage(
        content, refusal=more.pop("refusal", None), tool_calls=more.pop("tool_calls", ())
    )
    fields = {"finish_reason": "stop", "provider": "box", "model": "m", **more}
    return ChatResponse(message=message, **fields)


CALL = ToolCall(id="1", name="f", arguments={}, raw="{}")
BAD = InvalidToolCall(id="1", name="f", raw="{", reason="cut", schema_path=None)


@pytest.mark.parametrize(
    ("answer", "will_do"),
    [
        pytest.param(response(), True, id="text"),
        pytest.param(
            response(None, tool_calls=(CALL,), finish_reason="tool_calls"), True, id="call"
        ),
        pytest.param(response(" \n"), False, id="nothing"),
        pytest.param(response(finish_reason="length"), False, id="cut"),
        pytest.param(response(finish_reason="content_filter"), False, id="filtered"),
        pytest.param(response(refusal="I will not."), False, id="refused"),
        pytest.param(response(invalid_tool_calls=(BAD,)), False, id="broken call"),
    ],
)
def test_an_answer_is_valid_if_it_can_be_used(answer, will_do):
    assert valid(answer) is will_do


@pytest.mark.parametrize("options", [{"verify": "valid"}, {"in_order": "yes"}])
def test_a_wrong_cascade_is_refused(options):
    with pytest.raises(InvalidRequestError, match=next(iter(options))):
        Cascade(**options)


THREE = [
    candidate("good", 0.03, quality=0.9),
    candidate("cheap", 0.001, quality=0.6),
    candidate("quick", 0.01, quality=0.7),
]
STATS = {
    "good": Stats(first_token=2.0, in_flight=5, limit=10),
    "cheap": Stats(first_token=1.0, in_flight=9, limit=10),
    "quick": Stats(first_token=0.2, in_flight=0, limit=10),
}
ONLY: dict[str, Any] = {"quality": 0, "cost": 0, "latency": 0, "load": 0}


@pytest.mark.parametrize(
    ("factor", "first"),
    [("quality", "good"), ("cost", "cheap"), ("latency", "quick"), ("load", "quick")],
)
def test_a_single_factor_decides_alone(factor, first):
    ranked = MultiFactor(**{**ONLY, factor: 2})(call(), THREE, STATS)
    assert ranked.order[0] == first
    assert ranked.scores[first] == 1.0
    assert min(ranked.scores.values()) == 0.0


def test_figures_are_spread_and_weighed_as_worked_out_by_hand():
    ranked = MultiFactor(quality=2, cost=1, latency=1, load=0)(call(), THREE, STATS)
    assert ranked.scores == pytest.approx(
        {
            "good": (2 * 1 + 0 + 0) / 4,
            "cheap": (2 * 0 + 1 + 1 / 1.8) / 4,
            "quick": (2 / 3 + 0.02 / 0.029 + 1) / 4,
        }
    )


def test_ceilings_come_before_weights():
    by_quality = MultiFactor(**{**ONLY, "quality": 1}, max_first_token=1.5)
    ranked = by_quality(call(), THREE, STATS)
    assert ranked.order == ("quick", "cheap", "good")
    assert ranked.scores == {"quick": 1.0, "cheap": 0.0}  # spread over who is within
    assert "more than 1.5 s" in ranked.reasons["good"]
    assert MultiFactor(max_in_flight=5)(call(), THREE, STATS).order[0] == "quick"
    assert MultiFactor(max_cost=0.005)(call(), THREE, STATS).order == ("cheap", "quick", "good")


def test_unknown_money_is_beyond_a_ceiling_and_unknown_time_is_not():
    those = [candidate("a"), candidate("b", 0.9)]
    assert MultiFactor(max_cost=1)(call(), those, {}).order == ("b", "a")
    assert MultiFactor(max_first_token=0.1)(call(), those, {}).reasons == {}


def test_what_to_do_when_nobody_is_within():
    none: dict[str, Any] = {"max_cost": 0.0001}
    assert MultiFactor(**none)(call(), THREE, STATS).order == ("cheap", "quick", "good")
    assert MultiFactor(**none, on_none="first")(call(), THREE, STATS).order[0] == "good"
    with pytest.raises(NoTargetError, match=r"good: about \$0\.030000, more than \$0\.0001"):
        MultiFactor(**none, on_none="fail")(call(), THREE, STATS)


def test_quality_and_cost_are_one_figure_where_one_is_worth_the_other():
    weigh = MultiFactor(latency=0, load=0)
    assert weigh(call(worth=0.01), THREE, STATS).order[0] == "cheap"
    assert weigh(call(worth=10), THREE, STATS).order[0] == "good"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (ONLY, "must weigh more than 0"),
        ({"quality": -1}, "quality must be a number of 0 or more"),
        ({"max_cost": float("nan")}, "max_cost"),
        ({"cost": Decimal("Infinity")}, "cost"),
        ({"on_none": "retry"}, "cheapest, first, fail"),
    ],
    ids=["no weight", "negative", "nan", "infinite", "on_none"],
)
def test_a_wrong_multi_factor_is_refused(options, says):
    with pytest.raises(InvalidRequestError, match=says):
        MultiFactor(**options)
