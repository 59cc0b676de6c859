"""How a response looks in a notebook, whole or while it comes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from unillm._markdown import answer, facts, fenced, folded, inert
from unillm.types.brief import brief
from unillm.types.media import IMAGES, media_type_in

if TYPE_CHECKING:
    from unillm.types.parsed import ParsedResponse
    from unillm.types.response import ChatResponse
    from unillm.types.usage import Usage

EMBEDDED = 32 * 1024 * 1024
"""Characters of the longest image that is written into a notebook."""


def markdown(response: ChatResponse) -> str:
    """Return the answer as Markdown, with a line of facts below."""
    return "\n\n".join([*of(response), facts(_facts(response))])


def of(response: ChatResponse) -> list[str]:
    """Return what a response says, in blocks of Markdown; of a call not yet whole, its name."""
    return [*_said(response, [answer(response.text)] if response.text else []), *_beside(response)]


def parsed(response: ParsedResponse[Any]) -> str:
    """Return what an answer was made into, as code, with a line of facts below."""
    told = [*_facts(response), f"asked for as {response.mode}"]
    if response.repairs:
        told.append(f"{len(response.repairs)} repair{'' if len(response.repairs) == 1 else 's'}")
    shown = _said(response, [output(response.output)])
    return "\n\n".join([*shown, *_beside(response), facts(told)])


def output(value: object) -> str:
    """Return a value that an answer was made into, as far as it has come."""
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    try:
        plain = to_jsonable_python(value, bytes_mode="base64")
        return fenced(json.dumps(plain, ensure_ascii=False, indent=2), "json")
    except (PydanticSerializationError, TypeError, ValueError):
        return fenced(repr(value), "python")


def blocks(
    reasoning: str, shown: list[str], calls: Iterable[str], title: str = "reasoning"
) -> list[str]:
    """Return thinking, folded, then what is shown, then calls as code."""
    thought = [folded(title, reasoning)] if reasoning else []
    return [*thought, *shown, *(fenced(call, "python") for call in calls)]


def image(url: str) -> str:
    """Return an image as Markdown if it is here and harmless, else where it is.

    What is elsewhere is never fetched: it would tell its host who looks, and when.
    """
    media_type = media_type_in(url) if len(url) <= EMBEDDED else None
    if media_type in IMAGES:
        # Written anew: parameters of the media type may hold anything.
        return f"![image](data:{media_type};base64,{url[url.index(',') + 1 :]})"
    return f"*Image:* <code>{inert(brief(url))}</code>"


def tokens(usage: Usage | None) -> list[str]:
    """Return the tokens used, if they were reported."""
    return [f"{usage.input_tokens:,} in, {usage.output_tokens:,} out"] if usage else []


def call(name: str, arguments: dict[str, object]) -> str:
    """Return a call as code."""
    given = (f"{key}={json.dumps(v, ensure_ascii=False)}" for key, v in arguments.items())
    return f"{name}({', '.join(given)})"


def _said(response: ChatResponse, shown: list[str]) -> list[str]:
    calls = [call(one.name, one.arguments) for one in response.tool_calls]
    return blocks(response.reasoning or "", shown, calls)


def _beside(response: ChatResponse) -> Iterable[str]:
    for part in response.images:
        yield image(part.url)
    if response.refusal:
        yield f"*Refused:* {inert(response.refusal)}"
    for bad in response.invalid_tool_calls:
        yield f"*Refused call:* <code>{inert(bad.name)}</code>: {inert(bad.reason)}"


def _facts(response: ChatResponse) -> list[str]:
    told = [f"{response.provider}:{response.model}", response.finish_reason]
    told += [*tokens(response.usage), response.cost.brief]
    if response.attempts:
        told.append(f"{sum(a.duration + a.waited for a in response.attempts):.2f} s")
    if len(response.attempts) > 1:
        told.append(f"{len(response.attempts)} attempts")
    return told
