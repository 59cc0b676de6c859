"""One text of an answer while it comes: first in pieces, then once or several times as a whole."""

from __future__ import annotations


class Part:
    """Join the pieces of one text and hold what is told of it later against them.

    The API tells each text up to four times: in deltas, in its own ``done`` event, in that of its
    item, and in the last event (openai-python 3.57.0, types/responses/response_stream_event.py,
    read 2026-11-28). Nothing is lost and nothing doubled, whichever of these a host leaves out.
    """

    __slots__ = ("_late", "_late_at", "_pieces", "annotations", "closed", "has_logprobs", "waiting")

    def __init__(self) -> None:
        """Start empty."""
        self._pieces: list[str] = []
        self._late, self._late_at = "", 0
        self.closed = False
        """Whether it was told as a whole."""
        self.waiting: list[str] = []
        """Pieces that may not be given out before another text has ended."""
        self.has_logprobs = False
        """Whether log probabilities came with its pieces."""
        self.annotations = 0
        """How many of its annotations have come."""

    @property
    def text(self) -> str:
        """Return all of it that came."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    def add(self, piece: str) -> bool:
        """Take a piece and tell whether it is more of the text; one that comes late is none."""
        if not self.closed:
            self._pieces.append(piece)
            return True
        return False

    def fits(self, piece: str) -> bool:
        """Tell whether a piece that came late is what the whole text said already."""
        fits = self._late.startswith(piece, self._late_at)
        self._late_at += len(piece)
        return fits

    def close(self, whole: str) -> str | None:
        """Take the whole text and return what is new of it; None: it is another text."""
        known = self.text
        if not whole.startswith(known):
            return None
        rest = whole[len(known) :]
        if rest:
            self._pieces.append(rest)
            self._late, self._late_at = rest, 0
        self.closed = True
        return rest
