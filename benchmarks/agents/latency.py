"""What a gateway adds to a call, and what it takes of memory."""

from __future__ import annotations

import http.client
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.agents.ways import KEY, MODEL, UPSTREAM_KEY, WAYS, Gateway
from unillm.testing import Answer, FakeProvider

ROUNDS = 200
WARM = 20
ANSWER = Answer("It is done.", dialect="deepseek")
Face = str


class Caller:
    """Ask one address over one connection, which is kept, as agents do."""

    def __init__(self, port: int, key: str, face: Face, *, stream: bool) -> None:
        """Make the request that is sent again and again."""
        said = {"model": MODEL, "messages": [{"role": "user", "content": "Say that it is done."}]}
        more: dict[str, Any] = {"max_tokens": 100} if face == "messages" else {}
        if stream and face == "chat":
            more["stream_options"] = {"include_usage": True}
        self._body = json.dumps({**said, **more, "stream": stream})
        self._path = "/v1/messages" if face == "messages" else "/v1/chat/completions"
        self._headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def __call__(self) -> float:
        """Return how many seconds went by until the first line of the body.

        Raises:
            RuntimeError: The answer is not one.
        """
        try:
            start = time.perf_counter()
            answer = self._asked()
        except (ConnectionError, http.client.HTTPException):
            # Another way took so long that this connection was idle for too long.
            self._connection.close()
            start = time.perf_counter()
            answer = self._asked()
        line = answer.readline()
        seconds = time.perf_counter() - start
        rest = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {(line + rest)[:500]!r}")
        return seconds

    def _asked(self) -> http.client.HTTPResponse:
        self._connection.request("POST", self._path, self._body, self._headers)
        return self._connection.getresponse()


def memory(pid: int) -> float:
    """Return the resident memory of a process and those that it started, in MB."""
    pids, total = [pid], 0
    while pids:
        one = pids.pop()
        status = Path(f"/proc/{one}/status").read_text(encoding="utf-8")
        total += int(next(line for line in status.splitlines() if "VmRSS" in line).split()[1])
        for task in Path(f"/proc/{one}/task").iterdir():
            pids += [int(child) for child in (task / "children").read_text().split()]
    return total / 1024


def measure(names: list[str]) -> dict[str, Any]:
    """Return for each way: seconds to start, MB, and milliseconds of each kind of call (p50, p95).

    All ways are asked in turn, so that whatever slows the machine slows them all.
    """
    figures: dict[str, Any] = {}
    with ExitStack() as stack:
        fake = stack.enter_context(FakeProvider(api_key=UPSTREAM_KEY))
        callers: dict[tuple[str, str], Caller] = {}
        gateways: dict[str, Gateway] = {}
        for name in names:
            way = WAYS[name]
            port, key, begun = fake.port, UPSTREAM_KEY, time.perf_counter()
            if way.start is not None:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                gateways[name] = stack.enter_context(Gateway(way, fake.base_url, folder))
                port, key = gateways[name].port, KEY
            figures[name] = {"start": round(time.perf_counter() - begun, 1)}
            for face in ("chat", "messages"):
                if face in way.faces:
                    callers[name, face] = Caller(port, key, face, stream=False)
                    callers[name, f"{face} stream"] = Caller(port, key, face, stream=True)
        for (name, kind), times in _asked(callers, fake).items():
            cuts = statistics.quantiles(times, n=20)
            figures[name][kind] = [
                round(1000 * statistics.median(times), 2),
                round(1000 * cuts[-1], 2),
            ]
        for name, gateway in gateways.items():
            figures[name]["memory"] = round(memory(gateway.pid))
    return figures


def _asked(
    callers: dict[tuple[str, str], Callable[[], float]], fake: FakeProvider
) -> dict[tuple[str, str], list[float]]:
    times: dict[tuple[str, str], list[float]] = {who: [] for who in callers}
    for turn in range(WARM + ROUNDS):
        for who, ask in callers.items():
            fake.clear()
            fake.enqueue(ANSWER)
            seconds = ask()
            if turn >= WARM:
                times[who].append(seconds)
    return times
