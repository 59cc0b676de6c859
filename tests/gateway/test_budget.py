"""What each session may spend."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import anthropic
import httpx2
import openai
import pytest

import unillm
from tests.gateway.conftest import MODEL, client_of, run
from unillm._wire.serve.failed import failed
from unillm.errors import BudgetExceededError, InvalidRequestError
from unillm.gateway import budget as room
from unillm.gateway.budget import IDLE, SessionStore, Spent, explained, session_budget
from unillm.testing import AsyncFakeTransport
from unillm.types.budget import Budget, Claim


async def refused(client: unillm.AsyncClient, **options: Any) -> BudgetExceededError:
    asked: dict[str, Any] = {"model": MODEL, "max_tokens": 1000, **options}
    with pytest.raises(BudgetExceededError) as caught:
        await client.chat("Hi", **asked)
    return caught.value


def test_a_session_that_has_spent_its_budget_sends_nothing_more(fake: AsyncFakeTransport) -> None:
    async def body() -> None:
        async with client_of(fake, budget=session_budget("0.004")) as client:
            for _ in range(20):
                fake.enqueue("word " * 500)
                try:
                    await client.chat("Hi", model=MODEL, max_tokens=1000, session="one")
                except BudgetExceededError:
                    break
            sent = len(fake.requests)
            assert 0 < sent < 20
            error = await refused(client, session="one")
            assert len(fake.requests) == sent
            assert "Nothing was sent" in error.message
            # Another session has as much for itself.
            await client.chat("Hi", model=MODEL, max_tokens=1000, session="two")
            assert len(fake.requests) == sent + 1

    run(body)


def test_a_model_without_a_price_is_refused_and_told_what_to_do() -> None:
    fake = AsyncFakeTransport()

    async def body() -> None:
        box = unillm.Provider("box", base_url="https://box.example/v1", api_key="test")
        async with client_of(fake, providers=[box], budget=session_budget()) as client:
            error = await refused(client, model="box:own-model", session="one")
            assert fake.requests == []
            told = explained(error)
            assert "price" in told.message
            assert "--session-budget off" in told.message
            assert told.attempts == error.attempts
            assert failed(told).status == 402
        async with client_of(fake, providers=[box], budget=session_budget(None)) as client:
            assert (await client.chat("Hi", model="box:own-model")).text

    run(body)


def test_a_refusal_says_how_to_raise_the_budget(fake: AsyncFakeTransport) -> None:
    async def body() -> None:
        async with client_of(fake, budget=session_budget("0.0001")) as client:
            error = await refused(client, session="one")
            told = explained(error)
            assert "another --session-budget" in told.message
            assert "session=one" in told.message
            assert str(told).startswith(told.message)
            assert (told.left, told.needed, told.fits) == (error.left, error.needed, error.fits)
            assert told.provider == "deepseek"
        own = Budget("0.0001", name="mine")
        async with client_of(fake, budget=[own, session_budget()]) as client:
            error = await refused(client, session="one")
            assert explained(error) is error
        assert fake.requests == []

    run(body)


@pytest.mark.parametrize("library", ["openai", "anthropic"])
def test_the_official_libraries_do_not_try_a_refusal_again(library: str) -> None:
    """A 402 is final for both, even if nobody says so in a header."""
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        return httpx2.Response(402, json={"error": {"message": "no", "type": "insufficient_quota"}})

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    url = "http://gateway.invalid/v1"
    if library == "openai":
        with (
            openai.OpenAI(api_key="k", base_url=url, http_client=http, max_retries=3) as client,
            pytest.raises(openai.APIStatusError),
        ):
            client.chat.completions.create(model="m", messages=[{"role": "user", "content": "Hi"}])
    else:
        with (
            anthropic.Anthropic(api_key="k", base_url=url, http_client=http, max_retries=3) as made,
            pytest.raises(anthropic.APIStatusError),
        ):
            made.messages.create(
                model="m", max_tokens=1, messages=[{"role": "user", "content": "Hi"}]
            )
    assert len(asked) == 1


def test_each_session_may_spend_twenty_dollars_if_nothing_is_said() -> None:
    made = session_budget()
    assert made is not None
    assert (made.usd, made.scope, made.per) == (Decimal(20), "session", "client")
    assert session_budget(None) is None
    with pytest.raises(InvalidRequestError):
        session_budget("much")


def test_the_account_of_a_session_lapses_when_nothing_was_asked_for_a_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 1_000_000.0
    monkeypatch.setattr("time.time", lambda: now)
    monkeypatch.setattr("time.monotonic", lambda: now)
    store = SessionStore()

    def claims(session: str) -> list[Claim]:
        budget = Budget(20, scope="session", name="b", store=store)
        return [Claim(budget=budget, account=session, key=session, amount=5, limit=20)]

    def spend(session: str) -> None:
        assert store.reserve(f"{session} {now}", claims(session))[0].room
        store.settle(f"{session} {now}", claims(session), 1)

    for _ in range(10):  # each half a day it goes on: it is never of the past
        spend("long")
        now += IDLE / 2
    assert store.read(claims("long"))[0].spent == 10
    for n in range(5000):
        spend(f"short {n}")
        now += 60
    assert len(store._accounts._tallies) < 5000
    assert store.read(claims("long"))[0].spent == 0


def test_it_is_known_what_a_session_has_cost(
    fake: AsyncFakeTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "MOST", 3)
    spent = Spent()

    async def body() -> None:
        async with client_of(fake, observers=[spent.observe]) as client:
            costs = [
                (await client.chat("Hi", model=MODEL, session="one")).cost.total for _ in range(3)
            ]
            assert None not in costs
            known = spent.of("one")
            assert known is not None
            assert known.total == sum(cost for cost in costs if cost is not None)
            assert known.state == "exact"
            await client.chat("Hi", model=MODEL)
            assert spent.of("two") is None
            for name in ("two", "three", "four"):
                await client.chat("Hi", model=MODEL, session=name)
            assert spent.of("one") is None
            assert spent.of("four") is not None

    run(body)
