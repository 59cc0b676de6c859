"""What is good and what is bad, by code: one rule a kind of row, the same for every client.

A rule turns an outcome into a verdict. What good, part and bad mean is said in its words, which
the page prints: a mark is never given by hand.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from benchmarks.faults.outcome import QUESTION, Outcome

Mark = Literal["good", "part", "bad"]
PARIS = {"city": "Paris"}
TOKYO = {"city": "Tokyo"}
TEXT = "The weather in Paris is sunny."


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Say how good an outcome is, and what it was, in a few words."""

    mark: Mark
    words: str


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Say when an outcome is good, partly good or bad.

    Attributes:
        good: What is good.
        part: What a caller can still put up with; empty if there is no middle.
        bad: What is bad.
        judge: Turns an outcome into the verdict.
    """

    good: str
    part: str
    bad: str
    judge: Callable[[Outcome], Verdict]


def judge(rule: Rule, outcome: Outcome) -> Verdict:
    """Judge an outcome; a client that never came back has failed by any rule."""
    if not outcome.returned:
        return _bad(f"still waiting after {outcome.seconds:.0f} s")
    return rule.judge(outcome)


def parsed(arguments: dict[str, Any] | str) -> dict[str, Any] | None:
    """Return the arguments of a call if they are an object that a tool could be run with."""
    if isinstance(arguments, dict):
        return arguments
    try:
        value = json.loads(arguments)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _good(words: str) -> Verdict:
    return Verdict(mark="good", words=words)


def _part(words: str) -> Verdict:
    return Verdict(mark="part", words=words)


def _bad(words: str) -> Verdict:
    return Verdict(mark="bad", words=words)


def _raised(outcome: Outcome) -> str:
    return (
        f"{outcome.error} in the caller's code" if outcome.in_caller else f"raises {outcome.error}"
    )


def _finish(outcome: Outcome) -> str:
    return "no finish reason" if outcome.finish is None else f"`{outcome.finish}`"


def _one(arguments: dict[str, Any] | str) -> str:
    value = parsed(arguments)
    if value is not None:
        return json.dumps(value, ensure_ascii=False)
    return arguments if isinstance(arguments, str) else json.dumps(arguments)


def _handed(outcome: Outcome) -> str:
    if not outcome.calls:
        return "no call"
    return "call " + ", ".join(f"`{_one(each)}`" for each in outcome.calls)


def _told_complete(outcome: Outcome) -> bool:
    return outcome.finish not in {None, "incomplete", "interrupted", "error"}


def _cut_text(outcome: Outcome) -> Verdict:
    if outcome.error:
        return _part(_raised(outcome)) if outcome.in_caller else _good(_raised(outcome))
    silent = f"silent: {_finish(outcome)}"
    return _bad(silent) if _told_complete(outcome) else _part(silent)


def _cut_call(outcome: Outcome) -> Verdict:
    if outcome.error:
        return _part(_raised(outcome)) if outcome.in_caller else _good(_raised(outcome))
    words = f"{_handed(outcome)}, {_finish(outcome)}"
    runnable = any(parsed(each) is not None for each in outcome.calls)
    if not outcome.calls and outcome.refused:
        return _good("listed as invalid")
    return _bad(words) if runnable or _told_complete(outcome) else _part(words)


def _hidden_cut(outcome: Outcome) -> Verdict:
    if outcome.error:
        return _part(_raised(outcome)) if outcome.in_caller else _good(_raised(outcome))
    if not outcome.calls and outcome.refused:
        return _good("listed as invalid")
    if not outcome.calls:
        return _bad(f"no call, {_finish(outcome)}")
    runnable = any(parsed(each) is not None for each in outcome.calls)
    return _bad(_handed(outcome)) if runnable else _part(f"{_handed(outcome)} as a string")


def _failure(outcome: Outcome) -> Verdict:
    if outcome.error:
        return _part(_raised(outcome)) if outcome.in_caller else _good(_raised(outcome))
    nothing = not outcome.text and outcome.finish is None
    return _part("nothing, no finish reason") if nothing else _bad(f"returned, {_finish(outcome)}")


def _apart(*meant: dict[str, Any]) -> Callable[[Outcome], Verdict]:
    def judged(outcome: Outcome) -> Verdict:
        if outcome.error:
            return _part(_raised(outcome))
        if [parsed(each) for each in outcome.calls] == list(meant):
            return _good("2 calls" if len(meant) == 2 else _handed(outcome))
        if not outcome.calls and outcome.refused:
            return _part("listed as invalid")
        fused = len(outcome.calls) < len(meant) and outcome.calls
        return _bad(f"fused: {_handed(outcome)}" if fused else _handed(outcome))

    return judged


def _broken_arguments(*meant: dict[str, Any]) -> Callable[[Outcome], Verdict]:
    def judged(outcome: Outcome) -> Verdict:
        if outcome.error:
            return _part(_raised(outcome)) if outcome.in_caller else _good(_raised(outcome))
        if not outcome.calls and outcome.refused:
            return _good("listed as invalid")
        values = [parsed(each) for each in outcome.calls]
        if values == list(meant):
            return _good(f"repaired: {_handed(outcome)}")
        handed = f"{_handed(outcome)} as a string"
        return _part(handed) if values == [None] else _bad(_handed(outcome))

    return judged


def _failed_finish(outcome: Outcome) -> Verdict:
    if outcome.error:
        return _good(_raised(outcome))
    told = f"returned, {_finish(outcome)}"
    return _part(told) if outcome.finish in {None, "error"} else _bad(told)


def _empty_finish(outcome: Outcome) -> Verdict:
    if outcome.error:
        return _bad(_raised(outcome))
    if outcome.text != TEXT:
        return _bad("text lost")
    word = '`""`' if outcome.finish == "" else _finish(outcome)
    return _part(f"text, {word}") if outcome.finish == "stop" else _good(f"text, {word}")


def _reasoning(outcome: Outcome) -> Verdict:
    if outcome.error:
        return _bad(_raised(outcome))
    if not (outcome.reasoning or "").strip():
        return _bad("dropped")
    return (
        _part("only under the provider's name") if "reasoning" in outcome.untyped else _good("kept")
    )


def _replayed(outcome: Outcome) -> Verdict:
    return _bad(_raised(outcome)) if outcome.error else _good("sent back")


def _cached(outcome: Outcome) -> Verdict:
    if outcome.error:
        return _bad(_raised(outcome))
    if outcome.cached != 900:
        return _bad("not reported" if outcome.cached is None else str(outcome.cached))
    return (
        _part("900, only under the provider's name")
        if "cached" in outcome.untyped
        else _good("900")
    )


def _leaked(outcome: Outcome) -> Verdict:
    if outcome.error:
        return _good(_raised(outcome))
    if [parsed(each) for each in outcome.calls] == [PARIS]:
        return _good("rescued as a call")
    return _bad(f"text, {_finish(outcome)}")


def _uncounted(outcome: Outcome) -> Verdict:
    if outcome.error:
        return _bad(_raised(outcome))
    if outcome.tokens is None:
        return _good("not reported")
    words = f"{outcome.tokens[0]} + {outcome.tokens[1]}"
    return _bad(words) if not any(outcome.tokens) else _part(f"{words}, counted here")


def _whole_text(outcome: Outcome) -> Verdict:
    if outcome.error:
        return _bad(_raised(outcome))
    right = outcome.text == "The weather in Paris is sunny — 21 °C."
    return _good("text") if right else _bad(f"`{outcome.text}`")


def _bad_byte(outcome: Outcome) -> Verdict:
    if outcome.error:
        return _good(_raised(outcome))
    shown = "\ufffd" in outcome.text
    return _part("text with `\ufffd`") if shown else _bad(f"`{outcome.text}`")


def _attempts(most: int) -> Callable[[Outcome], Verdict]:
    def judged(outcome: Outcome) -> Verdict:
        count = f"{outcome.wire} request{'' if outcome.wire == 1 else 's'}"
        if not outcome.error:
            return _bad(f"{count}, returned")
        return _good(count) if outcome.wire <= most else _bad(count)

    return judged


def _no_money(outcome: Outcome) -> Verdict:
    verdict = _attempts(1)(outcome)
    return verdict if verdict.mark == "good" or not outcome.error else _part(verdict.words)


def _waited(outcome: Outcome) -> Verdict:
    if outcome.gap is None:
        return _part(f"1 request, {_raised(outcome)}" if outcome.error else "1 request")
    words = f"{outcome.wire} requests, {outcome.gap:.1f} s apart"
    # The server said one second; clocks and timers may be off by a little.
    return _good("waits 1 s") if outcome.gap >= 0.95 else _bad(words)


def _limited(outcome: Outcome) -> Verdict:
    return _good(_raised(outcome)) if outcome.error else _bad(f"returned, {_finish(outcome)}")


def _sound_text(outcome: Outcome) -> Verdict:
    if outcome.error:
        return _bad(_raised(outcome))
    sound = outcome.text == f"You said: {QUESTION}" and outcome.finish == "stop"
    return _good("text") if sound else _bad(f"{_finish(outcome)}, text `{outcome.text}`")


def _sound_call(outcome: Outcome) -> Verdict:
    if outcome.error:
        return _bad(_raised(outcome))
    sound = len(outcome.calls) == 1 and parsed(outcome.calls[0]) is not None
    return _good("1 call") if sound else _bad(_handed(outcome))


_RAISES = "an exception"
_READING = (
    "a TypeError or the like in the code that reads the answer, or no text and no finish reason"
)

RULES: dict[str, Rule] = {
    "sound-text": Rule(good="the text", part="", bad="anything else", judge=_sound_text),
    "sound-call": Rule(good="the call", part="", bad="anything else", judge=_sound_call),
    "cut-text": Rule(
        good=_RAISES,
        part="the text without a finish reason: a caller who looks can tell",
        bad="told as complete",
        judge=_cut_text,
    ),
    "cut-call": Rule(
        good=f"{_RAISES}, or the call listed as invalid",
        part="a call whose arguments do not parse, without a finish reason",
        bad="a call that can be run with what arrived, or told as complete",
        judge=_cut_call,
    ),
    "hidden-cut": Rule(
        good=f"{_RAISES}, or the call listed as invalid",
        part="the arguments as a string that does not parse",
        bad="a call that can be run with what arrived, or a call lost in silence",
        judge=_hidden_cut,
    ),
    "failure": Rule(good=_RAISES, part=_READING, bad="returned as an answer", judge=_failure),
    "two-calls": Rule(
        good="two calls, Paris and Tokyo",
        part=f"{_RAISES}, or listed as invalid",
        bad="fused or lost",
        judge=_apart(PARIS, TOKYO),
    ),
    "one-call": Rule(
        good="one call, Paris",
        part=f"{_RAISES}, or listed as invalid",
        bad="other arguments, or a string that does not parse",
        judge=_apart(PARIS),
    ),
    "broken-arguments": Rule(
        good=f"repaired to what was meant, {_RAISES}, or the call listed as invalid",
        part="the arguments as a string that does not parse",
        bad="a call with other arguments",
        judge=_broken_arguments(PARIS),
    ),
    "two-in-one": Rule(
        good=f"two calls, Paris and Tokyo, {_RAISES}, or the call listed as invalid",
        part="the arguments as a string that does not parse",
        bad="one of the two, or other arguments",
        judge=_broken_arguments(PARIS, TOKYO),
    ),
    "failed-finish": Rule(
        good=_RAISES,
        part="returned as `error`, or without a finish reason",
        bad="told as complete",
        judge=_failed_finish,
    ),
    "empty-finish": Rule(
        good="the text, without a reason that nobody gave",
        part="the text, with a made-up `stop`",
        bad="the text lost",
        judge=_empty_finish,
    ),
    "reasoning": Rule(
        good="in a declared place of the answer",
        part="only under the provider's name for it, outside what the client declares",
        bad="dropped",
        judge=_reasoning,
    ),
    "replay": Rule(
        good="goes back with the call, and the server goes on",
        part="",
        bad="left out, so that the server refuses",
        judge=_replayed,
    ),
    "cached": Rule(
        good="900 in a declared place of the usage",
        part="900 only under the provider's name for it, outside what the client declares",
        bad="0, or not reported",
        judge=_cached,
    ),
    "leaked": Rule(
        good=f"a call, or {_RAISES}", part="", bad="text for the user to read", judge=_leaked
    ),
    "uncounted": Rule(
        good="not reported",
        part="a count of the client's own, not told from a reported one",
        bad="0 tokens",
        judge=_uncounted,
    ),
    "whole-text": Rule(good="the text", part="", bad="anything else", judge=_whole_text),
    "bad-byte": Rule(
        good=_RAISES,
        part="the text with a replacement character",
        bad="other text",
        judge=_bad_byte,
    ),
    "three-requests": Rule(
        good="at most 3 requests, then an exception",
        part="",
        bad="more, or no exception",
        judge=_attempts(3),
    ),
    "two-requests": Rule(
        good="at most 2 requests, then an exception",
        part="",
        bad="more, or no exception",
        judge=_attempts(2),
    ),
    "no-money": Rule(
        good="1 request, then an exception",
        part="more requests, then an exception",
        bad="no exception",
        judge=_no_money,
    ),
    "retry-after": Rule(
        good="waits so long before it asks again",
        part="does not ask again",
        bad="asks again earlier",
        judge=_waited,
    ),
    "limited": Rule(good=_RAISES, part="", bad="waits on, or returns", judge=_limited),
}
