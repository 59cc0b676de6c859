"""An OpenAI-compatible provider to test against."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self, Unpack

from unillm.testing._listener import Listener
from unillm.testing._scripted import FakeOptions, Scripted

__all__ = ["FakeProvider"]

_TICK = 0.005


class FakeProvider(Scripted):
    """Serve Chat Completions and the Responses API on 127.0.0.1, soundly or with a chosen fault.

    It serves over real sockets, in a thread of its own, so that it works under any event loop or
    none, and is started with ``with``, ``async with`` or `start`.

    ``POST …/chat/completions`` and ``POST …/responses`` are answered with a fault where ``faults``
    are served by chance; else with what was queued, one entry for each request; else with the fault
    the model is named after (``cut-in-text`` or ``fault/cut-in-text``); else with what the request
    suggests: the user's text is echoed, offered tools are called, a tool's result is quoted, a JSON
    schema is satisfied. ``GET …/models`` lists models, ``GET …/user/balance`` and ``…/credits``
    tell what is left, ``POST …/completions`` goes on with a text, and ``…/files`` and ``…/batches``
    are a Batch API, see `FakeBatch`. A queued `Raw` answers a ``POST`` to any other path too; all
    else is a 404.

    Example:
        >>> from unillm.testing import Answer, FakeProvider
        >>> with FakeProvider() as fake:
        ...     fake.enqueue(Answer("Hello"))
        ...     fake.base_url.endswith("/v1")
        True
    """

    def __init__(self, *, port: int = 0, **options: Unpack[FakeOptions]) -> None:
        """Describe the provider; nothing is opened yet.

        Args:
            port: The port; 0 picks a free one.
            options: ``api_key``, ``models``, ``dialect``, ``rules``, ``faults``, ``seed``,
                ``strict``, ``batch``; see `FakeOptions`.

        Raises:
            KeyError: There is no fault of that name, or no host.
            ValueError: A probability is none, or together they are more than 1.
        """
        super().__init__(**options)
        self._wanted_port = port
        self._listener: Listener | None = None
        self._stopped: Listener | None = None

    def start(self) -> Self:
        """Listen, and return when connections are accepted.

        Raises:
            ImportError: h11 is missing; the extra ``testing`` brings it.
            OSError: The port is taken.
            RuntimeError: It is running already.
        """
        if self._listener is not None:
            message = "This fake provider is running already."
            raise RuntimeError(message)
        self._listener = Listener(self._service.respond, self._wanted_port)
        return self

    def stop(self) -> None:
        """Drop every connection and end the thread; does nothing when it is not running."""
        if self._listener is not None:
            self._listener.stop()
            self._stopped, self._listener = self._listener, None

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and look whether all went as it was queued if that was asked for."""
        self.stop()
        if kind is None:
            self._settle()

    async def __aenter__(self) -> Self:
        """Start; this takes about a millisecond."""
        return self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop; this takes a few milliseconds."""
        self.__exit__(kind, error, trace)

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return self._running.port

    @property
    def url(self) -> str:
        """Return its address without a path, ``http://127.0.0.1:<port>``."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """Return the base URL for a client, ``http://127.0.0.1:<port>/v1``."""
        return f"{self.url}/v1"

    @property
    def connections(self) -> int:
        """Return how many TCP connections are open, once all that clients did is seen."""
        return self._counts()[0]

    @property
    def in_flight(self) -> int:
        """Return how many requests are being answered, once all that clients did is seen."""
        return self._counts()[1]

    @property
    def connections_total(self) -> int:
        """Return how many TCP connections it has accepted since it was started."""
        self._counts()
        listener = self._listener or self._stopped
        return 0 if listener is None else listener.accepted

    def wait(
        self, *, connections: int | None = None, in_flight: int | None = None, timeout: float = 2.0
    ) -> bool:
        """Wait for so many open connections and requests in flight, and tell if it came to that.

        For clients that close in the background. Blocks the calling thread: under an event loop,
        poll the properties with ``sleep`` instead.

        Args:
            connections: How many open connections to wait for; None for any number.
            in_flight: How many requests in flight to wait for; None for any number.
            timeout: How long to wait at most, in seconds.
        """
        give_up = time.monotonic() + timeout
        while True:
            now = self._counts()
            if all(
                want in (None, got) for want, got in zip((connections, in_flight), now, strict=True)
            ):
                return True
            if time.monotonic() > give_up:
                return False
            time.sleep(_TICK)

    @property
    def _running(self) -> Listener:
        if self._listener is None:
            message = "This fake provider is not running: use `with FakeProvider() as fake:`."
            raise RuntimeError(message)
        return self._listener

    def _counts(self) -> tuple[int, int]:
        return (0, 0) if self._listener is None else self._listener.count()

    def _catch_up(self) -> None:
        self._counts()
