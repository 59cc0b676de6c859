"""Serving one fault to one client and keeping everything that came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.lowlevel

import unillm
from tests.faults.expected import STALLS, WAITING, Raised
from unillm.testing import FakeProvider, faults
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
    """

    events: list[unillm.Event] = field(default_factory=list)
    response: unillm.ChatResponse | None = None
    error: BaseException | None = None
    wire: int = 0
    open: int = 0
    paths: list[str] = field(default_factory=list)


def options(
    name: str, fake: FakeProvider, *, streamed: bool, api: Api | None = None
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
            first_token=SHORT if is_silent else ENOUGH,
            idle=SHORT if stall else ENOUGH,
        ),
    }


ASK: dict[str, Any] = {"messages": "What is the weather?", "tools": [faults.WEATHER_TOOL]}


def play(name: str, *, streamed: bool, api: Api | None = None) -> Played:
    """Serve a fault to a sync client."""
    played = Played()
    with FakeProvider() as fake:
        with unillm.Client(**options(name, fake, streamed=streamed, api=api)) as client:
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


async def play_async(name: str, *, streamed: bool) -> Played:
    """Serve a fault to an async client."""
    played = Played()
    with FakeProvider() as fake:
        async with unillm.AsyncClient(**options(name, fake, streamed=streamed)) as client:
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
    return anyio.run(_all, cases, backend=mode)


async def _all(cases: list[Case]) -> dict[Case, Played]:
    done: dict[Case, Played] = {}

    async def one(case: Case) -> None:
        done[case] = await play_async(case[0], streamed=case[1])

    async with anyio.create_task_group() as tasks:
        for case in cases:
            tasks.start_soon(one, case)
    return done


def play_alone(mode: str, case: Case) -> Played:
    """Serve one fault."""
    name, streamed = case
    if mode == "sync":
        return play(name, streamed=streamed)
    return anyio.run(_alone, name, streamed, backend=mode)


async def _alone(name: str, streamed: bool) -> Played:
    return await play_async(name, streamed=streamed)
