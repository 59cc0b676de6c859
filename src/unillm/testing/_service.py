"""A fake provider without what carries its bytes: it answers, remembers and adds up."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

from unillm.testing._framing import written
from unillm.testing._generated import billed
from unillm.testing._meter import Meter
from unillm.testing._router import Routed, Router
from unillm.testing.raw import Segment
from unillm.testing.seen import Seen
from unillm.testing.served import Served, ServedEnd

__all__ = ["Service", "Serving"]

_log = logging.getLogger("unillm.testing")


class Service:
    """Choose the answer to each request and keep a log. Safe between threads."""

    def __init__(self, router: Router) -> None:
        """Take what chooses answers."""
        self.router = router
        self._lock = threading.Lock()
        self._requests: list[Seen] = []
        self._served: list[Served] = []
        self._tell: list[Callable[[Served], None]] = []

    def on_served(self, tell: Callable[[Served], None]) -> None:
        """Tell a function of each answer from now on."""
        self._tell.append(tell)

    def respond(self, seen: Seen) -> Serving:
        """Return the answer to a request, to be carried to the client."""
        seen = self.router.judged(seen)
        with self._lock:
            self._requests.append(seen)
            routed = self.router.route(seen)
        return Serving(self, seen, routed)

    def note(self, served: Served) -> None:
        """Take an answer that is over into the log."""
        with self._lock:
            self._served.append(served)
        for tell in self._tell:
            try:
                tell(served)
            except Exception:  # noqa: BLE001 - whatever a function of the user's raises
                _log.exception("A function that is told of served answers failed")

    def clear(self) -> None:
        """Forget the requests seen, the answers served and the answers queued."""
        with self._lock:
            self._requests.clear()
            self._served.clear()
            self.router.clear()

    @property
    def requests(self) -> list[Seen]:
        """Return the requests so far."""
        with self._lock:
            return list(self._requests)

    @property
    def served(self) -> tuple[Served, ...]:
        """Return the answers that are over."""
        with self._lock:
            return tuple(self._served)


class Serving:
    """One answer on its way."""

    def __init__(self, service: Service, seen: Seen, routed: Routed) -> None:
        """Begin; made by `Service.respond`.

        Args:
            service: Whose answer it is.
            seen: The request.
            routed: The answer, and what it is.
        """
        self.raw = routed.raw
        self._service = service
        self._seen = seen
        self._routed = routed
        self._over = False
        packed = any(name.lower() == "content-encoding" for name in self.raw.headers)
        self._meter = Meter(packed=packed, with_head=self.raw.wire is not None)

    def written(self, *, kept: bool) -> Iterator[Segment]:
        """Return everything that goes over the wire; what was taken counts as sent.

        Args:
            kept: Whether the connection outlives the answer.
        """
        return written(self.raw, self._seen.number, kept=kept, sent=self._meter.feed)

    def over(self, end: ServedEnd | None = None) -> None:
        """Note how it ended, the first time this is called; None: as it was meant to."""
        if self._over:
            return
        self._over = True
        meant: ServedEnd = "whole" if self.raw.end == "eof" else "broken"
        status = self._meter.status if self.raw.wire is not None else self.raw.status
        usage, made, ended = self._meter.usage(), self._meter.generated, end or meant
        self._service.note(
            Served(
                seen=self._seen,
                status=status,
                fault=self._routed.fault,
                rule=self._routed.rule,
                usage=usage,
                end=ended,
                billed=billed(self._seen, status, usage, made, whole=ended == "whole"),
            )
        )
