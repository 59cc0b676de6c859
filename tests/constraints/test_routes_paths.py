# pyright: basic
"""No byte reaches an excluded host on any way through a route: rows of ways, counted at sockets.

Each row has its twin without constraints, which does reach it: so the proof can fail.
"""

from __future__ import annotations

import contextlib

import httpx
import pytest

import unillm
from tests.client.ways import KEY
from tests.constraints.test_proof import ASK, CONSTRAINTS
from tests.constraints.watched import Host, redirect
from unillm import Constraints, MaxPrice, NoTargetError, Provider, Route
from unillm.routing import Cascade, Ranked, Shadow
from unillm.testing import Answer, FakeProvider, Raw

MODEL = "deepseek-v4-pro"
BOTH = (f"allowed:{MODEL}", f"denied:{MODEL}")
BOX = Constraints(self_hosted=True)
TWICE = unillm.RetryPolicy(max_attempts=2, first_wait=0.001)
INNER = {"demanding": Route(BOTH[::-1], constraints=BOX)}


def backwards(_request, candidates, _stats):
    return Ranked(tuple(one.name for one in candidates)[::-1])


ROUTES = {
    "the denied first": Route(BOTH[::-1]),
    "after a failure": Route(BOTH),
    "within a route": Route([Route(BOTH[::-1])]),
    "within a named route": Route(["route:inner"]),
    "any strategy": Route(BOTH, strategy=backwards),
    "looked at": Route(BOTH, strategy=Cascade(verify=lambda _answer: False, in_order=True)),
    "copied": Route(BOTH[:1], strategy=Shadow(BOTH[1:])),
}
FAILS = {"after a failure"}


async def rows(client, model):
    for row in await client.map(["Hi", "Ho"], model=model).collect():
        if row.error is not None:
            raise row.error


ONE_BY_ONE = ("chat", "stream", "parse", "run", "run_stream")
CALLS = {**{name: ASK[name] for name in ONE_BY_ONE}, "map": rows}


def client_of(way, watched, route, **options):
    routes = {"r": route, "inner": Route(BOTH[::-1]), **INNER}
    return watched.client(way, **{"routes": routes, "model": "r", "retry": TWICE, **options})


def reply(watched, way_through):
    broken = [Raw(status=503)] if way_through in FAILS else []
    watched.allowed.enqueue(*broken, *[Answer('{"a": 1}')] * 3)


@pytest.mark.parametrize("name", ROUTES)
async def test_without_constraints_it_is_reached(way, watched, name):
    reply(watched, name)
    async with client_of(way, watched, ROUTES[name]) as client:
        if name == "copied":
            await client.chat("Hi")
            await way.until(lambda: watched.denied.connections)
        else:
            with contextlib.suppress(unillm.UnillmError):
                await client.chat("Hi")
    assert watched.denied.connections >= 1


@pytest.mark.parametrize("name", ROUTES)
async def test_no_byte_reaches_an_excluded_host(way, watched, name):
    async with client_of(way, watched, ROUTES[name], constraints=BOX) as client:
        for call in CALLS.values():
            reply(watched, name)
            await call(client, "r")
            assert watched.allowed.requests
            watched.allowed.clear()
            watched.require_untouched()
    watched.require_untouched()


@pytest.mark.parametrize("why", [one for one in CONSTRAINTS if one != "no own servers"])
async def test_every_constraint_holds_on_a_route(way, watched, why):
    reply(watched, "after a failure")
    async with client_of(way, watched, Route(BOTH[::-1]), constraints=CONSTRAINTS[why]) as client:
        answer = await client.chat("Hi")
    assert answer.provider == "allowed"
    watched.require_untouched()


async def test_what_each_route_demands_holds_of_those_within_it(way, watched):
    """Of a route around it as well, and of a call, and of ``with_options``."""
    rows = [
        (Route(BOTH[::-1], constraints=BOX), {}),
        (Route([Route(BOTH[::-1], constraints=BOX)]), {}),
        (Route([Route(BOTH[::-1])], constraints=BOX), {}),
        (Route(["route:demanding"]), {}),
        (Route(["route:inner"], constraints=BOX), {}),
        (Route(BOTH[:1], strategy=Shadow(BOTH[1:]), constraints=BOX), {}),
        (Route(BOTH[::-1]), {"constraints": BOX}),
    ]
    for route, options in rows:
        client = client_of(way, watched, route)
        async with client:
            changed = client.with_options(**options) if options else client
            for _ in range(2):
                assert (await changed.chat("Hi", session="s")).provider == "allowed"
            (row,) = await changed.map([{"messages": "Hi"}]).collect()
            assert row.response.provider == "allowed"
    watched.require_untouched()


async def test_a_session_that_the_denied_answered_moves_on(way):
    """Stickiness is no way past constraints."""
    with FakeProvider() as home, FakeProvider() as far:
        providers = [
            Provider("home", base_url=home.base_url, api_key=KEY, jurisdiction="DE"),
            Provider("far", base_url=far.base_url, api_key=KEY, jurisdiction="US"),
        ]
        routes = {"r": Route(["far:m", "home:m"])}
        async with way.client(None, providers=providers, routes=routes, model="r") as client:
            assert (await client.chat("Hi", session="s")).provider == "far"
            before = far.connections_total, len(far.requests)
            strict = Constraints(allow_jurisdictions={"EU"})
            answer = await client.chat("Hi", session="s", constraints=strict)
            assert (answer.provider, answer.decision.sticky) == ("home", None)
        assert (far.connections_total, len(far.requests)) == before


async def test_where_nobody_of_a_route_is_left_each_is_named(way, watched):
    strict = Constraints(self_hosted=True, deny_providers={"allowed"})
    async with client_of(way, watched, Route(BOTH), constraints=strict) as client:
        for call in CALLS.values():
            with pytest.raises(NoTargetError, match=r"allowed:(.|\n)*denied:"):
                await call(client, "r")
    watched.require_untouched()
    assert watched.allowed.connections_total == 0


@pytest.mark.parametrize("where", ["client", "route", "within"])
async def test_no_header_has_another_server_answer(way, watched, where):
    plain = Route(BOTH[:1])
    route = {
        "client": plain,
        "route": Route(BOTH[:1], constraints=BOX),
        "within": Route([Route(BOTH[:1], constraints=BOX)]),
    }[where]
    options = {"constraints": BOX} if where == "client" else {}
    async with client_of(way, watched, route, **options) as client:
        for call in (client.chat, client.parse):
            more = {"output": dict} if call == client.parse else {}
            with pytest.raises(unillm.InvalidRequestError, match="'Host'"):
                await call("Hi", extra_headers={"hOsT": "other.example"}, **more)
    assert watched.allowed.connections_total == 0


async def test_without_constraints_the_header_is_the_callers(way, watched):
    async with client_of(way, watched, Route(BOTH[:1])) as client:
        await client.chat("Hi", extra_headers={"Host": "other.example"})
    assert len(watched.allowed.requests) == 1


@pytest.mark.parametrize("own", [False, True], ids=["our client", "a client handed in"])
async def test_no_redirect_leads_to_another_host(way, own):
    with Host() as denied, Host() as allowed:
        servers = [
            Provider(
                name,
                base_url=host.base_url,
                api_key=KEY,
                profile="deepseek",
                self_hosted=name == "allowed",
            )
            for name, host in (("allowed", allowed), ("denied", denied))
        ]
        kind = httpx.Client if way.is_sync else httpx.AsyncClient
        http = kind(follow_redirects=True, base_url=denied.base_url) if own else None
        options = {"routes": {"r": Route(BOTH)}, "model": "r", "constraints": BOX, "retry": TWICE}
        async with way.client(None, providers=servers, http_client=http, **options) as client:
            for status in (301, 302, 303, 307, 308):
                allowed.answer = redirect(status, denied.base_url)
                with pytest.raises(unillm.ProviderError):
                    await client.chat("Hi")
        if isinstance(http, httpx.Client):
            http.close()
        elif http is not None:
            await http.aclose()
        assert allowed.connections >= 5
        assert (denied.connections, denied.received) == (0, b"")


async def test_an_audit_has_what_the_route_demands_as_well(way, watched):
    told = []
    mine = Constraints(no_training=True)
    route = Route(BOTH, constraints=BOX)
    async with client_of(way, watched, route, constraints=mine, observers=told.append) as client:
        await client.chat("Hi")
    assert [one.constraints for one in told[0].audit()] == [(mine, BOX)]


async def test_a_limit_on_prices_is_held_against_the_length_of_the_prompt(way):
    """As where a model is named: long prompts cost more, and this is none."""
    with FakeProvider() as fake:
        server = Provider(
            "box", base_url=fake.base_url, api_key=KEY, profile="openai", prices="openai"
        )
        limit = Constraints(max_price=MaxPrice(input=5, output=30))
        routes = {"r": Route(["box:gpt-5.5"]), "own": Route(["box:gpt-5.5"], constraints=limit)}
        async with way.client(None, providers=[server], routes=routes) as client:
            for model in ("box:gpt-5.5", "r", "own"):
                short = {"model": model, "max_tokens": 100, "constraints": limit}
                assert (await client.chat("Hi", **short)).text
            asked = len(fake.requests)
            for model in ("box:gpt-5.5", "r"):
                with pytest.raises(NoTargetError, match="a million tokens of input cost up to"):
                    await client.chat("word " * 200_000, model=model, constraints=limit)
            with pytest.raises(NoTargetError, match="a million tokens of input cost up to"):
                await client.chat("word " * 200_000, model="own")
            less = Constraints(max_price=MaxPrice(input=4))
            for model in ("box:gpt-5.5", "r"):
                with pytest.raises(NoTargetError, match="more than"):
                    await client.chat("Hi", model=model, max_tokens=100, constraints=less)
        assert len(fake.requests) == asked


def test_what_is_explained_is_what_is_done_with_a_limit_on_prices():
    limit = Constraints(max_price=MaxPrice(input=5, output=30))
    servers = [Provider("openai", api_key=KEY)]
    with unillm.Client(providers=servers, routes={"r": Route(["openai:gpt-5.5"])}) as client:
        for model in ("openai:gpt-5.5", "r"):
            told = client.explain("Hi", model=model, max_tokens=100, constraints=limit)
            assert told.chosen is not None
            long = client.explain("word " * 200_000, model=model, constraints=limit)
            assert long.chosen is None
