"""What goes wrong on every turn of a model that calls tools."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from unillm.testing import Answer, FakeCall, Raw, Rules, Seen, rules
from unillm.testing._chunks import Chunks
from unillm.testing._render import event
from unillm.testing._responses.spoken import stream_of
from unillm.testing._usage import counted, prompt_words

__all__ = ["LONGER", "TROUBLES", "Trouble", "spoken"]

Make = Callable[[Seen, list[FakeCall], int], Answer | Raw]
"""Makes the answer to a request: it, the calls that are meant, and the number of the turn."""
THOUGHT = "The user wants a file."


@dataclass(frozen=True, slots=True)
class Trouble:
    """Name what goes wrong.

    Attributes:
        name: Its name.
        summary: What happens, in a line.
        make: Makes the answer.
        two: Whether two files are made, by two calls in one answer.
        usage: The usage that is told.
        rules: What the provider refuses.
        broken: How many answers break off, each of which has to be asked for once more.
        faces: The interfaces of a provider that it can happen on.
        turns: How many turns call tools at the least.
        hopeless: Whether nobody can do the work; what counts then is that it ends soon.
    """

    name: str
    summary: str
    make: Make
    two: bool = False
    usage: Any = "auto"
    rules: Rules | None = None
    broken: int = 0
    faces: tuple[Literal["chat", "responses"], ...] = ("chat", "responses")
    turns: int = 1
    hopeless: bool = False


def spoken(seen: Seen, answer: Answer) -> Answer:
    """Speak as the host does: DeepSeek over Chat Completions, OpenAI over Responses."""
    return replace(
        answer, dialect="deepseek" if seen.api == "chat" else "openai", reasoning=THOUGHT
    )


def _sound(seen: Seen, calls: list[FakeCall], _: int) -> Answer:
    return spoken(seen, Answer(tool_calls=calls))


def _one_by_one(seen: Seen, calls: list[FakeCall], turn: int) -> Answer:
    return _dsml(seen, calls[:1], turn) if turn > 1 else _sound(seen, calls[:1], turn)


def _dsml(seen: Seen, calls: list[FakeCall], _: int) -> Answer:
    """Leave the calls in the text, as DeepSeek V4 writes them."""
    invokes = "".join(
        f'<|DSML|invoke name="{call.name}">\n{_parameters(call)}</|DSML|invoke>\n' for call in calls
    )
    block = f"<|DSML|tool_calls>\n{invokes}</|DSML|tool_calls>"
    bars = block.replace("|", "\N{FULLWIDTH VERTICAL LINE}")
    return spoken(seen, Answer(f"I will make the file.\n\n{bars}"))


def _parameters(call: FakeCall) -> str:
    given: dict[str, Any] = json.loads(Answer(tool_calls=[call]).calls[0].arguments)  # pyright: ignore[reportArgumentType] - a text by now
    return "".join(
        f'<|DSML|parameter name="{key}" string="{"true" if isinstance(value, str) else "false"}">'
        f"{value if isinstance(value, str) else json.dumps(value)}</|DSML|parameter>\n"
        for key, value in given.items()
    )


def _rewritten(rewrite: Callable[[dict[str, Any]], str]) -> Make:
    def make(seen: Seen, calls: list[FakeCall], _: int) -> Answer:
        broken = [replace(call, arguments=rewrite(dict(call.arguments))) for call in calls]  # pyright: ignore[reportCallIssue, reportArgumentType] - of a model, always a mapping
        return spoken(seen, Answer(tool_calls=broken))

    return make


def _chunks(seen: Seen, calls: list[FakeCall], *, index: bool, ids: bool) -> Raw:
    """Serve calls whose fragments lack an index of their own, or an id."""
    told = Answer(tool_calls=calls).calls
    c = Chunks(seen)
    usage = counted(prompt_words(seen), 20, dialect="deepseek")
    given = [{"id": c.call_id(at)} if ids else {} for at in range(len(told))]
    if not seen.wants_stream:
        body = [
            {"type": "function", **own, "function": {"name": one.name, "arguments": one.arguments}}
            for own, one in zip(given, told, strict=True)
        ]
        message = {"role": "assistant", "content": None, "reasoning_content": THOUGHT}
        return Raw.of_json(c.body({**message, "tool_calls": body}, "tool_calls", usage=usage))
    pieces = [
        c.call(at if index else 0, **own, name=one.name, arguments=one.arguments)
        for at, (own, one) in enumerate(zip(given, told, strict=True))
    ]
    thought = c.of({"content": None, "reasoning_content": THOUGHT})
    return Raw.of_events(
        c.role(content=None), thought, *pieces, c.finish("tool_calls", usage=usage)
    )


def _index_zero(seen: Seen, calls: list[FakeCall], _: int) -> Raw:
    return _chunks(seen, calls, index=False, ids=True)


def _without_ids(seen: Seen, calls: list[FakeCall], _: int) -> Raw:
    return _chunks(seen, calls, index=True, ids=False)


def _once(end: Literal["cut", "eof"]) -> Make:
    """Break off inside the arguments of the first turn's call."""

    def make(seen: Seen, calls: list[FakeCall], turn: int) -> Answer | Raw:
        if turn > 1:
            return _sound(seen, calls, turn)
        if not seen.wants_stream:
            body = b'{"id": "chatcmpl-cut", "object": "chat.completion", "choices": [{"index": 0, '
            return Raw(segments=[body], framing="length", end="cut")
        return Raw(segments=_half(seen, calls), end=end)

    return make


def _half(seen: Seen, calls: list[FakeCall]) -> list[bytes | float]:
    first = Answer(tool_calls=calls).calls[0]
    half = str(first.arguments)[: len(str(first.arguments)) - 4]
    if seen.api == "responses":
        cut = Answer(tool_calls=[FakeCall(first.name, half)])
        events = list(stream_of(seen, cut))
        ends = [one["type"] for one in events].index("response.function_call_arguments.done")
        return [event(one) for one in events[:ends]]
    c = Chunks(seen)
    pieces = [c.role(content=None), c.of({"content": None, "reasoning_content": THOUGHT})]
    pieces += [c.call(0, id=c.call_id(0), name=first.name, arguments=half)]
    return list(Raw.of_events(*pieces, done=False).segments)


def _only(*names: str) -> Rules:
    """Return DeepSeek's rules of these names alone."""
    host = rules.get("deepseek")
    return Rules(host="deepseek", rules=tuple(one for one in host.rules if one.name in names))


TROUBLES: dict[str, Trouble] = {
    one.name: one
    for one in (
        Trouble("ok", "Nothing goes wrong.", _sound),
        Trouble("dsml", "The call is left in the text, in DeepSeek's own notation.", _dsml),
        Trouble("quotes", "The arguments are in single quotes.", _rewritten(repr)),
        Trouble(
            "brace",
            "The arguments lack their last brace.",
            _rewritten(lambda given: json.dumps(given)[:-1]),
        ),
        Trouble("index", "Two calls, both at index 0.", _index_zero, two=True, faces=("chat",)),
        Trouble("no-id", "The call has no id.", _without_ids, faces=("chat",)),
        Trouble("no-usage", "No usage is told.", _sound, usage=None),
        Trouble(
            "echo",
            "History without the reasoning is refused.",
            _sound,
            rules=_only("reasoning-content", "reasoning-content-empty"),
            faces=("chat",),
        ),
        Trouble(
            "developer",
            "The role developer is refused.",
            _sound,
            rules=_only("role"),
            faces=("chat",),
        ),
        Trouble("cut", "The connection breaks inside the arguments, once.", _once("cut"), broken=1),
        Trouble("eof", "The stream ends inside the arguments, once.", _once("eof"), broken=1),
        Trouble(
            "hopeless",
            "The arguments are cut, and told as whole: what was meant is not known.",
            _rewritten(lambda given: json.dumps(given)[:-5]),
            hopeless=True,
        ),
        Trouble(
            "strict",
            "All that DeepSeek is known to refuse is refused.",
            _sound,
            rules=rules.get("deepseek").without("model"),
            faces=("chat",),
        ),
    )
}

LONGER: dict[str, Trouble] = {
    one.name: one
    for one in (
        Trouble(
            "turns",
            "Two turns with a call, the second one's in the text; history has to be DeepSeek's.",
            _one_by_one,
            two=True,
            turns=2,
            rules=rules.get("deepseek").without("model"),
            faces=("chat",),
        ),
    )
}
"""What is not compared, but held of `unillm serve`."""
