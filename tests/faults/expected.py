"""What comes of each named fault: the fault matrix as data.

Two outcomes a fault: of `stream`, and of `chat`. At most two attempts are made, without pauses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import unillm
from unillm import (
    AuthenticationError,
    BadRequestError,
    ContentPolicyError,
    ContextLengthError,
    FirstTokenTimeoutError,
    IdleTimeoutError,
    IncompleteStreamError,
    InsufficientBalanceError,
    MalformedResponseError,
    ModelNotFoundError,
    NotFoundError,
    OverloadedError,
    PermissionDeniedError,
    ProviderError,
    RateLimitError,
    ServerError,
    ToolArgumentsError,
    TransportError,
)

PARIS = '{"city": "Paris"}'
TOKYO = '{"city": "Tokyo"}'
TEXT = "The weather in Paris is sunny."
BEGUN = "The weather in Paris "
HALF = "The weather in"
SIGN = "The weather in Paris is sunny — 21 °C."
THOUGHT = "The user asks for the weather."
OPEN = '{"city": "Par'
DSML = """<|DSML|tool_calls>
<|DSML|invoke name="get_weather">
<|DSML|parameter name="city" string="true">Paris</|DSML|parameter>
</|DSML|invoke>
</|DSML|tool_calls>""".replace("|", "\N{FULLWIDTH VERTICAL LINE}")
"""A call in the notation of DeepSeek's models."""


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A response.

    Attributes:
        text: Its text, or what it begins with where `long` is set.
        calls: The arguments of its calls as received, byte for byte.
        meant: The cities its calls are about, where the arguments were repaired or rescued.
        finish: Its finish reason.
        word: The provider's word for it, where it differs.
        usage: Input and output tokens; True: some; None: none reported.
        cached: Cached input tokens.
        reasoning: Its reasoning.
        notes: The codes of its notes.
        wire: How many requests were made.
        long: Whether the text is longer than what is written here.
    """

    text: str = ""
    calls: tuple[str, ...] = ()
    meant: tuple[str, ...] = ()
    finish: str = "stop"
    word: str | None = ""
    usage: tuple[int, int] | bool | None = None
    cached: int | None = None
    reasoning: str | None = None
    notes: tuple[str, ...] = ()
    wire: int = 1
    long: bool = False


@dataclass(frozen=True, kw_only=True)
class Raised:
    """An exception.

    Attributes:
        error: Its class, exactly.
        text: The text of its partial response; None: there is no partial response.
        calls: The arguments of the partial response's calls, none of them usable.
        good: The arguments of the usable calls beside them (`ToolArgumentsError` alone).
        wire: How many requests were made.
        status: The HTTP status, or the one named in the error.
        says: A part of the message.
    """

    error: type[unillm.UnillmError]
    text: str | None = None
    calls: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    wire: int = 1
    status: int | None = None
    says: str = ""


Outcome = Answered | Raised
Pair = tuple[Outcome, Outcome]

SOUND = Answered(text=TEXT, usage=True)
UNCOUNTED = replace(SOUND, usage=None)
CALL = Answered(calls=(PARIS,), finish="tool_calls", usage=True)
CALLS = Answered(calls=(PARIS, TOKYO), finish="tool_calls", usage=True)


def both(outcome: Outcome) -> Pair:
    """Expect the same of a stream and of a body."""
    return outcome, outcome


def streamed(outcome: Outcome, body: Outcome = SOUND) -> Pair:
    """Expect this of a stream; the body is sound."""
    return outcome, body


def text(words: str = TEXT, **more: Any) -> Pair:
    """Expect a stream with this text, made by hand and therefore without usage."""
    return streamed(replace(UNCOUNTED, text=words, **more))


def calls(*arguments: str) -> Pair:
    """Expect a stream with these calls, made by hand; the body has the same calls."""
    whole = CALL if len(arguments) == 1 else CALLS
    return streamed(replace(whole, calls=arguments, usage=None), whole)


def repeated(arguments: str) -> Pair:
    """Expect a stream with this call, and a note that its arguments came more than once."""
    streaming, body = calls(arguments)
    assert isinstance(streaming, Answered)
    return replace(streaming, notes=("repeated_arguments",)), body


def refused(arguments: str, says: str = "not JSON") -> Pair:
    """Expect that a call with these arguments is not offered."""
    return both(Raised(error=ToolArgumentsError, text="", calls=(arguments,), says=says))


def mended(arguments: str, *cities: str, **more: Any) -> Pair:
    """Expect that arguments received so are repaired, and become a call for each city."""
    about = cities or ("Paris",)
    return both(replace(CALL, calls=(arguments,) * len(about), meant=about, **more))


def malformed(words: str = "", **more: Any) -> Raised:
    """Expect an answer that is not the protocol."""
    return Raised(error=MalformedResponseError, text=words, **more)


def incomplete(words: str = "", *open_calls: str, **more: Any) -> Raised:
    """Expect an answer that broke off; without an event it is tried again."""
    nothing = not words and not open_calls
    wire = 2 if nothing else 1
    error: type[unillm.UnillmError] = IncompleteStreamError
    return replace(Raised(error=error, text=words, calls=open_calls, wire=wire), **more)


def timed_out(kind: type[unillm.UnillmError], words: str = "", *open_calls: str) -> Raised:
    """Expect a time limit to pass."""
    return incomplete(words, *open_calls, error=kind)


def in_band(words: str, status: int | None = 502) -> Pair:
    """Expect an error object after this text; a body is nothing but the error."""
    error = Raised(error=ServerError, text=words, status=status, says="inside its answer")
    return error, replace(error, text="", wire=2)


def gave_up(reason: str) -> Pair:
    """Expect a finish reason that says the provider failed; a body is asked for again."""
    error = Raised(error=ServerError, text=HALF, says=repr(reason))
    return error, replace(error, wire=2)


def status(code: int, kind: type[ProviderError], *, again: bool = False, says: str = "") -> Raised:
    """Expect an error status."""
    return Raised(error=kind, status=code, wire=2 if again else 1, says=says)


_NOTHING = Raised(error=TransportError, wire=2)
_BODY_CUT = incomplete()

_ENDS: dict[str, Pair] = {}
for end in ("eof", "cut", "reset"):
    after = () if end == "eof" else ("cut_after_finish",)
    _ENDS |= {
        f"{end}-before-event": both(incomplete()),
        f"{end}-in-text": streamed(incomplete(BEGUN), _BODY_CUT),
        f"{end}-in-arguments": streamed(incomplete("", OPEN), _BODY_CUT),
        f"{end}-in-utf8": streamed(incomplete(BEGUN), _BODY_CUT),
        f"{end}-in-line": streamed(incomplete(BEGUN), _BODY_CUT),
        f"{end}-after-finish": streamed(replace(UNCOUNTED, notes=after), _BODY_CUT),
        f"{end}-in-body": both(_BODY_CUT),
        f"{end}-before-head": both(_NOTHING),
        f"{end}-in-head": both(_NOTHING),
    }
for gone in ("eof-before-head", "eof-in-head"):
    del _ENDS[gone]  # an orderly end before the head is a cut

_IDLE = timed_out(IdleTimeoutError)
_SILENT = timed_out(FirstTokenTimeoutError)
STALLS: dict[str, Pair] = {
    "stall-before-head": both(replace(_SILENT, text=None)),
    "stall-in-head": both(replace(_SILENT, text=None)),
    "stall-before-event": (_SILENT, _IDLE),
    "stall-in-text": (timed_out(IdleTimeoutError, BEGUN), _IDLE),
    "stall-in-arguments": (timed_out(IdleTimeoutError, "", OPEN), _IDLE),
    "stall-in-utf8": (timed_out(IdleTimeoutError, BEGUN), _IDLE),
    "stall-in-line": (timed_out(IdleTimeoutError, BEGUN), _IDLE),
    "stall-after-finish": (replace(UNCOUNTED, notes=("cut_after_finish",)), _IDLE),
    "stall-in-body": (_SILENT, _IDLE),
    "comments-for-ever": both(_SILENT),
    "status-500-stall": both(status(500, ServerError, again=True, says='{"error": {"mess')),
}
"""Faults that only a time limit ends; they get short ones."""

_FINISHES: dict[str, Pair] = {
    "done-without-finish": text(finish="other", word=None, notes=("no_finish_reason",)),
    "done-without-finish-open-call": (incomplete("", PARIS), CALL),
    "done-without-finish-in-arguments": (incomplete("", OPEN), CALL),
    "done-alone": (incomplete(), Answered(usage=True)),
    "eof-in-call": (incomplete("", PARIS), CALL),
    "finish-without-done": text(usage=(9, 6)),
    "finish-twice": text(BEGUN),
    "text-after-finish": text(),
    "finish-unknown": both(replace(SOUND, word="eos_token")),
    "finish-empty": both(replace(SOUND, finish="other", word=None, notes=("no_finish_reason",))),
    "finish-error": gave_up("error"),
    "finish-aborted": gave_up("aborted"),
    "finish-insufficient-system-resource": gave_up("insufficient_system_resource"),
    "finish-length": both(replace(SOUND, text=HALF, finish="length")),
    "finish-content-filter": both(replace(SOUND, text=HALF, finish="content_filter")),
    "call-finish-stop": both(replace(CALL, word="stop")),
    "call-finish-length": refused(OPEN, "cut off"),
    "call-finish-hides-cut": refused(OPEN),
    "call-finish-without-call": both(
        replace(SOUND, finish="other", word="tool_calls", notes=("no_tool_call",))
    ),
    "finish-without-newline": text(BEGUN),
}

_CALLS: dict[str, Pair] = {
    "call-index-missing": calls(PARIS, TOKYO),
    "call-index-zero": calls(PARIS, TOKYO),
    "call-index-zero-in-pieces": calls(PARIS, TOKYO),
    "call-index-zero-without-ids": calls(PARIS, TOKYO),
    "call-id-missing": both(replace(CALLS, usage=None)),
    "call-id-same-twice": both(CALLS),
    "call-empty-id-and-name-later": calls(PARIS),
    "call-null-id-and-name-later": calls(PARIS),
    "call-name-late": calls(PARIS),
    "call-arguments-before-name": calls(PARIS),
    "call-name-repeated": calls(PARIS),
    "call-name-in-pieces": calls(PARIS),
    "call-null-second-entry": (replace(calls(PARIS)[0], notes=("echoed_call",)), CALL),
    "call-index-from-one": calls(PARIS),
    "call-pieces-interleaved": calls(PARIS, TOKYO),
}

_ARGUMENTS: dict[str, Pair] = {
    "arguments-trailing-quotes": refused('{}""', "'city' is a required property"),
    "arguments-two-objects": mended(PARIS + TOKYO, "Paris", "Tokyo", notes=("split_call",)),
    "arguments-cut": refused(OPEN),
    "arguments-missing-brace": mended('{"city": "Paris"'),
    "arguments-single-quotes": mended("{'city': 'Paris'}"),
    "arguments-python-literals": mended('{"city": "Paris", "metric": True, "note": None}'),
    "arguments-trailing-comma": mended('{"city": "Paris",}'),
    "arguments-fenced": mended('```json\n{"city": "Paris"}\n```'),
    "arguments-inner-quotes": mended('{"city": "the "old" Paris"}', 'the "old" Paris'),
    "arguments-raw-newline": mended('{"city": "Paris", "note": "one\ntwo"}'),
    "arguments-empty": refused("", "'city' is a required property"),
    "arguments-encoded-twice": mended('"{\\"city\\": \\"Paris\\"}"'),
    # What the number was is lost; nothing is put in its place.
    "arguments-not-a-number": refused('{"city": "Paris", "days": NaN}'),
    "arguments-repeated-key": refused('{"city": "Paris", "city": "Tokyo"}', "there twice"),
    "arguments-wrapped": mended('{"arguments": {"city": "Paris"}}'),
    "arguments-key-case": mended('{"City": "Paris"}'),
    "arguments-number-as-text": mended('{"city": "Paris", "days": "3"}'),
    "arguments-as-code": mended('get_weather(city="Paris")'),
    "arguments-empty-first": mended("{}" + PARIS),
    "arguments-same-twice": mended(PARIS + PARIS),
    # A list is no object, and that its text is the city is a guess.
    "arguments-list": refused('["Paris"]', "not an object but list"),
    # Each piece twice: no reading is one JSON object, and none is guessed.
    "arguments-twice": (refused('{"city":{"city": "Paris"} "Paris"}')[0], CALL),
    "arguments-object": both(replace(CALL, calls=('{"city":"Paris"}',), usage=None)),
    "arguments-cumulative": repeated(PARIS),
    "arguments-repeated-at-end": repeated(PARIS),
    "arguments-with-finish": calls(PARIS),
    "arguments-null": refused("", "'city' is a required property"),
}

_CHUNKS: dict[str, Pair] = {
    "choices-null": text(),
    "choices-empty": text(),
    "choices-missing": text(),
    "delta-null": text(),
    "content-parts": both(UNCOUNTED),
    "response-id-missing": both(UNCOUNTED),
    "role-missing": both(UNCOUNTED),
    "unknown-fields": both(SOUND),
    "chunk-not-an-object": streamed(malformed(BEGUN, says="not a JSON object")),
    "chunk-not-json": streamed(malformed(BEGUN, says="not JSON")),
    "choices-two": both(replace(UNCOUNTED, notes=("extra_choice",))),
}

_ERRORS: dict[str, Pair] = {
    "error-in-body": both(in_band("")[1]),
    "error-choices-null": both(in_band("")[1]),
    "choices-null-in-body": both(malformed(says="no choices")),
    "choices-empty-in-body": both(malformed(says="no choices")),
    "message-null-in-body": both(malformed(says="no message")),
    "error-at-start": both(in_band("")[1]),
    "error-in-text": in_band(BEGUN),
    "error-with-finish": in_band(BEGUN),
    "error-event": in_band(BEGUN),
    "error-string": in_band(BEGUN, status=None),
    # To a reader of event streams that line is a field nobody knows; the cut is what is seen.
    "error-in-lines": (incomplete(BEGUN), in_band("")[1]),
}

_BODIES: dict[str, Pair] = {
    "envelope": both(SOUND),
    "envelope-failure": both(replace(in_band("", None)[1], says="not available")),
    "body-for-stream": both(SOUND),
    "stream-for-body": (SOUND, UNCOUNTED),
    "blank-lines": both(SOUND),
    "keep-alive-comments": both(SOUND),
    "html-page": both(malformed(says="Check base_url")),
    "html-as-json": both(malformed(says="Check base_url")),
    "empty-body": both(incomplete()),
    "empty-object": both(malformed(says="no choices")),
    "no-content": both(status(204, ProviderError, says="200 only")),
    "gzip-body": both(SOUND),
    "gzip-body-broken": both(malformed(says="decompressed")),
    "garbage-body": both(malformed(says="no event stream")),
    "invalid-utf8-in-body": both(malformed(says="not JSON")),
    "empty-answer": both(Answered(usage=True)),
    "wrong-content-type": both(SOUND),
    "chunk-for-body": both(UNCOUNTED),
}

_STREAMS: dict[str, Pair] = {
    "byte-by-byte": both(SOUND),
    "one-segment": text(SIGN),
    "odd-segments": text(SIGN),
    "crlf-lines": text(SIGN),
    "crlf-lines-split": text(SIGN),
    "cr-lines": text(SIGN),
    "bom": text(SIGN),
    "multi-line-data": text(BEGUN),
    "no-space-after-colon": text(SIGN),
    "other-sse-fields": text(SIGN, notes=("ignored_lines",)),
    "empty-events": text(SIGN),
    "done-without-newline": text(SIGN),
    "events-after-done": text(SIGN),
    "invalid-utf8": streamed(malformed(BEGUN, says="not JSON")),
    # Lines without a known field name are no events: https://html.spec.whatwg.org says to ignore.
    "garbage-in-stream": text(BEGUN, notes=("ignored_lines",)),
    "null-bytes": text(SIGN, notes=("ignored_lines",)),
    "huge-event": text("x" * 1000, long=True),
    "endless-line": streamed(incomplete()),
    "endless-stream": streamed(incomplete("more " * 10_000)),
}

_TOKENS: dict[str, Pair] = {
    "usage-own-chunk": (
        replace(UNCOUNTED, text=BEGUN, usage=(9, 6)),
        replace(SOUND, usage=(9, 6)),
    ),
    "usage-last-chunk": both(SOUND),
    "usage-cumulative": (
        replace(UNCOUNTED, text=f"{TEXT} ", usage=(9, 6)),
        replace(SOUND, usage=(9, 6)),
    ),
    "usage-missing": both(UNCOUNTED),
    "usage-null": (*text(BEGUN)[:1], UNCOUNTED),
    "usage-cut": text(BEGUN, notes=("cut_after_finish",)),
    "usage-zero": both(replace(SOUND, usage=(0, 0))),
    "usage-partial": both(replace(UNCOUNTED, notes=("odd_usage",))),
    "usage-negative": both(replace(UNCOUNTED, notes=("odd_usage",))),
    "usage-cache-fields": both(replace(SOUND, usage=(1000, 6), cached=900)),
    "reasoning-content": both(replace(SOUND, reasoning=THOUGHT)),
    "reasoning-demanded": both(replace(CALL, reasoning=THOUGHT)),
    "reasoning-field": both(replace(SOUND, reasoning=THOUGHT)),
    "reasoning-both-fields": (
        replace(UNCOUNTED, text="It is sunny.", reasoning=f"{THOUGHT} "),
        replace(UNCOUNTED, reasoning=THOUGHT),
    ),
    "reasoning-in-text": both(replace(SOUND, text=f"<think>{THOUGHT}</think>\n\n{TEXT}")),
    "reasoning-only": both(Answered(finish="length", usage=True, reasoning=THOUGHT)),
}

_STATUSES: dict[int, tuple[type[ProviderError], bool]] = {
    300: (ProviderError, False),
    304: (ProviderError, False),
    400: (BadRequestError, False),
    401: (AuthenticationError, False),
    402: (InsufficientBalanceError, False),
    403: (PermissionDeniedError, False),
    404: (NotFoundError, False),
    405: (NotFoundError, False),
    408: (ServerError, True),
    409: (ServerError, True),
    413: (BadRequestError, False),
    415: (BadRequestError, False),
    422: (BadRequestError, False),
    424: (ServerError, True),
    425: (OverloadedError, True),
    429: (RateLimitError, True),
    498: (BadRequestError, False),
    499: (ServerError, True),
    500: (ServerError, True),
    501: (ServerError, False),
    502: (ServerError, True),
    503: (OverloadedError, True),
    504: (ServerError, True),
    520: (ServerError, True),
    522: (ServerError, True),
    524: (ServerError, True),
    529: (OverloadedError, True),
    599: (ServerError, True),
}

_SAID: dict[str, Outcome] = {
    "status-429-quota": status(429, InsufficientBalanceError),
    # The longest pause allowed here is 60 ms; a longer request is told, not waited for.
    "status-429-retry-after": status(429, RateLimitError),
    "status-429-retry-after-date": status(429, RateLimitError),
    "status-429-retry-after-ms": status(429, RateLimitError, again=True),
    "status-429-retry-after-long": status(429, RateLimitError),
    "status-429-retry-after-nonsense": status(429, RateLimitError, again=True),
    "status-400-context-length": status(400, ContextLengthError),
    "status-400-content-filter": status(400, ContentPolicyError),
    "status-400-reasoning-content": status(400, BadRequestError, says="reasoning_content"),
    "status-400-tools-with-reasoning": status(400, BadRequestError, says="reasoning_effort"),
    "status-404-model": status(404, ModelNotFoundError),
    "status-404-path": status(404, NotFoundError, says="Check base_url"),
    "status-500-empty": status(500, ServerError, again=True, says="no explanation"),
    "status-502-html": status(502, ServerError, again=True, says="an HTML page"),
    "status-500-cut": status(500, ServerError, again=True),
    "x-should-retry-false": status(500, ServerError),
    "x-should-retry-true": status(400, BadRequestError, again=True),
    **{
        f"redirect-{code}": status(code, ProviderError, says="set base_url")
        for code in (301, 302, 303, 307, 308)
    },
    "redirect-loop": status(307, ProviderError, says="set base_url"),
    **{
        f"status-{code}": status(code, kind, again=again)
        for code, (kind, again) in _STATUSES.items()
    },
}

_TIMING: dict[str, Pair] = {
    "slow-head": both(SOUND),
    "slow-stream": both(SOUND),
    "slow-body": both(SOUND),
    "slow-first-token": both(SOUND),
    "pause-in-text": text(),
    "garbage-instead-of-http": both(_NOTHING),
    "bad-chunk-size": both(incomplete()),
    "http-1-0": both(SOUND),
    "closed-after-answer": both(SOUND),
    "cut-in-head": both(_NOTHING),
}

CHECK = "Let me check.\n\n"


def leaked(text: str = CHECK, *cities: str, **more: Any) -> Pair:
    """Expect that a call in the text is found, and the rest of the text is left."""
    about = cities or ("Paris",)
    found = replace(CALL, text=text, word="stop", meant=about, notes=("rescued_calls",))
    return both(replace(found, **more))


def talked_about(words: str, **more: Any) -> Pair:
    """Expect that what looks like a call stays text."""
    return both(replace(SOUND, text=f"{CHECK}{words}", **more))


LEFT = ("call_left_in_text",)
_OF_BODY = leaked()[1]
_LEAKS: dict[str, Pair] = {
    "dsml-in-text": leaked(),
    "dsml-in-text-cut": talked_about("", finish="length", long=True, notes=LEFT),
    **{
        f"leaked-{notation}": leaked()
        for notation in (
            *("dsml-v32", "dsml-v41", "dsml-ascii", "deepseek-v31", "hermes"),
            *("hermes-single-quotes", "qwen-coder", "kimi", "glm", "mistral"),
        )
    },
    "leaked-two-calls": leaked(CHECK, "Paris", "Tokyo"),
    "leaked-alone": leaked(""),
    "leaked-byte-by-byte": (replace(_OF_BODY, usage=None), _OF_BODY),
    "leaked-beside-empty-call": leaked(word="tool_calls"),
    "leaked-beside-same-call": both(
        replace(CALL, text=CHECK, notes=("rescued_calls",)),
    ),
    "leaked-in-reasoning": both(replace(SOUND, text=CHECK.strip(), reasoning=DSML)),
    "leaked-fence": talked_about(f"```\n{DSML}\n```"),
    "leaked-other-tool": talked_about(DSML.replace("get_weather", "launch"), notes=LEFT),
    "leaked-orphan-end": talked_about(DSML[DSML.index("</") :]),
    "leaked-then-cut": (incomplete(CHECK, PARIS), _OF_BODY),
    "leaked-cut-inside": (
        incomplete(CHECK + DSML[: DSML.index("is</")]),
        talked_about(DSML[: DSML.index("is</")], notes=LEFT)[1],
    ),
}

EXPECTED: Mapping[str, Pair] = {
    **_ENDS,
    **STALLS,
    **_FINISHES,
    **_CALLS,
    **_ARGUMENTS,
    **_LEAKS,
    **_CHUNKS,
    **_ERRORS,
    **_BODIES,
    **_STREAMS,
    **_TOKENS,
    **{name: both(outcome) for name, outcome in _SAID.items()},
    **_TIMING,
}
"""For every fault: what a stream comes to, and what a body comes to."""

WAITING = frozenset(STALLS) | {
    "slow-head",
    "slow-stream",
    "slow-body",
    "slow-first-token",
    "pause-in-text",
}
"""Faults that take time; they are served side by side."""

# When decompression fails, httpx forgets the generators it read through, and trio warns of them.
_FORGOTTEN_BY_HTTPX = {"gzip-body-broken"}

ON_TRIO = tuple(
    name for name in {**_ENDS, **STALLS, **_BODIES, **_TIMING} if name not in _FORGOTTEN_BY_HTTPX
)
"""What is shown on trio as well: whatever has to do with connections."""


UNLIKE_OVER_AIOHTTP = {"bad-chunk-size"}
"""What is lost there depends on how the bytes come: broken HTTP takes along what came in one piece
with it, the head too. tests/io/test_aiohttp.py has it in two."""
