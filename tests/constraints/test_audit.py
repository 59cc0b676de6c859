# pyright: basic
"""What is told of where bytes went; and prices as the book has them now."""

from __future__ import annotations

import json
import pickle
import socket
from dataclasses import fields, replace
from datetime import UTC, datetime, time
from decimal import Decimal

import pytest

import unillm
from tests.client.ways import KEY, ONCE, QUICK
from tests.constraints.watched import Watched
from unillm import Attempt, Constraints, MaxPrice, NoTargetError, Provider, Record, Sent
from unillm._flow import batch as flow
from unillm.pricing import ContextTier, Price, PriceBook, PriceHours, ServiceTier
from unillm.testing import FakeProvider, Raw

OWN = Constraints(self_hosted=True)


async def test_each_attempt_tells_where_how_much_and_under_which_law(way, watched):
    told = []
    watched.allowed.enqueue(Raw(status=503), Raw(status=503))
    strict = Constraints(deny_jurisdictions={"CN"})
    options = {"model": "allowed:m", "observers": [told.append], "retry": QUICK}
    async with watched.client(way, constraints=OWN, **options) as client:
        response = await client.chat("Hi", constraints=strict)
    (record,) = told
    bodies = [len(seen.body) for seen in watched.allowed.requests]
    origin = watched.allowed.base_url.removesuffix("/v1")
    assert [a.sent_bytes for a in response.attempts] == bodies
    assert {a.origin for a in response.attempts} == {origin}
    assert {a.jurisdiction for a in response.attempts} == {"DE"}
    audit = record.audit()
    assert [sent.status for sent in audit] == [503, 503, 200]
    assert [sent.number for sent in audit] == [1, 2, 3]
    assert [sent.sent_bytes for sent in audit] == bodies
    assert {sent.operation for sent in audit} == {record.operation}
    assert {sent.constraints for sent in audit} == {(OWN, strict)}
    assert [sent.at for sent in audit] == [a.started_at for a in response.attempts]
    assert Sent.from_json(audit[0].to_json()) == audit[0]
    assert "Hi" not in repr(audit)


async def test_what_was_never_handed_over_is_not_told_of(way, watched):
    told = []
    options = {"model": "box:m", "retry": ONCE, "observers": [told.append]}

    def no_key():
        raise OSError

    box = Provider("box", base_url=watched.denied.base_url, api_key=no_key, self_hosted=True)
    async with way.client(None, providers=[box], **options) as client:
        with pytest.raises(unillm.AuthenticationError):
            await client.chat("Hi")
    (record,) = told
    assert [attempt.sent_bytes for attempt in record.attempts] == [0]
    assert record.audit() == ()
    watched.require_untouched()


async def test_where_nobody_listens_something_was_handed_over(way):
    """What a transport made of it, it alone knows: the number is what may have left, at most."""
    told = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    box = Provider("box", base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY)
    options = {"model": "box:m", "retry": ONCE, "observers": [told.append]}
    async with way.client(None, providers=[box], **options) as client:
        with pytest.raises(unillm.ConnectError):
            await client.chat("Hi")
    (sent,) = told[0].audit()
    assert (sent.status, sent.outcome, sent.jurisdiction) == (None, "error", None)
    assert sent.sent_bytes == told[0].attempts[0].sent_bytes > 0


async def test_a_completion_and_a_batch_tell_it_too(way, monkeypatch):
    monkeypatch.setattr(flow, "FIRST_PAUSE", 0.001)
    told = []
    with FakeProvider(api_key=KEY) as fake:
        url = fake.url
        here = {"base_url": fake.base_url, "api_key": KEY, "self_hosted": True}
        servers = [Provider("box", profile="openai", **here), Provider("plain", **here)]
        options = {"constraints": OWN, "observers": [told.append], "retry": QUICK}
        async with way.client(fake, providers=servers, **options) as client:
            await client.complete("def f(", model="plain:m")
            await client.map(["Hi", "Ho"], model="box:gpt-6-luna", batch=True).collect()
    completion, *rows = told
    assert len(rows) == 2
    for record in told:
        (sent,) = record.audit()
        assert sent.origin == url
        assert sent.constraints == (OWN,)
    assert completion.audit()[0].sent_bytes == len(fake.requests[0].body)
    (upload,) = [seen for seen in fake.requests if seen.path.endswith("/files")]
    lines = [line + b"\n" for line in upload.body.split(b"\n") if line.startswith(b"{")]
    expected = sorted(len(line.replace(b"\r", b"")) for line in lines)
    assert sorted(row.audit()[0].sent_bytes for row in rows) == expected


def attempt(**more):
    given = {"number": 1, "provider": "p", "model": "m", "outcome": "ok"}
    return Attempt(**given, started_at=1.0, duration=2.0, **more)


def test_attempts_written_before_there_was_an_origin_are_read():
    new = attempt(origin="http://h:80", sent_bytes=7, jurisdiction="DE")
    assert Attempt.from_json(new.to_json()) == new
    assert pickle.loads(pickle.dumps(new)) == new
    old = json.loads(new.to_json())
    for name in ("origin", "sent_bytes", "jurisdiction"):
        del old[name]
    assert Attempt.from_dict(old) == attempt()
    restored = Attempt.__new__(Attempt)
    restored.__setstate__([getattr(new, field.name) for field in fields(Attempt)][:-4])
    assert restored == attempt()


def test_records_pickled_before_there_were_constraints_are_read():
    record = Record(
        operation="o",
        outcome="ok",
        provider="p",
        model="m",
        streamed=False,
        origin="http://h:80",
        attempts=(attempt(), attempt(sent_bytes=0)),
        usage=None,
        cost=unillm.Cost(),
        request=None,
        response=None,
        error=None,
        started_at=1.0,
        duration=2.0,
        scope=unillm.Scope(),
        constraints=(OWN,),
    )
    assert pickle.loads(pickle.dumps(record)) == record
    restored = Record.__new__(Record)
    restored.__setstate__([getattr(record, field.name) for field in fields(Record)][:-2])
    assert restored == replace(record, constraints=())
    (sent,) = restored.audit()
    assert (sent.sent_bytes, sent.origin) == (None, None)


# ---------------------------------------------------------------- prices

ROW = Price(
    provider="box",
    model="m",
    input=Decimal(2),
    output=Decimal(8),
    cached_input=Decimal("0.2"),
    cache_write=Decimal("2.5"),
    context=(ContextTier(above=10_000, input=Decimal(2), output=Decimal("1.5")),),
    tiers=(
        ServiceTier(name="priority", times=Decimal(3)),
        ServiceTier(name="flex", times=Decimal("0.5")),
    ),
    source="https://h.example",
    checked="2026-11-28",
)
CASES = {
    "the dearest kind of input": ({}, "Hi", MaxPrice(input="2.49"), "$2.5 "),
    "just so": ({}, "Hi", MaxPrice(input="2.50", output=8), None),
    "output": ({}, "Hi", MaxPrice(output="7.99"), "$8 "),
    "a long prompt": ({}, "long " * 4000, MaxPrice(output=11), "$12 "),
    "a long prompt, within": ({}, "long " * 4000, MaxPrice(input=4, output=12), None),
    "a dearer tier": ({"service_tier": "priority"}, "Hi", MaxPrice(output=20), "$24 "),
    "a cheaper tier may fall back": ({"service_tier": "flex"}, "Hi", MaxPrice(output=5), "$8 "),
    "a tier nobody knows": ({"service_tier": "scale"}, "Hi", MaxPrice(output=99), "is not known"),
    "a tier in the body": (
        {"extra_body": {"service_tier": "priority"}},
        "Hi",
        MaxPrice(output=20),
        "$24 ",
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_the_dearest_that_may_hold_counts(way, watched, case):
    options, prompt, limit, told = CASES[case]
    book = PriceBook(prices=(ROW,))
    here = {"base_url": watched.allowed.base_url, "api_key": KEY}
    async with way.client(
        watched.allowed,
        providers=[Provider("box", **here)],
        model="box:m",
        prices=book,
        constraints=Constraints(max_price=limit),
    ) as client:
        if told is None:
            assert (await client.chat(prompt, **options)).text
            return
        with pytest.raises(NoTargetError) as caught:
            await client.chat(prompt, **options)
    assert told in str(caught.value)
    assert watched.allowed.connections_total == 0


async def test_prices_that_nobody_verified_are_not_known(way, watched):
    book = PriceBook(prices=(replace(ROW, verified=False, note="heard of"),))
    here = {"base_url": watched.allowed.base_url, "api_key": KEY}
    limit = MaxPrice(input=5)
    given = {"providers": [Provider("box", **here)], "model": "box:m", "prices": book}
    async with way.client(watched.allowed, **given) as client:
        with pytest.raises(NoTargetError, match="input cost at box:m is not known"):
            await client.chat("Hi", constraints=Constraints(max_price=limit))
        lax = Constraints(max_price=limit, unverified=True)
        assert (await client.chat("Hi", constraints=lax)).text


async def test_nor_are_they_for_a_limit_that_a_route_has_by_itself(way, watched):
    book = PriceBook(prices=(replace(ROW, verified=False, note="heard of"),))
    provider = Provider("box", base_url=watched.allowed.base_url, api_key=KEY)
    held = Constraints(max_price=MaxPrice(input=5))
    routes = {
        "strict": unillm.Route(["box:m"], constraints=held),
        "lax": unillm.Route(["box:m"], constraints=replace(held, unverified=True)),
    }
    given = {"providers": [provider], "routes": routes, "prices": book}
    async with way.client(watched.allowed, **given) as client:
        with pytest.raises(NoTargetError, match="input cost at box:m is not known"):
            await client.chat("Hi", model="strict")
        assert watched.allowed.connections_total == 0
        assert (await client.chat("Hi", model="lax")).text


def test_an_hour_that_is_about_to_begin_counts():
    peak = PriceHours(name="peak", start=time(8), end=time(9), times=Decimal(4))
    book = PriceBook(prices=(replace(ROW, hours=(peak,), context=()),))

    def dearest(clock, until=None):
        at = datetime(2026, 11, 28, *clock, tzinfo=UTC)
        later = None if until is None else datetime(2026, 11, 28, *until, tzinfo=UTC)
        return book.dearest(provider="box", model="m", at=at, until=later)

    assert dearest((7, 59)) == (Decimal("2.5"), Decimal(8))
    assert dearest((8, 0)) == (Decimal(10), Decimal(32))
    assert dearest((7, 59), until=(8, 1)) == (Decimal(10), Decimal(32))
    assert dearest((9, 0)) == (Decimal("2.5"), Decimal(8))
    hourly = Price(provider="box", model="m", gpu_hour=Decimal(3), source="s", checked="2026-11-28")
    by_time = PriceBook(prices=(hourly,))
    at = datetime(2026, 11, 28, tzinfo=UTC)
    assert by_time.dearest(provider="box", model="m", at=at) is None
    assert book.dearest(provider="box", model="another", at=at) is None


def test_the_table_of_watched_hosts_counts_what_it_is_sent():
    with Watched.running() as both:
        port = int(both.denied.base_url.rpartition(":")[2].removesuffix("/v1"))
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 503")
        with pytest.raises(AssertionError):
            both.require_untouched()
