"""What is measured of one client, inside a process of its own.

Every measurement makes a new client, warms it up, and checks every answer. Figures are
microseconds of CPU (user + system, all threads) unless their name says otherwise.
"""

import asyncio
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from benchmarks.speed import wire
from benchmarks.speed.memory import open_streams, released
from benchmarks.speed.question import First, long, short
from benchmarks.speed.watch import MICRO, Watch, watched

Figures = dict[str, float]
Once = Callable[[Any], Any]
"""Ask a client once; gives the answer, or with an async client what is to be awaited."""


class Bench:
    """One client, and a server to measure it against."""

    def __init__(self, module: Any, server: str) -> None:
        """Take the module of the client, and where the server is."""
        self._module = module
        self._server = server

    def calls(self, *, count: int, awaited: bool, abreast: int = 1) -> Figures:
        """Measure calls that are not streamed, so many at a time."""
        question = short()
        watch = self._repeated(
            "text", lambda client: client.ask(question), count, awaited=awaited, abreast=abreast
        )
        return {"cpu": watch.cpu / watch.count, "per_second": watch.count / watch.wall * MICRO}

    def prompt(self, *, count: int, turns: int, megabytes: int, objects: bool) -> Figures:
        """Measure calls with a long conversation, of dicts or of the client's own messages."""
        question = long(turns, megabytes)
        if objects:
            question = self._module.objects(question)
        watch = self._repeated("text", lambda client: client.ask(question), count, warm_up=1)
        return {"cpu": watch.cpu / watch.count}

    def streams(
        self, *, scenario: str, count: int, awaited: bool, abreast: int = 1, warm_up: int = 2
    ) -> Figures:
        """Measure streams: CPU for each piece, and the clock until the first is there."""
        question = short(tools=scenario.startswith("tools"))
        waited: list[float] = []
        watch = self._repeated(
            scenario,
            lambda client: client.stream(question, _timer(waited)),
            count,
            awaited=awaited,
            abreast=abreast,
            warm_up=warm_up,
        )
        pieces = int(scenario.partition("-")[2]) * watch.count
        first = statistics.median(waited[-watch.count :])
        return {"cpu": watch.cpu / pieces, "first_wall": first * MICRO}

    def construct(self, *, count: int, awaited: bool) -> Figures:
        """Measure making another client, when there has been one."""
        make = self._module.AsyncClient if awaited else self._module.Client

        async def main() -> Figures:
            made = [make(f"{self._server}/text/v1")]
            with watched() as watch:
                for _ in range(count):
                    made.append(make(f"{self._server}/text/v1"))  # noqa: PERF401 - as people do
            for client in made:
                closed = client.close()
                if awaited:
                    await closed
            return {"cpu": watch.cpu / count}

        return asyncio.run(main())

    def visit(self, *, count: int) -> Figures:
        """Measure making another client, asking it once and closing it."""

        def once() -> None:
            with closing(self._module.Client(f"{self._server}/text/v1")) as client:
                _check(client.ask(question), "text")

        question = short()
        once()
        with watched() as watch:
            for _ in range(count):
                once()
        return {"cpu": watch.cpu / count}

    def memory(self, *, count: int) -> Figures:
        """Measure streams that are open all at once: kilobytes, and CPU from start to end."""
        question = short()

        async def main() -> Figures:
            client = self._module.AsyncClient(f"{self._server}/held-5/v1")

            async def once(first: First) -> None:
                _check(await client.stream(question, first), "held-5")

            figures = await open_streams(once, count, self._server)
            await client.close()
            return figures

        return asyncio.run(main())

    def idle(self, *, count: int, idle: int) -> Figures:
        """Measure async calls, one after the other, beside so many connections that are kept."""
        question = short()

        async def main() -> Figures:
            await released(self._server)  # another crowd may have met before
            client = self._module.AsyncClient(f"{self._server}/crowd-{idle}/v1")
            await asyncio.gather(*(client.ask(question) for _ in range(idle)))
            for _ in range(5):
                await client.ask(question)
            with watched() as watch:
                for _ in range(count):
                    _check(await client.ask(question), "crowd-0")
            await client.close()
            return {"cpu": watch.cpu / count}

        return asyncio.run(main())

    def path(self, *, path: str, count: int) -> Figures:
        """Measure one path of unillm by itself: the best of five parts, of this thread."""
        from benchmarks.paths import prepared

        with prepared(path) as once:
            parts = [_thread_time(once, count // 5 + 1) for _ in range(6)]
        return {"cpu": min(parts[1:]) * MICRO}

    def _repeated(
        self,
        scenario: str,
        once: Once,
        count: int,
        *,
        awaited: bool = False,
        abreast: int = 1,
        warm_up: int = 2,
    ) -> Watch:
        """Ask so often, or as often as a moment allows; the watch counts."""
        base_url = f"{self._server}/{scenario}/v1"
        watch = Watch()
        turns = watch.turns(count, warm_up=warm_up * abreast, abreast=abreast)
        if awaited:
            client = self._module.AsyncClient(base_url)
            asyncio.run(_repeated_async(client, once, scenario, turns, abreast))
        else:
            with closing(self._module.Client(base_url)) as client:
                for _ in turns:
                    _check(once(client), scenario)
        return watch


async def _repeated_async(
    client: Any, once: Once, scenario: str, turns: Iterator[None], abreast: int
) -> None:
    async def work() -> None:
        for _ in turns:
            _check(await once(client), scenario)

    await asyncio.gather(*(work() for _ in range(abreast)))
    await client.close()


def _thread_time(once: Callable[[], object], count: int) -> float:
    began = time.thread_time()
    for _ in range(count):
        once()
    return (time.thread_time() - began) / count


def _timer(waited: list[float]) -> First:
    began = time.perf_counter()
    return lambda: waited.append(time.perf_counter() - began)


def _check(answer: Any, scenario: str) -> None:
    """Refuse figures of a client that did not read what was sent."""
    if answer != wire.expected(scenario):
        raise ValueError(f"the answer to {scenario} was read as {str(answer)[:200]!r}")
