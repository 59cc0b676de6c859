"""Requests out of bytes, with h11."""

from __future__ import annotations

from collections.abc import Callable

import h11

from unillm.testing.seen import Seen, seen_of

_HEAD_LIMIT = 1 << 20


class RequestReader:
    """Read the requests of one connection, one at a time.

    Responses are written past h11, which would refuse the broken ones; so each request gets a fresh
    parser that starts with what the last one left over.
    """

    def __init__(self, connection: int) -> None:
        """Start with an empty buffer.

        Args:
            connection: Position of the connection among all accepted.
        """
        self._connection = connection
        self._parser = h11.Connection(h11.SERVER, _HEAD_LIMIT)
        self._head: h11.Request | None = None
        self._body: list[bytes] = []

    def feed(self, data: bytes) -> None:
        """Take bytes as they arrive."""
        self._parser.receive_data(data)

    def read(self, number: Callable[[], int]) -> tuple[Seen, bool] | None:
        """Return the next complete request and whether its connection is kept, or None.

        Args:
            number: Gives a complete request its position among all.

        Raises:
            h11.RemoteProtocolError: It is not HTTP.
        """
        while True:
            event = self._parser.next_event()
            if isinstance(event, h11.Request):
                self._head, self._body = event, []
            elif isinstance(event, h11.Data):
                self._body.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and self._head is not None:
                return self._finish(self._head, number())
            else:
                return None

    @property
    def wants_continue(self) -> bool:
        """Tell whether the client waits for ``100 Continue`` before it sends the body."""
        return self._parser.they_are_waiting_for_100_continue

    def _finish(self, head: h11.Request, number: int) -> tuple[Seen, bool]:
        kept = self._parser.their_state is not h11.MUST_CLOSE
        rest, _ = self._parser.trailing_data
        self._parser = h11.Connection(h11.SERVER, _HEAD_LIMIT)
        if rest:
            self._parser.receive_data(rest)
        seen = seen_of(
            head.method.decode("ascii"),
            head.target.decode("latin-1"),
            _headers(head),
            b"".join(self._body),
            number=number,
            connection=self._connection,
        )
        return seen, kept


def _headers(head: h11.Request) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in head.headers:
        key, text = name.decode("ascii").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers
