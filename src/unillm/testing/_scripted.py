"""What is the same of everything that plays a provider."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import TypedDict, Unpack

from unillm.testing import faults as known
from unillm.testing import rules
from unillm.testing._batches import Batches
from unillm.testing._router import Chance, Queued, Router
from unillm.testing._service import Service
from unillm.testing.answer import Answer, Dialect
from unillm.testing.batch import FakeBatch
from unillm.testing.faults import Fault
from unillm.testing.raw import Raw
from unillm.testing.rules import Rules
from unillm.testing.seen import Seen
from unillm.testing.served import Served, Tally, bill_of
from unillm.types.usage import Usage, total_usage

__all__ = ["FakeOptions", "Scripted"]


class FakeOptions(TypedDict, total=False):
    """How a fake provider behaves.

    Attributes:
        api_key: The only key that is let in; None lets everyone in.
        models: The only models there are; None knows all.
        dialect: How answers that were not queued are spoken.
        rules: The host that is played: its name (`unillm.testing.rules.names`), or the `Rules` of
            it that are to hold. A request that it would not take is refused in its words
            and takes nothing from the queue; answers are as that host gives them, in its dialect,
            with reasoning where it shows it. The only models are its own, those in ``models`` if
            given, and those named after faults. None takes everything.
        faults: Names of faults with the probability, from 0 to 1, that a request for a chat is
            answered with it. What is queued then stays queued.
        seed: Chooses which requests that happens to: sequential requests always get the same.
        strict: Whether a request for which nothing is queued, and an answer that was queued and not
            asked for, are mistakes: the request is answered with status 500, and leaving the
            ``with`` block raises AssertionError.
        batch: What becomes of batches, see `FakeBatch`.
    """

    api_key: str | None
    models: Sequence[str] | None
    dialect: Dialect
    rules: Rules | str | None
    faults: Mapping[str, float]
    seed: int
    strict: bool
    batch: FakeBatch


class Scripted:
    """Queue answers, and see what was asked and served."""

    def __init__(self, **options: Unpack[FakeOptions]) -> None:
        """Describe the provider.

        Raises:
            KeyError: There is no fault of that name, or no host.
            ValueError: A probability is none, or together they are more than 1.
        """
        chances = _chances(options.get("faults", {}))
        self._strict = options.get("strict", False)
        self._service = Service(
            Router(
                api_key=options.get("api_key"),
                models=options.get("models"),
                dialect=options.get("dialect", "openai"),
                rules=_rules(options.get("rules")),
                chances=chances,
                random=Random(options.get("seed", 0)),  # noqa: S311 - no secret is made of it
                strict=self._strict,
                batches=Batches(options.get("batch", FakeBatch())),
            )
        )

    def enqueue(self, *replies: Queued) -> None:
        """Queue answers: each serves one request, first come first served.

        Args:
            replies: A text, an `Answer`, a `Raw`, or a fault.
        """
        for reply in replies:
            # Said here, because the thread that serves it has nobody to say it to.
            if not isinstance(reply, Answer | Raw | Fault | str):  # pyright: ignore[reportUnnecessaryIsInstance]
                message = f"Only a text, an Answer, a Raw or a Fault can be queued, not {reply!r}."
                raise TypeError(message)
        self._queue.extend(replies)

    def on_served(self, tell: Callable[[Served], None]) -> None:
        """Call a function with each answer once it is over.

        Args:
            tell: The function; it must be quick, for it is called where answers are made: of a
                `FakeProvider`, in its thread.
        """
        self._service.on_served(tell)

    def clear(self) -> None:
        """Forget the requests seen, the answers served and the answers queued."""
        self._service.clear()

    @property
    def requests(self) -> list[Seen]:
        """Return the requests seen so far, in the order in which they were complete."""
        return self._service.requests

    @property
    def queued(self) -> int:
        """Return how many queued answers have not been asked for yet."""
        return len(self._queue)

    @property
    def served(self) -> tuple[Served, ...]:
        """Return the answers that are over, in the order in which they ended."""
        self._catch_up()
        return self._service.served

    @property
    def bill(self) -> dict[str, Tally]:
        """Return what was served of each model that was asked for, added up."""
        return bill_of(self.served)

    @property
    def billed(self) -> dict[str, Usage]:
        """Return the tokens that are billed, by the model that was asked for.

        Unlike `bill` with what was not reported: of an answer that broke off, or that its client
        left, the prompt and what had been sent. See `Served`.
        """
        billed: dict[str, Usage] = {}
        for one in self.served:
            sum_ = total_usage((billed.get(one.model), one.billed))
            if sum_ is not None:
                billed[one.model] = sum_
        return billed

    @property
    def _queue(self) -> deque[Queued]:
        return self._service.router.queue

    def _catch_up(self) -> None:
        """Wait until everything that clients did is known."""

    def _settle(self) -> None:
        """Look whether everything went as it was queued, where that was asked for.

        Raises:
            AssertionError: It did not.
        """
        if not self._strict:
            return
        unexpected = self._service.router.unexpected
        asked = [f"request {seen.number} ({seen.method} {seen.path})" for seen in unexpected]
        problems = [f"nothing was queued for {', '.join(asked)}"] if asked else []
        problems += [f"{self.queued} queued answers were not asked for"] if self.queued else []
        if problems:
            message = f"{'; '.join(problems)}. A retry takes an answer too."
            raise AssertionError(message)


def _rules(wanted: Rules | str | None) -> Rules | None:
    return rules.get(wanted) if isinstance(wanted, str) else wanted


def _chances(wanted: Mapping[str, float]) -> tuple[Chance, ...]:
    for name, probability in wanted.items():
        if not 0 <= probability <= 1:
            message = f"the probability of {name!r} must be from 0 to 1, not {probability}"
            raise ValueError(message)
    if sum(wanted.values()) > 1:
        message = f"the probabilities of all faults are {sum(wanted.values())}, more than 1"
        raise ValueError(message)
    return tuple((known.get(name), probability) for name, probability in wanted.items())
