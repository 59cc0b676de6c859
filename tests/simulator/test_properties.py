"""Whatever routes and targets are like: what holds of every call, and of every one called off."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.effort import share
from tests.simulator.hosts import Host
from tests.simulator.scene import Scene
from unillm import Budget, NoTargetError, Price, Route, RouteExhaustedError
from unillm._client.budgets import states
from unillm.pricing import PriceBook

NAMES = "abcde"
PRICED = PriceBook.default().with_(
    *(Price(provider=name, model="m", input=Decimal(1), output=Decimal(2)) for name in NAMES)
)
KINDS = ("500", "503", "429", "401", "402", "404", "400", "cut", "refused")
FINAL = {"AuthenticationError", "InsufficientBalanceError", "NotFoundError", "ModelNotFoundError"}


def routes(names):
    leaf = st.sampled_from([f"{name}:m" for name in names])
    strategy = st.sampled_from(["fallback", "weighted", "fastest", "least_busy", "cheapest"])
    inner = st.builds(
        lambda targets, ranked: Route(targets, strategy=ranked),
        st.lists(leaf, min_size=1, max_size=3, unique=True),
        strategy,
    )
    # Twice the same target is refused within a route, not across nested ones.
    return st.builds(
        lambda targets, nested, ranked, most, going_on: Route(
            [*targets, *nested], strategy=ranked, max_attempts=most, on_midstream_error=going_on
        ),
        st.lists(leaf, min_size=1, max_size=3, unique=True),
        st.lists(inner, max_size=2, unique_by=lambda route: route.targets),
        strategy,
        st.none() | st.integers(1, 6),
        st.sampled_from(["raise", "restart"]),
    )


def hosts():
    return st.tuples(
        *(
            st.builds(
                Host,
                st.just(name),
                faults=st.sampled_from([0.0, 0.3, 0.9, 1.0]),
                kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=3),
                retry_after=st.sampled_from([None, 1.0, 60.0]),
            )
            for name in NAMES
        )
    )


def leaves(route):
    for one in route.targets:
        yield from [one] if isinstance(one, str) else leaves(one)


@settings(max_examples=share(60), deadline=None)
@given(routes(NAMES), hosts(), st.integers(0, 2**31), st.booleans())
def test_what_holds_of_every_call(route, asked, seed, streamed):
    scene = Scene(asked, route, seed=seed, streamed=streamed)
    most = route.max_attempts or max(3, len({*leaves(route)}))
    for call in scene.run(12, rate=2.0):
        attempts, decision = call.operation.attempts, call.operation.decision
        assert decision is not None
        order, left_out = decision.order, {one.name for one in decision.excluded}
        assert len({*order}) == len(order)
        assert {*order} | left_out == {*leaves(route)}
        assert not {*order} & left_out
        assert len(attempts) <= most
        assert {f"{attempt.provider}:m" for attempt in attempts} <= {*order}
        for number, attempt in enumerate(attempts):
            kind = (attempt.error or "").partition(":")[0]
            later = {one.provider for one in attempts[number + 1 :]}
            assert kind not in FINAL or attempt.provider not in later
            assert kind != "BadRequestError" or not later
        if call.error is None:
            assert attempts[-1].outcome == "ok"
            continue
        assert tuple(attempts) == call.error.attempts
        assert not isinstance(call.error, NoTargetError)
        if isinstance(call.error, RouteExhaustedError):
            told = [f"{type(error).__name__}: {error.message}" for error in call.error.errors]
            assert told == [attempt.error for attempt in attempts]
            assert len({attempt.provider for attempt in attempts}) > 1


@settings(max_examples=share(60), deadline=None)
@given(routes(NAMES), hosts(), st.integers(0, 2**31), st.integers(0, 60))
def test_a_call_that_is_called_off_anywhere_leaves_nothing(route, asked, seed, effects):
    options = {"prices": PRICED, "budget": Budget("0.5")}
    scene = Scene(asked, route, seed=seed, streamed=bool(seed % 2), options=options)

    def called_off():
        call = scene.make()
        call.stops_at = effects
        call.go()

    scene.world.at(scene.world.now, called_off)
    scene.run(3, rate=2.0)  # which sees that nothing is left of any
    first = scene.calls[0]
    assert first.effects <= effects
    assert first.running.over
    assert [state.reserved for state in states(scene.asking[0])] == [0]
