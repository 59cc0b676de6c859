"""Scripted providers: how long they take, how often and how they fail, how much they bear."""

import heapq
import json
import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tests.simulator.world import World
from unillm.errors import ConnectError, TransportError

Draws: TypeAlias = Callable[[random.Random], float]
"""A distribution."""

JSON = {"content-type": "application/json"}
SSE = {"content-type": "text/event-stream"}
KINDS = ("500", "503", "cut", "refused", "429")
"""What a random fault is, each as likely as any other."""
SOON = 0.02
"""Seconds until a host says no."""


def fixed(seconds: float) -> Draws:
    """Return what is always the same."""
    return lambda _: seconds


def lognormal(median: float, sigma: float) -> Draws:
    """Return what is spread as latencies are: with a long tail."""
    return lambda chance: median * math.exp(sigma * chance.gauss(0.0, 1.0))


_THIRD, _HUNDREDTH = fixed(0.3), fixed(0.01)


@dataclass(slots=True)
class Exchange:
    """What a host says to one request, and when.

    Attributes:
        host: Who.
        head_at: When its status comes; infinity: never.
        status: It.
        headers: What comes with it.
        body: What comes after, and when; an error is raised then.
        error: What is raised instead of a status.
    """

    host: "Host"
    head_at: float
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    body: list[tuple[float, bytes | Exception]] = field(default_factory=list[Any])
    error: Exception | None = None

    def close(self) -> None:
        """Hang up."""
        self.host.live.discard(id(self))


@dataclass
class Host:
    """A provider.

    Attributes:
        name: What it is called.
        first: Seconds to the first token.
        each: Seconds for each token after it.
        tokens: How many tokens an answer has.
        faults: What share of requests fail at random.
        kinds: How they do.
        outages: From when to when it fails every request, and how.
        limit: How many requests at once it takes; it refuses more with a 429.
        servers: How many requests at once it works on; more wait for their turn.
        retry_after: What it says with a 429.
    """

    name: str
    first: Draws = _THIRD
    each: Draws = _HUNDREDTH
    tokens: int = 20
    faults: float = 0.0
    kinds: Sequence[str] = KINDS
    outages: Sequence[tuple[float, float, str]] = ()
    limit: int | None = None
    servers: int | None = None
    retry_after: float | None = None
    live: set[int] = field(default_factory=set[int])
    asked: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    """When it was asked, and what came of it: ``ok``, or how it failed."""
    most_live: int = 0
    _free: list[float] = field(default_factory=list[float])

    def answer(self, world: World, *, streamed: bool) -> Exchange:
        """Begin to answer a request."""
        kind = self._fate(world)
        self.asked.append((world.now, kind))
        exchange = self._well(world, streamed=streamed) if kind == "ok" else Exchange(self, 0.0)
        if kind != "ok":
            self._fail(exchange, kind, world, streamed=streamed)
        self.live.add(id(exchange))
        self.most_live = max(self.most_live, len(self.live))
        return exchange

    def share(self, kind: str) -> float:
        """Return what share of requests ended so."""
        return sum(found == kind for _, found in self.asked) / max(1, len(self.asked))

    def _fate(self, world: World) -> str:
        for since, until, kind in self.outages:
            if since <= world.now < until:
                return kind
        if self.limit is not None and len(self.live) >= self.limit:
            return "429"
        if self.faults and world.chance.random() < self.faults:
            return world.chance.choice(self.kinds)
        return "ok"

    def _well(self, world: World, *, streamed: bool) -> Exchange:
        first = self.first(world.chance)
        lasts = first + self.each(world.chance) * (self.tokens - 1)
        begins = world.now
        if self.servers is not None:
            free = self._free
            while len(free) >= self.servers:
                begins = max(begins, heapq.heappop(free))
            heapq.heappush(free, begins + lasts)
        if not streamed:
            at = begins + lasts
            return Exchange(self, at, body=[(at, _body(self.tokens)), (at, b"")])
        body: list[tuple[float, bytes | Exception]] = [
            (begins + first, _FIRST),
            (begins + lasts, _rest(self.tokens)),
        ]
        return Exchange(self, min(world.now + SOON, begins + first), headers=SSE, body=body)

    def _fail(self, exchange: Exchange, kind: str, world: World, *, streamed: bool) -> None:
        at = exchange.head_at = world.now + SOON
        if kind == "refused":
            exchange.error = ConnectError("no connection")
        elif kind == "hang":
            exchange.head_at = math.inf
        elif kind == "cut":
            begun = self._well(world, streamed=streamed)
            exchange.head_at, exchange.headers = begun.head_at, begun.headers
            broke = TransportError("it broke off")
            exchange.body = [begun.body[0], (begun.body[1][0], broke)]
            if not streamed:
                exchange.body = [(exchange.head_at, broke)]
        else:
            exchange.status = int(kind)
            exchange.body = [(at, _ERROR), (at, b"")]
            if kind == "429" and self.retry_after is not None:
                exchange.headers = {**JSON, "retry-after": str(self.retry_after)}


def _usage(tokens: int) -> dict[str, int]:
    return {"prompt_tokens": 10, "completion_tokens": tokens, "total_tokens": 10 + tokens}


def _body(tokens: int) -> bytes:
    message = {"role": "assistant", "content": "well"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return _written({"object": "chat.completion", "choices": [choice], "usage": _usage(tokens)})


def _written(value: Mapping[str, Any]) -> bytes:
    return json.dumps({"id": "c", "created": 1, "model": "m", **value}).encode()


def _event(delta: Mapping[str, Any], finish: str | None, tokens: int | None = None) -> bytes:
    value: dict[str, Any] = {
        "object": "chat.completion.chunk",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
    if tokens is not None:
        value["usage"] = _usage(tokens)
    return b"data: " + _written(value) + b"\n\n"


def _rest(tokens: int) -> bytes:
    return _event({"content": "ll"}, "stop", tokens) + b"data: [DONE]\n\n"


_FIRST = _event({"role": "assistant", "content": "we"}, None)
_ERROR = _written({"error": {"message": "no", "type": "error", "code": "no"}})
