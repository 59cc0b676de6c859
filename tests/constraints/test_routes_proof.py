# pyright: basic
"""No byte reaches an excluded host when an answer goes on, begins anew, is refused, or is copied.

Each case has its twin without constraints, which does reach it: so the proof can fail.
"""

from __future__ import annotations

import pytest

import unillm
from tests.client.ways import read_all
from tests.constraints.watched import Watched
from unillm import Constraints, Route
from unillm.routing import Cascade, Shadow
from unillm.testing import Answer, faults

BOTH = ("allowed:deepseek-v4-pro", "denied:deepseek-v4-pro")
NEVER = Cascade(verify=lambda _response: False, in_order=True)
ROUTES = {
    "restart": Route(BOTH, on_midstream_error="restart"),
    "continue": Route(BOTH, on_midstream_error="continue"),
    "cascade": Route(BOTH, strategy=NEVER),
    "shadow": Route(BOTH[:1], strategy=Shadow(BOTH[1:])),
}
BROKEN = {"restart", "continue"}
DENIED = Constraints(deny_providers={"denied"})


async def played(way, watched: Watched, name, **options):
    """Make a call whose route would lead on to the denied host."""
    reply = faults.get("cut-in-text") if name in BROKEN else Answer("one two")
    watched.allowed.enqueue(reply)
    twice = unillm.RetryPolicy(max_attempts=2)
    options = {"routes": {"r": ROUTES[name]}, "model": "r", "retry": twice, **options}
    async with watched.client(way, **options) as client:
        async with client.stream("Hi") as stream:
            await read_all(stream)
        await way.until(lambda: name != "shadow" or watched.denied.connections)
        return stream.response


@pytest.mark.parametrize("name", ROUTES)
async def test_without_constraints_it_is_reached(way, watched, name):
    if name == "shadow":
        assert (await played(way, watched, name)).provider == "allowed"
    else:
        with pytest.raises(unillm.UnillmError):
            await played(way, watched, name)
    assert watched.denied.connections >= 1


@pytest.mark.parametrize("where", ["client", "route"])
@pytest.mark.parametrize("name", ROUTES)
async def test_no_byte_reaches_an_excluded_host(way, watched, name, where):
    route = ROUTES[name]
    if where == "route":
        route = Route(
            route.targets,
            strategy=route.strategy,
            on_midstream_error=route.on_midstream_error,
            constraints=DENIED,
        )
    options = {"constraints": DENIED} if where == "client" else {}
    replies = [faults.get("cut-in-text")] if name in BROKEN else []
    watched.allowed.enqueue(*replies, Answer("one two"))
    routes = {"routes": {"r": route}, "model": "r", "retry": unillm.RetryPolicy(max_attempts=2)}
    async with (
        watched.client(way, **routes, **options) as client,
        client.stream("Hi") as stream,
    ):
        await read_all(stream)
    assert {attempt.provider for attempt in stream.response.attempts} == {"allowed"}
    assert [one.by for one in stream.response.decision.excluded] == ["constraint"]
    watched.require_untouched()
