"""How a response looks in a notebook, whole or while it comes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from unillm.types.brief import brief
from unillm.types.media import IMAGES, media_type_in

if TYPE_CHECKING:
    from unillm.types.response import ChatResponse

EMBEDDED = 32 * 1024 * 1024
"""Characters of the longest image that is written into a notebook."""


def markdown(response: ChatResponse) -> str:
    """Return the answer as Markdown, with a line of facts below."""
    return "\n\n".join([*of(response), f"<sub>{escape(_facts(response))}</sub>"])


def of(response: ChatResponse) -> list[str]:
    """Return what a response says, in blocks of Markdown; of a call not yet whole, its name."""
    calls = [f"{call.name}({_arguments(call.arguments)})" for call in response.tool_calls]
    shown = blocks(response.reasoning, response.text, calls)
    shown += [image(part.url) for part in response.images]
    shown += [f"*Refused:* {response.refusal}"] if response.refusal else []
    return shown + [f"*Refused call:* `{c.name}`: {c.reason}" for c in response.invalid_tool_calls]


def blocks(reasoning: str | None, text: str, calls: Iterable[str]) -> list[str]:
    """Return thinking, folded, then the text, then calls as code."""
    shown = [_folded(reasoning)] if reasoning else []
    shown += [text] if text else []
    return shown + [f"```python\n{call}\n```" for call in calls]


def image(url: str) -> str:
    """Return an image as Markdown if it is here and harmless, else where it is.

    What is elsewhere is never fetched: it would tell its host who looks, and when.
    """
    media_type = media_type_in(url) if len(url) <= EMBEDDED else None
    if media_type in IMAGES:
        # Written anew: parameters of the media type may hold anything.
        return f"![image](data:{media_type};base64,{url[url.index(',') + 1 :]})"
    return f"*Image:* <code>{escape(brief(url))}</code>"


def _folded(reasoning: str) -> str:
    shown = f"<div style='white-space:pre-wrap'>{escape(reasoning)}</div>"
    return f"<details><summary>reasoning</summary>{shown}</details>"


def _arguments(arguments: dict[str, object]) -> str:
    return ", ".join(
        f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in arguments.items()
    )


def _facts(response: ChatResponse) -> str:
    facts = [f"{response.provider}:{response.model}", response.finish_reason]
    if response.usage:
        facts.append(f"{response.usage.input_tokens:,} in, {response.usage.output_tokens:,} out")
    facts.append(response.cost.brief)
    if response.attempts:
        facts.append(f"{sum(a.duration + a.waited for a in response.attempts):.2f} s")
    if len(response.attempts) > 1:
        facts.append(f"{len(response.attempts)} attempts")
    return " · ".join(facts)
