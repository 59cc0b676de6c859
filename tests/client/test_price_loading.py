"""Loading genai-prices takes long: it never stops an event loop."""

import threading
from decimal import Decimal

import pytest

import unillm
from tests.client.ways import KEY
from unillm.pricing import PriceBook, genai
from unillm.testing import FakeProvider


@pytest.fixture
def looked(monkeypatch):
    """Have the package not be loaded yet; give the threads in which it is looked at."""
    threads = []
    look = genai._snapshot

    def noted():
        threads.append(threading.current_thread())
        return look()

    monkeypatch.setattr(genai, "_snapshot", noted)
    genai.load.cache_clear()
    yield threads
    genai.load.cache_clear()


def is_loaded_aside(looked, way):
    """Tell whether the first look was beside the event loop, if there is one, and none after it."""
    here = threading.current_thread()
    return [thread is here for thread in looked[:1]] == [way.is_sync] and all(
        thread is here for thread in looked[1:]
    )


async def test_calls_of_a_model_that_the_book_does_not_have(way, fake, looked):
    async with way.client(fake) as client:
        await client.chat("Hi")
        async with client.stream("Hi") as stream:
            async for _ in stream:
                pass
    assert is_loaded_aside(looked, way)


async def test_a_budget_has_the_price_before_it_reserves(way, fake, looked):
    async with way.client(fake, budget=unillm.Budget(1, name="b"), max_tokens=9) as client:
        with pytest.raises(unillm.BudgetExceededError, match="fake:fake-model"):
            await client.chat("Hi")
    assert is_loaded_aside(looked, way)


async def test_a_text_that_goes_on(way, fake, looked):
    async with way.client(fake) as client:
        await client.complete("Once", suffix=".", max_tokens=9)
    assert is_loaded_aside(looked, way)


async def test_rows_of_a_batch(way, looked, monkeypatch):
    monkeypatch.setattr("unillm._flow.batch.FIRST_PAUSE", 0.001)
    with FakeProvider(api_key=KEY) as fake:
        box = unillm.Provider("box", base_url=fake.base_url, api_key=KEY, profile="openai")
        async with way.client(fake, providers=[box], model="box:m") as client:
            await client.map(["a"], batch=True).collect()
    assert is_loaded_aside(looked, way)


ROW = unillm.Price(provider="fake", model="fake-model", input=Decimal(1), output=Decimal(2))


@pytest.mark.parametrize(
    "prices", [PriceBook.default().with_(ROW), PriceBook()], ids=["known", "no fallback"]
)
async def test_who_does_not_need_it_does_not_load_it(way, fake, looked, prices):
    async with way.client(fake, prices=prices) as client:
        await client.chat("Hi")
        assert client.estimate("Hi", max_tokens=9).at
    assert looked == []
    PriceBook.load()
    PriceBook.load()
    assert len(looked) == 1
