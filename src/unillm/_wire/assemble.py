"""Putting an answer together from its pieces, streamed or not."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from hashlib import blake2b
from typing import Any, Protocol

from unillm._wire.calls import CallSlots, FinishCall
from unillm._wire.cut import Cut, annotations_in, logprobs_in
from unillm._wire.details import merged
from unillm._wire.finish import FAILURES, finish_reason_from
from unillm.errors import ServerError
from unillm.types.brief import brief
from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.events import Event, ReasoningDelta, RefusalDelta, TextDelta
from unillm.types.facts import Api
from unillm.types.image import ImagePart
from unillm.types.json import JsonObject
from unillm.types.messages import AssistantMessage, Native
from unillm.types.parts import Content, TextPart
from unillm.types.response import ChatResponse, FinishReason
from unillm.types.tools import InvalidToolCall, ToolCall
from unillm.types.usage import Cost, Usage

_WHOLE = frozenset[FinishReason]({"stop", "tool_calls"})
_UNTOLD = Cost()
"""What an answer costs, before anybody has reckoned it: one for all, as it says nothing."""
_NOTES, _NOTE = 20, 500
"""How many notes with one code, of how many characters, an answer may bring about."""


class Rescuer(Protocol):
    """Finds the tool calls that a host left in the text of one answer."""

    @property
    def left(self) -> int:
        """Return how often what looks like a call was left in the text, because it is none."""
        ...

    def feed(self, text: str) -> list[str | ToolCall]:
        """Take more text and return what is certain of it, in order: text, and whole calls."""
        ...

    def close(self) -> list[str | ToolCall]:
        """Take the end of the text and return the rest."""
        ...


@dataclass(slots=True, kw_only=True)  # not frozen: one is made for every answer
class AnswerOf:
    """Whose answer is being put together.

    Attributes:
        provider: The provider's name.
        origin: The host it comes from, as ``https://host:443``; None: not known.
        api: The interface it comes over.
        model: The model asked; kept if the answer names none.
        request_id: The provider's id of the exchange.
        tool_names: Names of the tools offered.
        seed: A text that tells this request from others of the conversation.
        finish_call: Decides whether a complete call may be executed.
        mends_names: Whether a name that clearly means a tool becomes its name.
        rescuer: Makes what looks for calls in the text; None: nobody does.
        stops: Texts before which the answer is cut.
        charged: What it was charged at, as the headers say, in US dollars; None: they do not.
        usage_cost: Whether ``usage.cost`` is what it was charged at.
    """

    provider: str
    model: str
    request_id: str | None
    tool_names: frozenset[str]
    seed: str
    finish_call: FinishCall
    mends_names: bool = False
    rescuer: Callable[[], Rescuer] | None = None
    origin: str | None = None
    api: Api = "chat"
    stops: tuple[str, ...] = ()
    charged: Decimal | None = None
    usage_cost: bool = False


class Assembler:
    """Collect the pieces of one answer and turn them into events and a `ChatResponse`.

    Attributes:
        is_cut: Whether the text was cut at a stop text: what comes after it is left out.
        finish_stands: Whether nothing of the message came after the finish reason, which would
            disprove it.
        choice: Index of the choice that is kept.
        by_message: Whether the pieces came as messages and not as deltas.
        usage_is_last: Whether the counts are those of the whole answer, however it ended.
        lacks_facts: Whether the answer has not said yet what its id and its model are.
        items: The answer in the provider's own form, where it can be sent back so.
    """

    __slots__ = (
        *("_annotations", "_cut", "_details", "_finish_cut", "_images", "_left", "_logprobs"),
        *("_noted", "_notes", "_of", "_reasoning", "_reasoning_field", "_received", "_refusal"),
        *("_rescued", "_rescuer", "_seed", "_text", "_text_ended", "by_message", "calls"),
        *("choice", "created", "events", "finish_raw", "finish_stands", "is_cut", "items"),
        *("lacks_facts", "model", "raw", "reported_cost", "service_tier", "upstream", "usage"),
        *("__weakref__", "usage_is_last"),
    )

    def __init__(self, of: AnswerOf) -> None:
        """Start before the first piece."""
        self._of = of
        self._text: list[str] = []
        self._images: list[ImagePart] = []
        self._received: list[str] = []
        self._rescued: list[ToolCall] = []
        self._rescuer: Rescuer | None = None
        self._left = 0
        self._cut = Cut(of.stops) if of.stops else None
        if of.rescuer is None and self._cut is None:
            self._text = self._received  # all that is received is said
        self.is_cut = False
        self._reasoning: list[str] = []
        self._reasoning_field: str | None = None
        self._details: list[JsonObject] = []
        self._refusal: list[str] = []
        self._logprobs: list[JsonObject] = []
        self._annotations: list[JsonObject] = []
        self._notes: dict[Note, None] = {}
        self._noted: dict[str, int] = {}
        self._seed = _Seed(of.seed)
        self.calls = CallSlots(of.tool_names, self._seed, mends_names=of.mends_names)
        self.events: list[Event] = []
        self._text_ended = False
        self.finish_raw: str | None = None
        self.finish_stands = False
        self._finish_cut = False
        self.choice: int | None = None
        self.by_message = False
        self.usage: Usage | None = None
        self.usage_is_last = False
        self.lacks_facts = True
        self.reported_cost: Decimal | None = of.charged
        self.upstream: str | None = None
        self.items: tuple[JsonObject, ...] | None = None
        self.model: str | None = None
        self.created: int | None = None
        self.service_tier: str | None = None
        self.raw: Any = None

    @property
    def id(self) -> str | None:
        """Return the provider's id of the answer; None: it has said none yet."""
        return self._seed.id

    @id.setter  # noqa: A003 - as the response has it
    def id(self, given: str | None) -> None:
        self._seed.id = given

    @property
    def has_text(self) -> bool:
        """Tell whether any visible text came, calls in it included."""
        return bool(self._received)

    @property
    def said(self) -> str:
        """Return the visible answer so far, calls in it included."""
        return "".join(self._received)

    @property
    def left_calls(self) -> bool:
        """Tell whether what looked like a call was left in the text, now that it has ended."""
        return bool(self._left)

    @property
    def has_reasoning(self) -> bool:
        """Tell whether any thinking came."""
        return bool(self._reasoning)

    @property
    def has_begun(self) -> bool:
        """Tell whether anything of the message came."""
        return bool(
            self._received or self._reasoning or self._refusal or self._images or self.calls
        )

    @property
    def has_usage_cost(self) -> bool:
        """Tell whether the provider says in ``usage.cost`` what it charged."""
        return self._of.usage_cost

    @property
    def is_over(self) -> bool:
        """Tell whether nothing that may come matters any more: it is cut, and no call is open."""
        return self.is_cut and not self.calls.kept

    def text(self, text: str) -> None:
        """Take more of the visible answer."""
        self.finish_stands = False
        self._received.append(text)
        if self._text is self._received:
            if text:
                self.events.append(TextDelta(text))
        elif not self.is_cut:
            if self._rescuer is None and self._of.rescuer is not None and not self._text_ended:
                self._rescuer = self._of.rescuer()
            self._take([text] if self._rescuer is None else self._rescuer.feed(text))

    def image(self, image: ImagePart) -> None:
        """Take an image the model made."""
        self.finish_stands = False
        if not self.is_cut:
            self._images.append(image)

    def reasoning(self, field: str | None, text: str) -> None:
        """Take more of the thinking, and the wire field it came in, if it can go back in it."""
        self.finish_stands = False
        if self.is_cut:
            return
        self._reasoning_field = field
        self._reasoning.append(text)
        self.events.append(ReasoningDelta(text))

    def details(self, pieces: list[JsonObject]) -> None:
        """Take more of the thinking in the provider's own form, to be sent back so."""
        self.finish_stands = False
        if not self.is_cut:
            self._details += pieces

    def refusal(self, text: str) -> None:
        """Take more of a refusal."""
        self.finish_stands = False
        if not self.is_cut:
            self._refusal.append(text)
            self.events.append(RefusalDelta(text))

    def tool_calls(self, entries: Any) -> None:
        """Take fragments of tool calls."""
        if self._cut is not None:
            self._release()
        if self.calls.add(entries, self.events):
            self.finish_stands = False

    def finish_with(self, word: str, *, cut: bool = False) -> None:
        """Take the reason why the answer ends here; ``cut``: it is not whole, whatever it is."""
        self.finish_raw, self.finish_stands, self._finish_cut = word, True, cut

    def logprobs(self, content: list[JsonObject]) -> None:
        """Take the log probabilities of some tokens."""
        self._logprobs.extend(content)

    def annotations(self, items: list[JsonObject]) -> None:
        """Take citations and the like."""
        self._annotations.extend(items)

    def note(self, code: str, message: str) -> None:
        """Remember something odd, once however often it is said, and of one kind not too much."""
        note = Note(code, brief(message, _NOTE))
        noted = self._noted.get(code, 0)
        if note not in self._notes and noted < _NOTES:
            self._noted[code] = noted + 1
            self._notes[note] = None

    def end_text(self) -> None:
        """Take note that no more text comes: what was held back as a possible call is given out."""
        if self._rescuer is not None and not self.is_cut:
            self._take(self._rescuer.close())
            self._left += self._rescuer.left
        self._rescuer, self._text_ended = None, True
        self._release()

    def _take(self, pieces: list[str] | list[str | ToolCall]) -> None:
        for piece in pieces:
            if isinstance(piece, ToolCall):
                self._release()
                if not self.is_cut:
                    self._rescued.append(piece)
            elif self._cut is None:
                self._say(piece)
            else:
                self._say(self._cut.feed(piece))
                self._note_cut(self._cut)

    def _release(self) -> None:
        """Give out what may be the beginning of a stop text: none reaches over a call, or on."""
        if self._cut is not None:
            self._say(self._cut.release())
            self._note_cut(self._cut)

    def _say(self, text: str) -> None:
        if text:
            self._text.append(text)
            self.events.append(TextDelta(text))

    def _note_cut(self, cut: Cut) -> None:
        if cut.at is not None and not self.is_cut:
            self.is_cut = True
            self.calls.leave_out_later()
            self.note("cut_at_stop", f"the text was cut where {brief(cut.at)!r} began")

    def take_events(self) -> list[Event]:
        """Return the events since the last call."""
        events, self.events = self.events, []
        return events

    def finish(self) -> ChatResponse:
        """End the answer: emit the calls that are good and return the response.

        Raises:
            ServerError: The finish reason says that the provider gave up.
        """
        self.end_text()
        raw = self.finish_raw
        if raw and raw.lower() in FAILURES and not self.is_over:
            message = f"the provider gave the answer up: finish_reason {raw!r}. Try again."
            raise ServerError(message, code=raw, partial=self.partial())
        reason = self._reason()
        cut = reason not in _WHOLE
        done = self.calls.finish(
            self._of.finish_call, cut=cut, events=self.events, rescued=self._rescued
        )
        if self.calls.echoes:
            self.note("echoed_call", "a nameless entry that only repeated a tool call was left out")
        if self.calls.repeated:
            message = "the arguments of a tool call came more than once and were read as one text"
            self.note("repeated_arguments", message)
        if self.calls.split:
            self.note("split_call", "a tool call held several objects and became several calls")
        if self._rescued:
            self.note("rescued_calls", f"{len(self._rescued)} tool call(s) were found in the text")
        if self._left:
            self.note(
                "call_left_in_text",
                "the text holds what looks like a tool call and is none: it is cut off, names no "
                "tool of the request, or its arguments cannot be used",
            )
        good = tuple(call for call in done if isinstance(call, ToolCall))
        bad = tuple(call for call in done if isinstance(call, InvalidToolCall))
        if (good or bad) and not (bad and cut):
            reason = "tool_calls"
        elif self.is_cut and not bad:
            reason = "stop"
        elif reason == "tool_calls":
            # Whoever loops on the reason alone would loop for ever.
            reason = "other"
            self.note("no_tool_call", f"the finish reason is {raw!r}, but no tool was called")
        return self._response(reason, good, bad)

    def _reason(self) -> FinishReason:
        """Return what the finish reason means, which of an answer that was cut is no proper end."""
        reason = finish_reason_from(self.finish_raw)
        return "other" if self._finish_cut and reason in _WHOLE else reason

    def partial(self) -> ChatResponse:
        """Return what has arrived so far; no call in it may be executed."""
        why = "the answer broke off before the call was complete"
        bad = self.calls.unfinished(why)
        why = "the answer broke off after the call"
        bad += (InvalidToolCall(c.id, c.name, raw=c.raw, reason=why) for c in self._rescued)
        return self._response("other", (), tuple(bad))

    def _response(self, reason: Any, good: Any, bad: Any) -> ChatResponse:
        of, reasoning = self._of, "".join(self._reasoning)
        logprobs, annotations = self._logprobs, self._annotations
        if self.is_cut:
            text = "".join(self._text)
            logprobs, annotations = logprobs_in(text, logprobs), annotations_in(text, annotations)
        message = AssistantMessage(
            self._content(),
            reasoning=reasoning or None,
            reasoning_field=self._reasoning_field,
            tool_calls=good,
            refusal="".join(self._refusal) or None,
            native=self._native(),
        )
        return ChatResponse(
            message=message,
            finish_reason=reason,
            finish_reason_raw=self.finish_raw,
            usage=self.usage,
            cost=_UNTOLD,
            reported_cost=self.reported_cost,
            provider=of.provider,
            upstream=self.upstream,
            model=self.model or of.model,
            api=of.api,
            id=self.id,
            created=self.created,
            service_tier=self.service_tier,
            request_id=of.request_id,
            invalid_tool_calls=bad,
            logprobs=tuple(logprobs) or None,
            annotations=tuple(annotations),
            notes=tuple(self._notes),
            raw=self.raw,
        )

    def _native(self) -> Native | None:
        of, items = self._of, self.items
        if items is None and self._details:
            items = merged(self._details)
        if items is None:
            return None
        return Native(of.provider, api=of.api, items=items, origin=of.origin)

    def _content(self) -> Content | None:
        text = "".join(self._text) or None
        if not self._images:
            return text
        return (*((TextPart(text),) if text else ()), *self._images)


class _Seed:
    """Gives a text that tells an answer from others of the conversation.

    It is apart from the assembler, whose calls hold it: nothing holds whoever holds it, so that an
    answer is freed as soon as it is read, without the garbage collector.
    """

    __slots__ = ("_of", "id")

    def __init__(self, of: str) -> None:
        self._of = of
        self.id: str | None = None

    def __call__(self) -> str:
        return blake2b(f"{self._of}:{self.id}".encode(), digest_size=9).hexdigest()
