"""Calls that leaked into text, found while the text comes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from unillm.errors import InvalidRequestError
from unillm.repair.formats import (
    Candidate,
    Format,
    NotACallError,
    Source,
    Steps,
    formats_named,
)
from unillm.repair.markers import THINK_END, markers_of
from unillm.repair.own_rules import Rule
from unillm.repair.quoting import Quoting
from unillm.repair.tool_calls import Tools, tools_declared
from unillm.types.dataclass import dataclass
from unillm.types.edits import Level
from unillm.types.tools import Tool, ToolCall

LONGEST = 4_000_000
"""Characters of one call; a longer one is text."""

_LOOK_BACK = 64


@dataclass(frozen=True, slots=True)
class Taken:
    """Text that was taken out, because it is calls, or the end of what held them.

    Attributes:
        text: The text.
        format: The name of its format.
        calls: The calls it is.
    """

    text: str
    format: str
    calls: tuple[ToolCall, ...] = ()


Piece: TypeAlias = str | Taken
"""What a text is made of: text that stays, and text that is taken out."""


class CallScanner:
    """Look for calls of tools in text that comes in pieces.

    Text that cannot be part of a call is given out at once. What may be the beginning of a
    block's marker is held back until that is certain, and a block until each of its calls is
    complete. However the text is cut into pieces, the calls are the same, and so is the rest of
    the text: nothing is lost or repeated.

    A call is made only of a declared tool, with arguments that satisfy its schema as they are or
    repaired. In code and quotations nothing is a call, and a call that is cut off is none. Where
    calls have closing tags of their own each one stands for itself; a list of calls stands and
    falls as one. What is no call is given out as text. Where a block breaks off in the middle,
    all text after it stays text: it may be what the block was about.
    """

    __slots__ = (
        "_before",
        "_calls",
        "_markers",
        "_out",
        "_quoting",
        "_source",
        "_steps",
        "_tools",
        "left",
    )

    def __init__(
        self,
        tools: Iterable[Tool | Mapping[str, Any]] | None,
        formats: Iterable[str | Format] | None = None,
        *,
        level: Level = "schema",
        aliases: Mapping[str, str] | None = None,
        rules: Iterable[Rule] = (),
    ) -> None:
        """Prepare to look for calls of some tools.

        Args:
            tools: The tools that were declared: `Tool` values or OpenAI-style dicts. None is
                none: then nothing is a call.
            formats: The formats to look for, by name, and formats of one's own. ``marked`` names
                all that have a marker; None is all, bare JSON and lists of Python calls included.
            level: How far arguments may be repaired, as for `repair_json`.
            aliases: Other names of declared arguments, as for `repair_json`.
            rules: Rules of your own, as for `repair_json`.

        Raises:
            InvalidRequestError: One of the arguments cannot be meant.
        """
        self._tools: Tools = replace(
            tools_declared(tools), level=level, aliases=aliases, rules=tuple(rules)
        )
        self._markers = markers_of(formats_named(formats), (*self._tools.names,))
        self._source = Source()
        self._quoting = Quoting()
        self._out: list[Piece] = []
        self._calls = 0
        self.left = 0
        """How often what looks like a call was left in the text, because it is none."""
        self._before = ""
        self._steps = self._scan()

    def feed(self, text: str) -> list[str | ToolCall]:
        """Take more text; return what is certain now, in order."""
        return _shown(self.pieces(text))

    def close(self) -> list[str | ToolCall]:
        """Return what was held back: nothing more will come."""
        return _shown(self.last_pieces())

    def pieces(self, text: str) -> list[Piece]:
        """Do what `feed` does, and return also what was taken out of the text."""
        given: Any = text
        if not isinstance(given, str):
            raise InvalidRequestError(f"text must be a string, not {type(given).__name__}")
        if self._source.ended:
            raise InvalidRequestError("the scanner is closed")
        self._source.feed(text)
        return self._run()

    def last_pieces(self) -> list[Piece]:
        """Do what `close` does, and return also what was taken out of the text."""
        if self._source.ended:
            return []
        self._source.ended = True
        return self._run()

    def _run(self) -> list[Piece]:
        next(self._steps, None)
        out, self._out = self._out, []
        return out

    @property
    def _fresh(self) -> bool:
        """Tell whether nothing was said before this place."""
        said = self._before.rstrip()
        return not said or said.endswith(THINK_END)

    def _scan(self) -> Steps[None]:
        source, markers = self._source, self._markers
        while True:
            place, found = markers.next_in(source, fresh=self._fresh)
            self._flow(place)
            if not found and source.ended:
                return
            if not found or markers.undecided(source):
                yield None
            elif self._quoting.in_fence or not (yield from self._any_block()):
                self._flow(source.at + markers.step(source))

    def _flow(self, end: int) -> None:
        """Give out text up to a place of the window, as what it seems to be."""
        if end > self._source.at:
            self._source.at = end
            text = self._source.cut()
            self._quoting.feed(text)
            self._before = (self._before + text)[-_LOOK_BACK:]
            self._out.append(text)

    def _any_block(self) -> Steps[bool]:
        """Read a block here, in whichever format it is one; tell whether there is one."""
        fresh, before = self._fresh, self._before[-1:]
        for format_ in self._markers.formats_at(self._source, before, fresh=fresh):
            if (yield from self._block(format_)):
                self._quoting.skip()
                self._before = "."
                return True
        return False

    def _block(self, format_: Format) -> Steps[bool]:
        """Read a block of a format; tell whether it is one."""
        source = self._source
        quoted = self._quoting.quoted
        start = source.begin()
        taken: list[bool] = []
        try:
            for found in format_.read(source, self._tools):
                if found is not None:
                    taken.append(not quoted and self._take(found, format_))
                    self._out_text()
                elif source.ended or source.unread() > LONGEST:
                    return (yield from self._no_block())
                else:
                    yield None
        except NotACallError:
            return (yield from self._no_block())
        except Exception as error:
            message = f"the format {format_.name!r} failed: {error!r}"
            raise InvalidRequestError(message) from error
        if source.passed() == start:
            return False
        source.commit()
        self.left += not quoted and not all(taken)
        if taken and all(taken) and (rest := source.cut()):
            self._out.append(Taken(rest, format_.name))
        self._out_text()
        return True

    def _take(self, found: list[Candidate], format_: Format) -> bool:
        """Take calls that stand and fall together; tell whether they are any."""
        calls = [self._tools.call(one, self._calls + n) for n, one in enumerate(found)]
        good = [call for call in calls if call is not None]
        if not good or len(good) < len(calls) or self._source.uncut() > LONGEST:
            return False
        self._calls += len(good)
        self._out.append(Taken(self._source.cut(), format_.name, tuple(good)))
        return True

    def _out_text(self) -> None:
        """Give out what was read, if it was not taken."""
        text = self._source.cut()
        if text:
            self._out.append(text)

    def _no_block(self) -> Steps[bool]:
        """Go back to where a block seemed to begin; from within one give out the whole rest."""
        source = self._source
        if not source.committed:
            source.rewind()
            return False
        self.left += not self._quoting.quoted
        while True:
            source.at = len(source.window)
            self._out_text()
            if source.ended:
                return True
            yield None


def _shown(pieces: list[Piece]) -> list[str | ToolCall]:
    shown: list[str | ToolCall] = []
    for piece in pieces:
        if isinstance(piece, str):
            shown.append(piece)
        else:
            shown += piece.calls
    return shown
