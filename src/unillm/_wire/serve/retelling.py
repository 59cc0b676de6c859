"""What was told of an answer, held against the answer that begins anew."""

from __future__ import annotations

from unillm._wire.serve.void import void
from unillm.types.events import StreamRestarted


class Retelling:
    """Lets a text that was told stand where the new answer begins with just that text.

    What was told cannot be taken back. So the new answer's text is compared with it as it comes:
    as far as it is the same, nothing is told again, and what goes beyond it is told. Each character
    is looked at once for each time that it comes, however the text is split.
    """

    def __init__(self) -> None:
        """Start with nothing told."""
        self._told = ""
        self._more: list[str] = []
        self._at = 0
        self._restarted: StreamRestarted | None = None

    def begin_anew(self, restarted: StreamRestarted) -> None:
        """Compare what comes from now on with all that was told."""
        if self._more:
            self._told = "".join((self._told, *self._more))
            self._more = []
        if self._told:
            self._at, self._restarted = 0, restarted

    def take(self, text: str) -> str:
        """Return what of a text that comes is to be told: nothing, while it was told before.

        Raises:
            IncompleteStreamError: It is not what was told.
        """
        if self._restarted is None:
            self._more.append(text)
            return text
        known = min(len(text), len(self._told) - self._at)
        if not self._told.startswith(text[:known], self._at):
            raise void(self._restarted)
        self._at += known
        if self._at < len(self._told):
            return ""
        self._restarted = None
        rest = text[known:]
        if rest:
            self._more.append(rest)
        return rest

    def end(self) -> None:
        """Take the end of the answer.

        Raises:
            IncompleteStreamError: More had been told than the new answer says.
        """
        if self._restarted is not None:
            raise void(self._restarted)
