"""What the tests of recipes share: clients of unillm, a fake behind them, and what is counted."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import openai
import pydantic

import unillm
from unillm.testing import Answer, FakeCall, FakeProvider, faults

MODEL = "deepseek:deepseek-v4-pro"
THOUGHT = "The user names a city: ☀ I look it up."
TWICE = unillm.RetryPolicy(max_attempts=2, first_wait=0.001)
"""What fails is asked for twice by unillm; whoever asks again on top makes another operation."""
REFUSALS = {
    "status-429": ("RateLimitError", unillm.RateLimitError),
    "status-400-context-length": ("BadRequestError", unillm.ContextLengthError),
    "status-401": ("AuthenticationError", unillm.AuthenticationError),
    "status-503": ("InternalServerError", unillm.OverloadedError),
    "call-finish-hides-cut": ("InternalServerError", unillm.ToolArgumentsError),
}
"""Faults of answers that are not streamed: the class of openai's, and the cause."""
RETRIED = {"status-429", "status-503", "cut-in-text", "cut-in-body", "call-finish-hides-cut"}


_SLOW = ("stall", "slow", "endless", "for-ever", "pause", "comments", "huge", "retry-after")
_BUGS = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
FAULTS = [name for name in faults.names("chat") if not any(word in name for word in _SLOW)]


class City(pydantic.BaseModel):
    """Where somebody is."""

    name: str
    people: int


def get_weather(city: str) -> str:
    """Look up the weather.

    Args:
        city: The city, in English.
    """
    return f"Sunny in {city}."


def calling(*cities: str, reasoning: str | None = THOUGHT, text: str | None = None) -> Answer:
    """Return an answer that asks for the weather of each city."""
    calls = [FakeCall("get_weather", {"city": city}) for city in cities]
    return Answer(text, reasoning=reasoning, tool_calls=calls)


def ours(error: BaseException | None) -> unillm.UnillmError | None:
    """Return unillm's error that another came of, or None."""
    while error is not None and not isinstance(error, unillm.UnillmError):
        error = error.__cause__ or error.__context__
    return error


def oddities(ask: Callable[[World], object]) -> dict[str, str]:
    """Ask a provider that goes wrong in each way, and return what was none of openai's errors.

    Args:
        ask: Asks the model `box:any`, with a tool.
    """
    odd: dict[str, str] = {}
    once = unillm.RetryPolicy(max_attempts=1)
    with FakeProvider() as fake, world_at(fake, "box", retry=once, timeout=5) as world:
        for name in FAULTS:
            fake.clear()
            world.queue(name, 1)
            try:
                ask(world)
            except openai.OpenAIError:
                pass
            except _BUGS as error:
                odd[name] = repr(error)
    assert len(world.operations) == len(FAULTS) > 150
    return odd


@dataclass(frozen=True)
class World:
    """A fake provider, clients that ask it, and each operation that they were asked for."""

    fake: FakeProvider
    client: unillm.Client
    async_client: unillm.AsyncClient
    operations: list[unillm.Record]

    def queue(self, fault: str, times: int = 12) -> None:
        """Have the next answers be a fault."""
        self.fake.enqueue(*[faults.get(fault)] * times)

    @property
    def asked(self) -> list[dict[str, Any]]:
        """Return the messages of the last request."""
        return self.fake.requests[-1].messages

    @property
    def replayed(self) -> list[str | None]:
        """Return the reasoning of each message of the assistant's in the last request."""
        return [m.get("reasoning_content") for m in self.asked if m["role"] == "assistant"]

    def is_released(self) -> bool:
        """Tell whether the answer was left before its end, and nothing is open any more."""
        return self.fake.wait(in_flight=0) and self.fake.served[-1].left_early


@contextmanager
def world_at(
    fake: FakeProvider,
    name: str = "deepseek",
    base_url: str | None = None,
    api: Any = None,
    **options: Any,
) -> Iterator[World]:
    """Make clients, with these options, of a fake that is running, or of another address."""
    provider = unillm.Provider(name, base_url=base_url or fake.base_url, api_key="test", api=api)
    records: list[unillm.Record] = []
    settings = {"providers": [provider], "retry": TWICE, "observers": [records.append], **options}
    with unillm.Client(**settings) as client:
        async_client = unillm.AsyncClient(**settings)
        yield World(fake, client, async_client, records)
        asyncio.run(async_client.close())


def closed_port() -> str:
    """Return an address at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}/v1"
