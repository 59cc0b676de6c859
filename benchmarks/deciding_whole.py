"""What a route costs a call: `python -m benchmarks.deciding_whole [targets] [strategy …]`.

CPU microseconds of one whole decision of each strategy, from the call's options to the order of its
targets: constraints, capability, context, health and expected cost of each, and the ranking, with a
health store in memory that knows them all. Beside it what the strategy alone takes, then what a
call of a route takes and the same call of a model, over a transport in memory. The best of several
rounds.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import unillm
from benchmarks.deciding import measured, strategies
from benchmarks.memory import Answering
from benchmarks.speed import wire
from unillm._client.config import Call, Config
from unillm._client.routing import course_of, tree_for
from unillm._flow.effects import Draw, Flow, Look
from unillm._io import clock
from unillm._io.leases import look
from unillm.limits.health import MemoryHealth
from unillm.pricing import Price, PriceBook
from unillm.types.health import Entrant, Report
from unillm.types.routing import Strategy

_ROUNDS, _CALLS = 400, 5  # short rounds: the best of many is one that nobody disturbed
_ASKED = "Hello."
_TAGS = {"team": "blue", "task": "math"}


def config_for(names: list[str], strategy: Strategy, *, constrained: bool) -> Config:
    """Return the configuration of a client with a route of some models, all known to be well."""
    held = unillm.Constraints(deny_jurisdictions={"CN"}, no_training=True)
    facts: dict[str, Any] = {"jurisdiction": "DE", "no_training": True}
    box = unillm.Provider("box", base_url="http://127.0.0.1:9/v1", api_key="key", **facts)
    prices = PriceBook.default().with_(
        *[
            Price(
                provider="box",
                model=name.removeprefix("box:"),
                input=Decimal(at + 1),
                output=Decimal(2),
            )
            for at, name in enumerate(names)
        ]
    )
    options: dict[str, Any] = {
        "routes": {"r": unillm.Route(names, strategy=strategy, willingness_to_pay=0.1)},
        "prices": prices,
        "health": MemoryHealth(),
        "constraints": held if constrained else None,
        "model": "r",
    }
    config = Config.read(providers=[box], options=options)
    for name in names:
        target, now = config.target(name), clock.monotonic()
        entrant = Entrant(key=target.key, provider="box")
        config.health.admit(name, entrant, now)
        report = Report(outcome="ok", first_token=0.3, duration=1.0, output_tokens=300)
        config.health.report(name, entrant, report, now)
    return config


def decision(config: Config) -> Callable[[], None]:
    """Return what takes one whole decision."""
    call = Call(_ASKED, None, None, None, {}, stream=False)
    request = config.request(call, asynchronous=False)
    scope = replace(config.scope(), tags=_TAGS)

    def once() -> None:
        tree = tree_for(config, call)
        assert tree is not None  # noqa: S101 - it names a route
        course = course_of(config, call, tree, request, scope)
        assert course.choosing is not None  # noqa: S101 - as above
        _performed(course.choosing.decided(course, clock.monotonic()))

    return once


def whole(config: Config) -> float:
    """Return the CPU microseconds of one whole decision."""
    once = decision(config)

    def many() -> None:
        for _ in range(_CALLS):
            once()

    return best(many)


def _performed(flow: Flow[object]) -> None:
    answer: Any = None
    while True:
        try:
            effect = flow.send(answer)
        except StopIteration:
            return
        answer = look(effect) if isinstance(effect, Look) else clock.draw()
        assert isinstance(effect, Look | Draw)  # noqa: S101 - nothing else is asked for


def calls(names: list[str]) -> Mapping[str, float]:
    """Return the CPU microseconds of one call: of a model, and of routes that name it first."""
    box = unillm.Provider("box", base_url="http://127.0.0.1:9/v1", api_key="key")
    routes = {"one": unillm.Route(names[:1]), "all": unillm.Route(names)}
    found: dict[str, float] = {}
    with unillm.Client(providers=[box], transport=Answering(wire.text()), routes=routes) as client:
        models = {"of a model": names[0], "of a route of one": "one", "of a route of all": "all"}
        for said, model in models.items():

            def many(model: str = model) -> None:
                for _ in range(_CALLS):
                    client.chat(_ASKED, model=model)

            found[said] = best(many)
    return found


def best(many: Callable[[], None]) -> float:
    """Return the CPU microseconds of one of many, in the best of the rounds."""
    many()
    return min(_seconds(many) for _ in range(_ROUNDS)) / _CALLS * 1e6


def _seconds(work: Callable[[], None]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def main(count: int, only: list[str]) -> None:
    """Measure, and print."""
    names = [f"box:m{at}" for at in range(count)]
    print(f"CPU microseconds of one decision among {count}")
    print(f"{'':<14}{'alone':>10}{'whole':>10}{'constrained':>14}")
    for name, strategy in strategies(names).items():
        if only and name not in only:
            continue
        free, held = (config_for(names, strategy, constrained=held) for held in (False, True))
        alone = measured(strategies([f"m{at}" for at in range(count)])[name], count)
        print(f"{name:<14}{alone:>10.1f}{whole(free):>10.1f}{whole(held):>14.1f}")
    if not only:
        print("CPU microseconds of one call")
        for said, taken in calls(names).items():
            print(f"{said:<24}{taken:>10.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8, sys.argv[2:])
