"""The exchanges of a recording, handed out to requests."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from unillm.testing._tape.draft import asked_of
from unillm.testing._tape.match import Part, difference, differing
from unillm.testing._tape.redaction import Redactor
from unillm.testing._tape.taped import Asked, Taped, Told
from unillm.testing.recording_error import RecordingError
from unillm.types.dataclass import dataclass
from unillm.types.transport import WireRequest

__all__ = ["Reel", "Rules"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How requests find their recorded exchange.

    Attributes:
        match: The parts of a request that must be equal.
        in_order: Whether requests must come in the recorded order.
        allow_repeats: Whether an exchange answers again once all that fit are used.
        allow_unused: Whether exchanges may be left over.
    """

    match: Sequence[Part]
    in_order: bool
    allow_repeats: bool
    allow_unused: bool


class Reel:
    """The exchanges of a recording, handed out to requests. Safe between threads."""

    def __init__(self, tapes: Sequence[Taped], redactor: Redactor, rules: Rules, name: str) -> None:
        """Begin with all exchanges unused.

        Args:
            tapes: The exchanges.
            redactor: Hides in requests what is hidden in the recording.
            rules: How requests find theirs.
            name: What the recording is called in errors.
        """
        self._tapes = tapes
        self._redactor = redactor
        self._rules = rules
        self._name = name
        self._used: set[int] = set()
        self._lock = threading.Lock()
        self.refused: RecordingError | None = None

    def claim(self, request: WireRequest, headers: Mapping[str, str]) -> Told:
        """Return what came of a request when it was recorded.

        Raises:
            RecordingError: It is not in the recording; the message shows what differs.
        """
        asked = asked_of(request, headers)
        with self._lock:
            self._redactor.learn(asked, request.api_key)
            asked = self._redactor.asked(asked)
            found = self._found(asked)
            if found is None:
                problem = RecordingError(self._refusal(asked))
                self.refused = self.refused or problem
                raise problem
            self._used.add(found)
            return self._tapes[found].told

    def check(self) -> None:
        """Look whether everything was as recorded.

        Raises:
            RecordingError: A request was not in the recording, or an exchange was not asked for.
        """
        if self.refused is not None:
            raise self.refused
        unused = self._unused()
        if not unused or self._rules.allow_unused:
            return
        listed = "".join(f"\n  {number + 1}. {self._shown(number)}" for number in unused)
        hint = "" if self._used else " Was the client made with transport=recording.transport?"
        raise RecordingError(
            f"{len(unused)} of {len(self._tapes)} exchanges in {self._name} were not asked for:"
            f"{listed}\nRecord again, or pass allow_unused=True.{hint}"
        )

    def _found(self, asked: Asked) -> int | None:
        unused, rules = self._unused(), self._rules
        for number in unused[:1] if rules.in_order else unused:
            if self._fits(number, asked):
                return number
        if rules.allow_repeats:
            again = (number for number in sorted(self._used) if self._fits(number, asked))
            return max(again, default=None)
        return None

    def _unused(self) -> list[int]:
        return [number for number in range(len(self._tapes)) if number not in self._used]

    def _fits(self, number: int, asked: Asked) -> bool:
        return not differing(self._rules.match, self._tapes[number].asked, asked)

    def _refusal(self, asked: Asked) -> str:
        text = f"{self._name} has no answer to {asked.method} {asked.url}"
        if not self._tapes:
            return f"{text}: it is empty. Record again."
        unused = self._unused()
        in_order = self._rules.in_order and bool(unused)
        if not in_order and any(self._fits(number, asked) for number in self._used):
            return (
                f"{text}: an equal request was recorded, and its answer has been used. "
                "Pass allow_repeats=True if it may be given again."
            )
        candidates = unused[:1] if in_order else unused or sorted(self._used)
        closest = min(candidates, key=lambda number: self._distance(number, asked))
        recorded = self._tapes[closest].asked
        parts = differing(self._rules.match, recorded, asked)
        which = "The next one" if in_order else "The closest"
        return (
            f"{text}. {which} is number {closest + 1} of {len(self._tapes)}, "
            f"which differs in {' and '.join(parts)}:\n{difference(parts, recorded, asked)}\n"
            f"Record again if this is meant, or match fewer parts than {tuple(self._rules.match)}."
        )

    def _distance(self, number: int, asked: Asked) -> tuple[int, int]:
        recorded = self._tapes[number].asked
        parts = differing(self._rules.match, recorded, asked)
        return len(parts), len(difference(parts, recorded, asked))

    def _shown(self, number: int) -> str:
        asked = self._tapes[number].asked
        return f"{asked.method} {asked.url}"
