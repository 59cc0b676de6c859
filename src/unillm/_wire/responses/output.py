"""The output of one answer put together: messages, reasoning, calls and images."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from unillm._wire.assemble import Assembler
from unillm._wire.image import image_in
from unillm._wire.responses.calls import Calls
from unillm._wire.responses.entries import Entries
from unillm._wire.responses.entry import CALLS, Entry, Kind
from unillm._wire.responses.part import Part
from unillm._wire.responses.speech import Channel, Speech
from unillm._wire.spoken import BETWEEN
from unillm.errors import MalformedResponseError
from unillm.types.json import JsonObject, is_list, is_object

PARTS: dict[str, Kind] = {
    "output_text": "text",
    "text": "text",
    "refusal": "refusal",
    "reasoning_text": "content",
    "summary_text": "summary",
}
"""What the types of an item's parts are called here."""

_RUN_BY_PROVIDER = frozenset(
    {
        "code_interpreter_call",
        "compaction",
        "file_search_call",
        "image_generation_call",
        "mcp_call",
        "mcp_list_tools",
        "program",
        "program_output",
        "tool_search_output",
        "web_search_call",
    }
)
"""Items that tell what the provider did by itself: there is nothing to be done about them."""


class Output:
    """Take what events and bodies tell of the output items, in whatever order."""

    def __init__(self, answer: Assembler) -> None:
        """Start without items."""
        self.answer = answer
        self.entries = Entries()
        self._calls = Calls(answer)
        self._speech = Speech(answer)
        self._thought: tuple[Entry, int] | None = None
        self._channels = {
            "text": Channel(lambda entry, _, text: self._speech.add(entry, text)),
            "refusal": Channel(lambda _, __, text: answer.refusal(text)),
            "reasoning": Channel(self._think),
        }

    def begin(self, entry: Entry, item: JsonObject) -> None:
        """Take the beginning of an item."""
        entry.take(item)
        first, entry.begun = not entry.begun, True
        if entry.type in CALLS:
            if first:
                self._speech.release()
            self._calls.begin(entry, item)
        elif first and entry.type == "message":
            self._speech.begin(entry)

    def add(self, entry: Entry, kind: Kind, number: int, piece: str) -> Part | None:
        """Take more of a text, and return that text unless it is one nobody reads."""
        if not _is_shown(entry, kind):
            return None
        part = entry.part(kind, number)
        if part.add(piece):
            self._channel(kind).add(entry, number, part, piece)
        elif not part.fits(piece):
            self._disagree(kind)
        return part

    def end(self, entry: Entry, kind: Kind, number: int, whole: str) -> Part | None:
        """Take a whole text, which may have been told before, or never; return it as `add` does."""
        if not _is_shown(entry, kind):
            return None
        part = entry.part(kind, number)
        rest = part.close(whole)
        if rest is None and whole:
            self._disagree(kind)
        if rest:
            self._channel(kind).add(entry, number, part, rest)
        part.closed = True
        self._channel(kind).end(part)
        return part

    def add_arguments(self, entry: Entry, piece: str) -> None:
        """Take more of the arguments of a call."""
        self._calls.add(entry, piece)

    def end_arguments(self, entry: Entry, whole: Any) -> None:
        """Take all of the arguments of a call."""
        self._calls.end(entry, whole)

    def end_part(self, entry: Entry, number: int, given: Any) -> None:
        """Take a whole part of an item: its text, and what belongs to it.

        Raises:
            MalformedResponseError: It is no object, or its text none.
        """
        if not is_object(given):
            raise MalformedResponseError(f"a part of an item is {type(given).__name__}, no object")
        kind = PARTS.get(str(given.get("type")))
        if kind is None:
            named = given.get("type")
            message = f"a part of type {named!r} is not understood; see message.native"
            self.answer.note("unknown_part", message)
            return
        if kind == "text" and entry.type == "reasoning":
            kind = "content"
        text = text_of(given, "refusal" if kind == "refusal" else "text")
        part = None if text is None else self.end(entry, kind, number, text)
        if part is not None:
            self.log(part, given.get("logprobs"), again=True)
            self.annotate(part, _objects(given.get("annotations")), after=0)

    def end_item(self, entry: Entry, item: JsonObject, *, whole: bool = True) -> None:
        """Take an item at its end; ``whole``: it is complete unless it says that it is not."""
        self.begin(entry, item)
        status = item.get("status")
        is_over = status == "completed" or (whole and status != "incomplete")
        if is_over or entry.done:
            entry.keep(item)
        if entry.type == "reasoning":
            self._end_parts(entry, item.get("content"))
            self._end_parts(entry, item.get("summary"))
        elif entry.type == "message":
            self._end_parts(entry, item.get("content"))
        elif entry.type in CALLS:
            given = item.get("arguments" if entry.type == "function_call" else "input")
            self._calls.end(entry, given, whole=is_over)
            if status == "incomplete":
                self._calls.refuse(entry, _INCOMPLETE)
        elif entry.type == "image_generation_call":
            self._take_image(entry, item)
        elif not entry.type:
            self.answer.note("other_item", "an item without a type was left out")
        elif entry.type not in _RUN_BY_PROVIDER:
            message = f"an item of type {entry.type!r} is for you to handle; see message.native"
            self.answer.note("other_item", message)

    def log(self, part: Part, logprobs: Any, *, again: bool = False) -> None:
        """Take log probabilities; ``again``: they may be those that came with the pieces."""
        found = _objects(logprobs)
        if found and not (again and part.has_logprobs):
            part.has_logprobs = True
            self.answer.logprobs(found)

    def annotate(self, part: Part, given: list[JsonObject], *, after: int | None = None) -> None:
        """Take annotations; ``after``: they are all of the part's from this one on."""
        known = part.annotations if after is None else part.annotations - after
        fresh = given if after is None else given[max(known, 0) :]
        part.annotations += len(fresh)
        if fresh:
            self.answer.annotations(fresh)

    def fail(self, items: Any) -> None:
        """Take what an answer says that failed, as far as it can be read."""
        with suppress(MalformedResponseError):
            for entry, item in self.entries.matched(items if is_list(items) else ()):
                self.end_item(entry, item, whole=False)

    def close(self, items: Any, *, whole: bool) -> None:
        """Take the end of the answer.

        Args:
            items: Its items once more, all of them, or none: some hosts leave them out
                (deer-flow#1928).
            whole: Whether it was completed.

        Raises:
            MalformedResponseError: There is no output, not even an empty one.
        """
        if not is_list(items) and not self.entries:
            raise MalformedResponseError("the answer ended and has no output")
        for entry, item in self.entries.matched(items if is_list(items) else ()):
            self.end_item(entry, item, whole=whole)
        for entry in self.entries:
            if not entry.done and entry.item is not None and whole and entry.is_silent:
                self.end_item(entry, entry.item)
            if not (whole or _is_over(entry)):
                self._calls.refuse(entry, _INCOMPLETE)
            self._calls.close(entry)
        self._end_channels()
        self._speech.end()
        if self._speech.left_out:
            message = "what the model said on its way to the answer is in message.native alone"
            self.answer.note("commentary", message)
        self.answer.end_text()
        self.answer.items = self._items(self.entries)

    def give_up(self) -> None:
        """Give out all texts that wait: nothing more comes. Commentary is no part of an answer."""
        self._end_channels()
        self.answer.end_text()
        done = self._items(entry for entry in self.entries if entry.done)
        self.answer.items = self.answer.items or done or None

    def _items(self, entries: Iterable[Entry]) -> tuple[JsonObject, ...]:
        """Return the items as they came, up to the one in which the text was cut."""
        last = self._speech.last if self.answer.is_cut else None
        known = [entry for entry in entries if last is None or entry.order <= last.order]
        return tuple(item for entry in known if (item := entry.whole_item) is not None)

    def _end_channels(self) -> None:
        for channel in self._channels.values():
            channel.end_all()

    def _channel(self, kind: Kind) -> Channel:
        return self._channels.get(kind) or self._channels["reasoning"]

    def _end_parts(self, entry: Entry, parts: Any) -> None:
        if parts is None:
            return
        if not is_list(parts):
            kind = type(parts).__name__
            raise MalformedResponseError(f"the parts of an item are {kind}, not a list")
        for number, part in enumerate(parts):
            self.end_part(entry, number, part)

    def _think(self, entry: Entry, number: int, text: str) -> None:
        if self._thought not in {None, (entry, number)}:
            text = BETWEEN + text
        self._thought = (entry, number)
        self.answer.reasoning(None, text)

    def _take_image(self, entry: Entry, item: JsonObject) -> None:
        if entry.image:
            return
        image = image_in(item)
        if image is None:
            self.answer.note("no_image", f"no image was made: {_failure_in(item)}")
        elif image.media_type is None:
            entry.item = None
            self.answer.note("no_image", "an image was left out: its base64 is broken")
        else:
            entry.image = True
            self.answer.image(image)

    def _disagree(self, kind: Kind) -> None:
        what = kind if kind in {"text", "refusal"} else "reasoning"
        message = f"the {what} came in two versions that differ; what came first is kept"
        self.answer.note(f"two_versions_of_{what}", message)


_INCOMPLETE = "the provider says that the call is incomplete"


def text_of(data: JsonObject, field: str) -> str | None:
    """Return a field that is a text, or None if there is none.

    Raises:
        MalformedResponseError: It is something else.
    """
    text = data.get(field)
    if text is None or isinstance(text, str):
        return text
    raise MalformedResponseError(f"{field} is {type(text).__name__}, not a string")


def _is_over(entry: Entry) -> bool:
    """Tell whether an item of an answer that was cut off is whole all the same.

    Half of a custom tool's input looks like all of it: there silence is not enough.
    """
    status = None if entry.item is None else entry.item.get("status")
    silence = status is None and entry.type != "custom_tool_call"
    return entry.done and (silence or status == "completed")


def _is_shown(entry: Entry, kind: Kind) -> bool:
    """Tell whether a text is read: of a reasoning item either its content or its summary is."""
    if kind not in {"content", "summary"}:
        return True
    entry.shown = entry.shown or kind
    return kind == entry.shown


def _failure_in(item: JsonObject) -> str:
    error = item.get("error")
    said = error.get("message") if is_object(error) else None
    return said if isinstance(said, str) and said else f"status {item.get('status')!r}"


def _objects(items: Any) -> list[JsonObject]:
    return [item for item in items if is_object(item)] if is_list(items) else []
