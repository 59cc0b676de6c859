"""Who answered a session last: there its next call finds its prompt in the cache."""

from __future__ import annotations

import threading
from collections import OrderedDict

MOST = 10_000
"""Sessions that are remembered; those that were not heard of for longest are forgotten."""


class Sessions:
    """Remembers who answered, by route and session. Safe between threads."""

    __slots__ = ("_known", "_lock")

    def __init__(self) -> None:
        """Begin with none."""
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._lock = threading.Lock()

    def last(self, route: str, session: str) -> str | None:
        """Return the key of the target that answered; None: not known."""
        return self._known.get((route, session))

    def answered(self, route: str, session: str, key: str) -> None:
        """Take note of who has answered."""
        with self._lock:
            self._known[route, session] = key
            self._known.move_to_end((route, session))
            if len(self._known) > MOST:
                self._known.popitem(last=False)
