"""Serving one fault to one client and keeping everything that came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import anyio
import anyio.lowlevel
import pytest

import unillm
from tests.faults.expected import STALLS, WAITING, Raised
from unillm._flow import deadlines
from unillm.testing import FakeProvider, Raw, faults
from unillm.testing.faults import Fault
from unillm.testing.raw import Segment
from unillm.types.facts import Api

KEY = "sk-test-0123456789abcdefghij"
SHORT = 0.6
"""Seconds that a fault is given which only a time limit ends."""
ENOUGH = 20.0
"""Seconds in which comes what does come, on a busy machine too."""


@dataclass
class Played:
    """Everything that came of one fault.

    Attributes:
        events: The events of a stream.
        response: What was returned.
        error: What was raised, of whatever class.
        wire: How many requests reached the provider.
        open: How many connections were open after the client was closed.
        paths: The paths that were asked for.
        said: When the fake had said all it says before it is silent, in each attempt it knows of.
    """

    events: list[unillm.Event] = field(default_factory=list)
    response: unillm.ChatResponse | None = None
    error: BaseException | None = None
    wire: int = 0
    open: int = 0
    paths: list[str] = field(default_factory=list)
    said: list[float] = field(default_factory=list)

    def is_in_vain(self, limit: float) -> bool:
        """Tell whether time ran out before the fault was there: the machine was busy elsewhere.

        Such an attempt shows nothing of the fault: its limit of so many seconds must have passed in
        the silence after it, at least for the most part.
        """
        told = self.response or self.error
        if not isinstance(told, unillm.ChatResponse | unillm.UnillmError):
            return False
        if len(self.said) != len(told.attempts):
            return True
        ends = [attempt.started_at + attempt.duration for attempt in told.attempts]
        return any(end - at < limit / 2 for at, end in zip(self.said, ends, strict=True))


def options(
    name: str,
    fake: FakeProvider,
    *,
    streamed: bool,
    api: Api | None = None,
    short: float = SHORT,
) -> dict[str, Any]:
    """Return the options of the client that gets this fault."""
    stall = STALLS[name][0 if streamed else 1] if name in STALLS else None
    is_silent = isinstance(stall, Raised) and stall.error is unillm.FirstTokenTimeoutError
    return {
        "providers": [unillm.Provider("box", base_url=fake.base_url, api_key=KEY, api=api)],
        "model": f"box:{name}",
        "retry": unillm.RetryPolicy(max_attempts=2, first_wait=0, max_wait=0.06),
        "timeout": unillm.Timeout(
            connect=ENOUGH,
            first_token=short if is_silent else ENOUGH,
            idle=short if stall else ENOUGH,
        ),
    }


ASK: dict[str, Any] = {"messages": "What is the weather?", "tools": [faults.WEATHER_TOOL]}


def noted(name: str, said: list[float]) -> Fault:
    """Return a fault that notes when it has said all, or begins what has no end."""
    fault = faults.get(name)

    def make(seen: Any) -> Any:
        raw = fault.make(seen)
        if not isinstance(raw, Raw):
            return raw
        if raw.wire is not None:
            return replace(raw, wire=noting(raw.wire, raw.end == "stall"))
        return replace(raw, segments=noting(raw.segments, raw.end == "stall"))

    def noting(segments: Iterable[Segment], has_end: bool) -> Iterator[Segment]:
        if not has_end:
            said.append(time.time())
        yield from segments
        if has_end:
            said.append(time.time())

    return replace(fault, make=make)


def play(name: str, *, streamed: bool, api: Api | None = None, short: float = SHORT) -> Played:
    """Serve a fault to a sync client."""
    played = Played()
    with FakeProvider() as fake:
        given = options(name, fake, streamed=streamed, api=api, short=short)
        if name in STALLS:
            fake.enqueue(*[noted(name, played.said) for _ in range(2)])
        with unillm.Client(**given) as client:
            try:
                if streamed:
                    with client.stream(**ASK) as stream:
                        played.events.extend(stream)
                        played.response = stream.response
                else:
                    played.response = client.chat(**ASK)
            except Exception as error:  # noqa: BLE001 - the test judges what it is
                played.error = error
        fake.wait(connections=0, in_flight=0)
        _note(played, fake)
    return played


async def play_async(mode: str, name: str, *, streamed: bool, short: float = SHORT) -> Played:
    """Serve a fault to an async client, which sends with aiohttp if the mode is called so."""
    played = Played()
    with FakeProvider() as fake:
        if name in STALLS:
            fake.enqueue(*[noted(name, played.said) for _ in range(2)])
        given = options(name, fake, streamed=streamed, short=short)
        given["transport"] = "aiohttp" if mode == "aiohttp" else "httpx"
        async with unillm.AsyncClient(**given) as client:
            try:
                if streamed:
                    async with client.stream(**ASK) as stream:
                        async for event in stream:
                            played.events.append(event)
                        played.response = stream.response
                else:
                    played.response = await client.chat(**ASK)
            except Exception as error:  # noqa: BLE001 - the test judges what it is
                played.error = error
        give_up = time.monotonic() + ENOUGH
        while fake.connections and time.monotonic() < give_up:
            await anyio.lowlevel.checkpoint()
        _note(played, fake)
    return played


def _note(played: Played, fake: FakeProvider) -> None:
    played.wire = len(fake.requests)
    played.open = fake.connections
    played.paths = [seen.path for seen in fake.requests]


Case = tuple[str, bool]


def play_waiting(mode: str, names: Iterable[str]) -> dict[Case, Played]:
    """Serve the faults that take time, side by side."""
    play("unknown-fields", streamed=True)  # so that no import is made against a time limit
    cases = [(name, streamed) for name in names if name in WAITING for streamed in (True, False)]
    if mode == "sync":
        with ThreadPoolExecutor(len(cases)) as pool:
            played = pool.map(lambda case: play(case[0], streamed=case[1]), cases)
            return dict(zip(cases, played, strict=True))
    return anyio.run(_all, mode, cases, backend=_backend(mode))


def _backend(mode: str) -> str:
    return "asyncio" if mode == "aiohttp" else mode


async def _all(mode: str, cases: list[Case]) -> dict[Case, Played]:
    done: dict[Case, Played] = {}

    async def one(case: Case) -> None:
        done[case] = await play_async(mode, case[0], streamed=case[1])

    async with anyio.create_task_group() as tasks:
        for case in cases:
            tasks.start_soon(one, case)
    return done


def play_alone(mode: str, case: Case, short: float = SHORT) -> Played:
    """Serve one fault."""
    name, streamed = case
    if mode == "sync":
        return play(name, streamed=streamed, short=short)
    return anyio.run(_alone, mode, name, streamed, short, backend=_backend(mode))


async def _alone(mode: str, name: str, streamed: bool, short: float) -> Played:
    return await play_async(mode, name, streamed=streamed, short=short)


def play_in_time(mode: str, case: Case, played: Played) -> Played:
    """Serve a fault that ends by a time limit until it was there in time, each time with more."""
    limit = SHORT
    while case[0] in STALLS and played.is_in_vain(limit) and limit < ENOUGH:
        limit *= 2
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(deadlines, "AFTER_FINISH", limit)
            patch.setattr(deadlines, "ERROR_BODY", limit)
            played = play_alone(mode, case, limit)
    return played
