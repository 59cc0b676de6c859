"""The bytes of an answer into events: a stream, a JSON body, or the one where the other was due."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Protocol, TypeAlias

from unillm._wire.assemble import AnswerOf, Assembler
from unillm._wire.beginning import is_beginning
from unillm._wire.failure import failure_in_band
from unillm._wire.halves import Halves, Path
from unillm._wire.redact import redacted
from unillm._wire.sse import SSEDecoder
from unillm.errors import IncompleteStreamError, MalformedResponseError, ProviderError, UnillmError
from unillm.types.events import Event
from unillm.types.json import JsonObject, is_list, is_object
from unillm.types.profile import StreamEnd
from unillm.types.response import ChatResponse
from unillm.types.usage import Usage

MAX_BODY = 256 * 1024 * 1024
"""Bytes one answer may have in all."""

_BLANK = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"
_SHOWN = 80
_FIELDS = (b":", b"data", b"event", b"id", b"retry")


class Reading(Protocol):
    """Reads the JSON objects of one answer into the assembler, as one interface writes them."""

    ending: str
    """What ends a stream, as in "the stream ended without …"."""

    def read(self, data: JsonObject) -> bool:
        """Take one object of a stream and tell whether nothing more is to be read after it.

        Raises:
            ProviderError: It is an error object.
            IncompleteStreamError: It says that the answer is not whole.
            MalformedResponseError: It has the wrong types where it matters.
        """
        ...

    def is_news(self, data: JsonObject) -> bool:
        """Tell whether an object that gave no event says anything all the same."""
        ...

    def read_done(self) -> str | None:
        """Take ``[DONE]`` and return why it does not end the answer; None: it does."""
        ...

    def read_body(self, items: list[JsonObject]) -> None:
        """Take a body that was not streamed: one object, or those of a list.

        Raises:
            ProviderError: It is an error object.
            MalformedResponseError: It is no answer, or has the wrong types where it matters.
        """
        ...

    def give_up(self) -> None:
        """Give out what was held back: nothing more comes, though the answer is not whole."""
        ...

    def place_of(self, data: Any) -> Path:
        """Return what tells a text in this value from texts of others at the same path.

        It has ``function_call`` in it where the value belongs to a call.
        """
        ...


ReadingOf: TypeAlias = Callable[[Assembler, Mapping[str, str]], Reading]
"""Makes the reading of one answer; the headers are those of the exchange."""


class Decoder:
    """Decode one answer. `feed` bytes, `close` at their proper end, then `complete`.

    `feed`, `close` and `complete` raise `MalformedResponseError`, a `ProviderError` found inside
    the answer, or `IncompleteStreamError`; nothing else.
    """

    __slots__ = (
        *(
            "_answer",
            "_body",
            "_halves",
            "_headers",
            "_heard",
            "_left",
            "_raw",
            "_reading",
            "_size",
        ),
        *("__weakref__", "_sse", "_start", "_stream_end", "at_end", "done", "progress"),
    )

    def __init__(
        self,
        of: AnswerOf,
        headers: Mapping[str, str],
        reading: ReadingOf,
        *,
        stream_end: StreamEnd = "finish_reason",
        keep_raw: bool = False,
    ) -> None:
        """Start before the first byte."""
        self._answer = Assembler(of)
        self._headers = headers
        self._stream_end = stream_end
        self._raw: list[Any] | None = [] if keep_raw else None
        self._size = 0
        self._start: bytes = b""
        self._sse: SSEDecoder | None = None
        self._body: list[bytes] | None = None
        self.at_end = False
        """Whether the body was read to its proper end: nothing is left of it."""
        self._reading = reading(self._answer, headers)
        self._halves = Halves(self._reading.place_of)
        self._heard = 0
        self._left: Iterator[bytes] = iter(())
        self.progress = 0
        """Grows with every piece of news; comments, blank lines and empty chunks are none."""
        self.done = False
        """Whether ``[DONE]`` or a last event came: nothing more is to be read."""

    @property
    def finished(self) -> bool:
        """Tell whether the answer is whole and only usage is awaited."""
        return self.done or (self._answer.finish_stands and self._stream_end != "done")

    @property
    def usage(self) -> Usage | None:
        """Return the token counts, as far as they were reported."""
        return self._answer.usage

    @property
    def usage_stands(self) -> bool:
        """Tell whether the token counts are those of all that was generated.

        Some hosts report them with every chunk: then they are those of what came so far.
        """
        answer = self._answer
        if answer.usage is None:
            return False
        return self._sse is None or self.done or answer.finish_stands or answer.usage_is_last

    @property
    def reported_cost(self) -> Decimal | None:
        """Return what the provider says it charged, if it said so yet."""
        return self._answer.reported_cost

    @property
    def served_model(self) -> str | None:
        """Return the model that answers, as the provider named it, if it did yet."""
        return self._answer.model

    @property
    def service_tier(self) -> str | None:
        """Return the tier that serves it, if the provider said so yet."""
        return self._answer.service_tier

    @property
    def partial(self) -> ChatResponse:
        """Return what has arrived so far."""
        return self._answer.partial()

    @property
    def left_calls(self) -> bool:
        """Tell whether what looked like a call was left in the text, now that it has ended."""
        return self._answer.left_calls

    @property
    def has_begun(self) -> bool:
        """Tell whether anything of the message came, shown or not."""
        return self._answer.has_begun

    def feed(self, data: bytes, *, alone: bool = False) -> list[Event]:
        """Return the events these bytes complete.

        Args:
            data: The bytes.
            alone: Whether only those of the first chunk are wanted that gives any; the rest is read
                by `others`, before more is fed.
        """
        self._size += len(data)
        if self._size > MAX_BODY:
            raise MalformedResponseError(f"the answer is larger than {MAX_BODY:,} bytes")
        if self._sse is not None:
            if self._heard == 0 and len(self._start) < _SHOWN:
                self._start = (self._start + data)[:_SHOWN]
            return self._events(self._sse.data_in(data), self._sse, alone=alone)
        if self._body is not None:
            self._body.append(data)
            self.progress += bool(data.strip())
            return []
        return self._begin(data, alone=alone)

    def others(self) -> list[Event]:
        """Return the events of what was fed that were left out."""
        return [] if self._sse is None or self.done else self._events(self._left, self._sse)

    def close(self) -> list[Event]:
        """Take the proper end of the body, and what it completes."""
        self.at_end = True
        if self._body is not None:
            self._read_body(b"".join(self._body))
            return self._answer.take_events()
        if self._sse is None:
            return []
        left = (data for data in self._sse.data_left() if _is_whole(data))
        return self._events(left, self._sse)

    def complete(self) -> ChatResponse:
        """End the answer; the events of it are in `take_events`.

        Raises:
            IncompleteStreamError: No terminal event came.
            ServerError: The provider gave the answer up.
        """
        if not self.finished and not self._ends_otherwise():
            error = self._incomplete()
            if not self.outlives(error):
                raise error
        if self._sse is not None and self._sse.unknown:
            message = f"{self._sse.unknown} line(s) of the stream are not of the protocol"
            self._answer.note("ignored_lines", message)
        if self._halves.lost_in_calls and not self._answer.is_over:
            raise MalformedResponseError("a character in a tool call came only by half")
        if self._halves.lost:
            message = f"{self._halves.lost} character(s) came only by half and were lost"
            self._answer.note("broken_characters", message)
        if self._raw is not None and self._body is None:
            self._answer.raw = tuple(self._raw)
        return self._answer.finish()

    def outlives(self, error: UnillmError) -> bool:
        """Take what ended the answer, and tell whether it is whole all the same: cut before that.

        Where the host itself stopped there, nothing could have failed any more.
        """
        self._end_text()
        if self._answer.is_over:
            told = f"{type(error).__name__}: {error.message}"
            message = f"the answer failed after its stop text, where it does not matter: {told}"
            self._answer.note("cut_after_stop", message)
            self.done = True
        return self._answer.is_over

    def note(self, code: str, message: str) -> None:
        """Remember something for the response."""
        self._answer.note(code, message)

    def give_up(self) -> list[Event]:
        """Return what was held back of an answer that will not be whole, as far as it is text."""
        self._end_text()
        return self._answer.take_events()

    def take_events(self) -> list[Event]:
        """Return the events not returned yet."""
        return self._answer.take_events()

    def _begin(self, data: bytes, *, alone: bool) -> list[Event]:
        """Tell a stream from a body by its first byte: what servers say of it is not reliable."""
        start = (self._start + data).lstrip(_BLANK)
        if _BOM.startswith(start):
            self._start = start
            return []
        first = start.removeprefix(_BOM).lstrip(_BLANK)[:1]
        if not first:
            self._start = start
            return []
        if first in {b"{", b"["}:
            self._body = [start.removeprefix(_BOM)]
            self.progress += 1
            return []
        if first == b"<":
            raise MalformedResponseError(
                "the provider answered with a page (HTML or XML), not with the API. Check base_url."
            )
        self._sse = SSEDecoder()
        self._start = start.removeprefix(_BOM)[:_SHOWN]
        return self._events(self._sse.data_in(start), self._sse, alone=alone)

    def _events(
        self, found: Iterable[bytes], sse: SSEDecoder, *, alone: bool = False
    ) -> list[Event]:
        self._left = found = iter(found)
        answer, reading = self._answer, self._reading
        events = answer.events
        for data in found:
            self._heard += 1
            if sse.type and sse.type.lower() == "error":
                raise self._told_as_event(data)
            if data[:1] != b"{":
                word = data.strip()
                if word == b"[DONE]":
                    self.progress += 1
                    self._on_done()
                    break
                if not word:
                    continue
            chunk = self._parsed(data)
            if self._raw is not None:
                self._raw.append(chunk)
            known, usage = len(events), answer.usage
            self.done = reading.read(chunk)
            if len(events) != known or answer.usage != usage or reading.is_news(chunk):
                self.progress += 1
            if self.done or (alone and events):
                break
        return answer.take_events() if events else []

    def _told_as_event(self, data: bytes) -> ProviderError:
        """Return the exception for an event of type ``error``, whatever its data is."""
        try:
            value: Any = self._halves.parse(data)
        except ValueError:
            value = data.decode("utf-8", "replace")
        if is_object(value):
            value = value.get("error") or value
        return failure_in_band(value or "no explanation", self._headers)

    def _parsed(self, data: bytes) -> JsonObject:
        try:
            value: Any = self._halves.parse(data)
        except ValueError as error:
            begin = redacted(data[:_SHOWN].decode("utf-8", "replace"))
            raise MalformedResponseError(f"a chunk is not JSON ({error}): {begin!r}") from None
        if is_object(value) and "success" not in value:
            return value
        return _unwrapped(_as_object(value))

    def _on_done(self) -> None:
        why = self._reading.read_done()
        if why is not None:
            raise self._broken(why)
        self.done = True

    def _read_body(self, body: bytes) -> None:
        try:
            data: Any = self._halves.parse(body)
        except ValueError as error:
            if is_beginning(body):
                message = "the JSON body broke off before its end."
                raise self._broken(message) from None
            raise MalformedResponseError(f"the body is not JSON: {error}") from None
        items = data if is_list(data) else [data]
        chunks = [_unwrapped(_as_object(item)) for item in items] or [{}]
        self._answer.raw = chunks[0] if len(chunks) == 1 else chunks
        self._reading.read_body(chunks)
        self.done = True

    def _ends_otherwise(self) -> bool:
        if self._stream_end == "eof" and self.at_end and self._heard:
            self._answer.note("ended_by_eof", "the stream ended without any terminal event")
            return True
        return False

    def _incomplete(self) -> IncompleteStreamError | MalformedResponseError:
        begin = self._start
        read = self.at_end and self._sse is not None
        if read and not self._heard and not _may_be_stream(begin):
            shown = redacted(begin.decode("utf-8", "replace"))
            return MalformedResponseError(f"the answer is no event stream; it begins {shown!r}")
        if not (self._heard or self.progress):
            what = "the answer ended before it began."
        elif self.at_end:
            what = f"the stream ended without {self._reading.ending}."
        else:
            what = "the answer broke off before its terminal event."
        return self._broken(what)

    def _end_text(self) -> None:
        self._reading.give_up()
        self._answer.end_text()

    def _broken(self, message: str) -> IncompleteStreamError:
        self._end_text()
        return IncompleteStreamError(message, partial=self.partial)


def _may_be_stream(begin: bytes) -> bool:
    """Tell whether these first bytes, however few, may begin an event stream."""
    return any(begin.startswith(field[: len(begin)]) for field in _FIELDS)


def _as_object(value: Any) -> JsonObject:
    if not is_object(value):
        raise MalformedResponseError(f"the answer is {type(value).__name__}, not a JSON object")
    return value


def _unwrapped(data: JsonObject) -> JsonObject:
    """Take the answer out of a ``{data, success}`` envelope (cline#13348)."""
    if "success" not in data or data.get("choices") or data.get("output"):
        return data
    inner = data.get("data")
    if data["success"] is False or not is_object(inner):
        return {"error": data.get("error") or {"message": str(data.get("message") or data)}}
    return inner


def _is_whole(data: bytes) -> bool:
    try:
        Halves().parse(data)
    except ValueError:
        return data.strip() == b"[DONE]"
    return True
