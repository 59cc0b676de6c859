"""The pair of engines that DSPy is given."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from dspy import lm15

import unillm
from unillm.integrations.dspy.events import StreamEvent, Telling, whole
from unillm.integrations.dspy.failures import translated
from unillm.integrations.dspy.messages import messages
from unillm.integrations.dspy.settings import adaptations, settings, tools
from unillm.integrations.dspy.tasks import carried
from unillm.types.json import JsonObject

PREFIX = "unillm/"
"""What stands before a model's name in DSPy, where a slash ends the provider's."""


def named(model: str) -> str:
    """Return the model that a name in DSPy means."""
    return model.removeprefix(PREFIX)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request, as the arguments of a call."""

    messages: list[unillm.Message]
    model: str
    tools: list[unillm.Tool | JsonObject] | None
    settings: unillm.ChatSettings
    adapted: tuple[lm15.Adaptation, ...]

    @classmethod
    def of(cls, request: lm15.Request) -> Self:
        return cls(
            messages(request),
            named(request.model),
            tools(request),
            settings(request.config),
            tuple(adaptations(request.config)),
        )


@contextmanager
def _speaking(request: lm15.Request) -> Generator[None]:
    """Be inside the tasks that DSPy carries along, and raise its errors."""
    try:
        with carried():
            yield
    except unillm.UnillmError as error:
        raise translated(error, request) from error


C = TypeVar("C", unillm.Client, unillm.AsyncClient)


class _Kept(Generic[C]):
    """What becomes of an engine where a program is saved, copied or shown."""

    _owned: bool
    client: C

    def dump_state(self) -> JsonObject:
        """Return what a saved program needs to make the engine again: nothing.

        Raises:
            TypeError: It has a client of its owner's, whose settings and limits would be lost.
        """
        return _state(owned=self._owned)

    @classmethod
    def load_state(cls, state: JsonObject) -> Self:
        """Make an engine with a client of the environment, as the saved one had."""
        del state
        return cls()

    def __deepcopy__(self, _: JsonObject, /) -> Self:
        """Return itself: copies of a program share its connections."""
        return self

    def __repr__(self) -> str:
        """Show the client."""
        return f"{type(self).__name__}({self.client!r})"


class UnillmEngine(_Kept[unillm.Client]):
    """Answer DSPy's requests with a `unillm.Client`: ``dspy.LM(…, engine=UnillmEngine())``.

    Retries are the client's: give the LM ``num_retries=0``, as `lm` does.

    Attributes:
        client: Who asks.
    """

    def __init__(self, client: unillm.Client | None = None) -> None:
        """Use a client, which stays its owner's to close; without one, make one of the environment.

        Args:
            client: Who asks.
        """
        self._owned = client is None
        self.client = client or unillm.Client()

    def complete(self, request: lm15.Request) -> lm15.Response:
        """Return the answer to a request.

        Raises:
            dspy.lm15.LM15Error: There is none; the error of unillm's is its cause.
        """
        with _speaking(request):
            asked = _Asked.of(request)
            response = self.client.chat(
                asked.messages, model=asked.model, tools=asked.tools, **asked.settings
            )
        return whole(response, request, asked.adapted)

    def stream(self, request: lm15.Request) -> Iterator[StreamEvent]:
        """Give the answer to a request as it comes; closing it closes the exchange.

        Raises:
            dspy.lm15.LM15Error: It failed; the error of unillm's is its cause.
        """
        with _speaking(request):
            asked = _Asked.of(request)
            telling = Telling(asked.adapted)
            with self.client.stream(
                asked.messages, model=asked.model, tools=asked.tools, **asked.settings
            ) as stream:
                for event in stream:
                    yield from telling.begin(stream.partial)
                    yield from telling.tell(event)

    def close(self) -> None:
        """Close the client, if it was made here."""
        if self._owned:
            self.client.close()


class AsyncUnillmEngine(_Kept[unillm.AsyncClient]):
    """Answer DSPy's awaited requests with a `unillm.AsyncClient`, as `UnillmEngine` does others.

    Attributes:
        client: Who asks.
    """

    def __init__(self, client: unillm.AsyncClient | None = None) -> None:
        """Use a client, which stays its owner's to close; without one, make one of the environment.

        Args:
            client: Who asks.
        """
        self._owned = client is None
        self.client = client or unillm.AsyncClient()

    async def complete(self, request: lm15.Request) -> lm15.Response:
        """Return the answer to a request.

        Raises:
            dspy.lm15.LM15Error: There is none; the error of unillm's is its cause.
        """
        with _speaking(request):
            asked = _Asked.of(request)
            response = await self.client.chat(
                asked.messages, model=asked.model, tools=asked.tools, **asked.settings
            )
        return whole(response, request, asked.adapted)

    async def stream(self, request: lm15.Request) -> AsyncIterator[StreamEvent]:
        """Give the answer to a request as it comes; closing it closes the exchange.

        Raises:
            dspy.lm15.LM15Error: It failed; the error of unillm's is its cause.
        """
        with _speaking(request):
            asked = _Asked.of(request)
            telling = Telling(asked.adapted)
            async with self.client.stream(
                asked.messages, model=asked.model, tools=asked.tools, **asked.settings
            ) as stream:
                async for event in stream:
                    for told in telling.begin(stream.partial):
                        yield told
                    for told in telling.tell(event):
                        yield told

    async def aclose(self) -> None:
        """Close the client, if it was made here."""
        if self._owned:
            await self.client.close()


def _state(*, owned: bool) -> JsonObject:
    if not owned:
        raise TypeError(
            "the client of this engine was handed in, and its settings, keys and constraints are "
            "no part of a saved program: save it without the LM, and set that again after loading"
        )
    return {}
