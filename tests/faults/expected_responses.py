"""What comes of each named fault over the Responses API.

Most are faults of both interfaces, and what comes of them is what comes of them over Chat, in the
words of this interface. What comes of the others is written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import unillm
from tests.faults.expected import (
    BEGUN,
    CALL,
    CALLS,
    EXPECTED,
    HALF,
    OPEN,
    SIGN,
    SOUND,
    TEXT,
    THOUGHT,
    UNCOUNTED,
    Answered,
    Outcome,
    Pair,
    Raised,
    both,
    incomplete,
    malformed,
    refused,
    streamed,
    timed_out,
)
from unillm import IdleTimeoutError, RateLimitError, ServerError
from unillm.testing import faults

_SO_FAR = BEGUN.rstrip()
_BOTH = replace(CALL, text=TEXT)
_WORDS = {"length": "max_output_tokens", "content_filter": "content_filter"}


def _failed(
    words: str, kind: type[unillm.ProviderError] = ServerError, *, wire: int | None = None
) -> Raised:
    """Expect that the provider says it failed after this text; without one shown it is asked again.

    A body shows nothing before it is whole.
    """
    wire = wire or (1 if words else 2)
    return Raised(error=kind, text=words, wire=wire, says="inside its answer")


def _half_failed(
    kind: type[unillm.ProviderError] = ServerError, *, body: str = "The weather"
) -> Pair:
    return _failed(_SO_FAR, kind), _failed(body, kind, wire=2)


_OWN: dict[str, Pair] = {
    "responses-failed": _half_failed(),
    "responses-failed-rate-limit": _half_failed(RateLimitError),
    "responses-failed-at-start": both(_failed("")),
    "responses-error-event": _half_failed(body=""),
    "responses-error-object": _half_failed(body=""),
    "responses-incomplete-unknown-reason": both(replace(SOUND, finish="other", word="sunset")),
    "responses-done-marker": both(SOUND),
    "responses-event-names-missing": both(CALL),
    "responses-sequence-missing": both(CALL),
    "responses-text-only-done": both(SOUND),
    "responses-arguments-only-done": both(CALL),
    "responses-arguments-only-in-item": both(CALL),
    "responses-items-only-done": both(_BOTH),
    "responses-items-interleaved": (replace(CALLS, usage=None), CALLS),
    "responses-output-empty-at-end": both(_BOTH),
    "responses-unknown-events": (replace(SOUND, notes=("unknown_event",)), SOUND),
    "responses-unknown-item": both(replace(UNCOUNTED, notes=("other_item",))),
    "responses-encrypted-partial": both(replace(CALL, reasoning=THOUGHT)),
    "responses-item-id-changes": both(_BOTH),
    "responses-chat-body": both(malformed(says="no output")),
    "responses-event-not-json": streamed(malformed(_SO_FAR, says="not JSON")),
    # Nothing came before it in the stream either.
    "responses-output-null": (malformed(says="no output"), malformed(says="no output")),
    "eof-before-terminal": streamed(incomplete(TEXT), incomplete()),
    "cut-before-terminal": streamed(incomplete(TEXT), incomplete()),
    "reset-before-terminal": streamed(incomplete(TEXT), incomplete()),
    "stall-before-terminal": (timed_out(IdleTimeoutError, TEXT), timed_out(IdleTimeoutError)),
}
_SIGN = replace(SOUND, text=SIGN)
_HALF_FAILED = (_failed(HALF), _failed(HALF, wire=2))
_OTHERWISE: dict[str, Pair] = {
    # Here they are sound streams, counted, before their bytes are changed.
    **{
        name: (replace(_SIGN, notes=outcome.notes), SOUND)
        for name, (outcome, _) in EXPECTED.items()
        if isinstance(outcome, Answered) and outcome.text == SIGN
    },
    "invalid-utf8": streamed(malformed(f"{_SO_FAR} is", says="not JSON")),
    **dict.fromkeys(
        ("finish-error", "finish-aborted", "finish-insufficient-system-resource"), _HALF_FAILED
    ),
    "stream-for-body": both(SOUND),
    "call-finish-length": refused(OPEN, "says that the call is incomplete"),
    "finish-unknown": both(SOUND),
    "finish-empty": both(SOUND),
    "call-finish-without-call": both(SOUND),
    "empty-object": both(malformed(says="no output")),
    "reasoning-demanded": both(replace(CALL, reasoning=THOUGHT)),
}
"""Faults whose point is Chat's, and which are none here, or are told in other words."""


def _here(outcome: Outcome) -> Outcome:
    """Return what comes of a fault of both interfaces, in the words of this one."""
    if isinstance(outcome, Raised):
        text = _SO_FAR if outcome.text == BEGUN else outcome.text
        return replace(outcome, text=text)
    if outcome.word and outcome.word not in _CHATS:
        return outcome
    return replace(outcome, word=_WORDS.get(outcome.finish, "completed"))


_CHATS = ("stop", "tool_calls", "eos_token")
_ALL = {**EXPECTED, **_OTHERWISE, **_OWN}
RESPONSES: Mapping[str, Pair] = {
    name: (_here(_ALL[name][0]), _here(_ALL[name][1])) for name in faults.names("responses")
}
