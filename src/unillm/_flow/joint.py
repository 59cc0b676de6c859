"""An answer that broke off and goes on: what has come of it, and how the parts become one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any, TypeGuard

from unillm._wire.cut import moved
from unillm._wire.encode import encode
from unillm._wire.overlap import Overlap
from unillm._wire.plan import continued, offers_prefix
from unillm.errors import InvalidRequestError
from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.events import Event, ReasoningDelta, TextDelta
from unillm.types.json import is_mapping
from unillm.types.messages import AssistantMessage, UserMessage
from unillm.types.parts import TextPart
from unillm.types.response import ChatResponse
from unillm.types.usage import total_usage

if TYPE_CHECKING:
    from unillm._flow.attempt import Exchanged
    from unillm.types.request import ChatRequest

GO_ON = (
    "Your answer above broke off. Go on exactly where it stopped, in the middle of a sentence or a "
    "word if need be. Repeat nothing of it, and say nothing about going on."
)
"""What a model is told that cannot be handed the beginning of its answer."""


@dataclass(slots=True, kw_only=True)
class Joint:
    """The part of an answer that the caller has, and what goes on from it.

    Attributes:
        before: What came of the attempts before, as one.
        overlap: Finds what the one that goes on says again.
        notes: What is to be known of going on.
    """

    before: ChatResponse
    overlap: Overlap = field(default_factory=lambda: Overlap(""))
    notes: tuple[Note, ...] = ()

    def over(self, events: list[Event]) -> list[Event]:
        """Return what is told instead of some events: nothing that was told before."""
        return [told for event in events for told in self._told(event)]

    def rest(self) -> list[Event]:
        """Return what was held back: the answer has come to its end."""
        text = self.overlap.close()
        return [TextDelta(text)] if text else []

    def joined(self, after: ChatResponse) -> ChatResponse:
        """Return the parts as one answer, as far as the later one came."""
        before, overlap = self.before, self.overlap
        text = after.text[overlap.cut :] if overlap.decided else ""
        reasoning = (before.reasoning or "") + (after.reasoning or "")
        message = replace(
            after.message,
            content=_content(before.text + text, after),
            reasoning=reasoning or None,
            reasoning_field=after.message.reasoning_field or before.message.reasoning_field,
            native=None,  # a provider would be sent its own part alone
        )
        shift = len(before.text) - overlap.cut
        return replace(
            after,
            message=message,
            usage=total_usage([before.usage, after.usage]),
            logprobs=_logprobs(before, after, whole=overlap.decided and not overlap.cut),
            annotations=(*before.annotations, *(moved(one, shift) for one in after.annotations)),
            notes=tuple(dict.fromkeys((*before.notes, *after.notes, *self.notes))),
        )

    def _told(self, event: Event) -> Iterator[Event]:
        if isinstance(event, TextDelta):
            text = self.overlap.feed(event.text)
            if text:
                yield event if text is event.text else TextDelta(text)
            return
        if not isinstance(event, ReasoningDelta):
            yield from self.rest()
        yield event


def joinable(partial: ChatResponse | None, what: Exchanged) -> TypeGuard[ChatResponse]:
    """Tell whether an answer that broke off can be gone on with, so that the parts are one.

    It cannot where a tool call has begun, or may have; where it is no plain text; where each part
    would be JSON by itself; and where its end may be the beginning of a stop text, which nobody
    would see in two parts.
    """
    if partial is None or not partial.text:
        return False
    if partial.invalid_tool_calls or partial.refusal is not None or partial.images:
        return False
    if what.expected is not None or _has_form(what.plan.asked):
        return False
    return not _may_stop(partial.text, what.plan.asked.settings.get("stop"))


def gone_on(what: Exchanged, joint: Joint, reason: str) -> Exchanged | None:
    """Return the request that has a target go on, and see to what it may say again.

    The target is handed the text as the beginning of its answer if it is known to go on from one,
    else it is told to go on. None: it takes neither.
    """
    text = joint.before.text
    begun = AssistantMessage(text, extra={"prefix": True})
    ways = [(begun,)] if offers_prefix(what.plan.target) else []
    for messages in (*ways, (AssistantMessage(text), UserMessage(GO_ON))):
        try:
            planned = continued(what.plan, *messages)
        except InvalidRequestError:  # a feature that it does not have is one too
            continue
        joint.overlap = Overlap(text, whole_only=len(messages) == 1)
        joint.notes = (note_on(reason, what.plan.target),)
        return replace(what, plan=planned, wire=encode(planned))
    return None


def note_on(reason: str, target: object) -> Note:
    """Return the note that an answer was gone on with."""
    return Note("continued", f"the answer broke off ({reason}), and {target} went on from there")


def _content(text: str, after: ChatResponse) -> Any:
    images = after.images
    return text if not images else (TextPart(text), *images)


def _logprobs(before: ChatResponse, after: ChatResponse, *, whole: bool) -> Any:
    """Return the log probabilities of both, where those of each are there for all its text."""
    if not whole or before.logprobs is None or after.logprobs is None:
        return None
    return (*before.logprobs, *after.logprobs)


def _has_form(request: ChatRequest) -> bool:
    """Tell whether the host holds each answer to a form: then it begins each from its beginning."""
    for given in (request.settings, request.extra_body):
        form: Any = given.get("response_format")
        if form is not None and not (is_mapping(form) and form.get("type") == "text"):
            return True
    return any(name in _FORMS or name.startswith("guided_") for name in request.extra_body)


_FORMS = frozenset({"grammar", "json_schema", "structured_outputs", "text"})
"""What hosts call that in fields of their own: llama.cpp's server, vLLM (``guided_…`` before 0.12),
and ``text.format`` of the Responses API."""


def _may_stop(text: str, stop: Any) -> bool:
    """Tell whether a text ends with the beginning of a stop text."""
    stops: list[str] = [stop] if isinstance(stop, str) else list(stop or ())
    return any(text.endswith(one[:size]) for one in stops for size in range(1, len(one)))
