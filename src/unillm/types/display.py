"""How a response looks in a notebook."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unillm.types.response import ChatResponse


def markdown(response: ChatResponse) -> str:
    """Return the answer as Markdown, with its calls and a line of facts below."""
    blocks = [_folded(response.reasoning)] if response.reasoning else []
    blocks += [response.text] if response.text else []
    blocks += [f"*Refused:* {response.refusal}"] if response.refusal else []
    blocks += [
        f"```python\n{call.name}({_arguments(call.arguments)})\n```" for call in response.tool_calls
    ]
    blocks += [f"*Refused call:* `{c.name}`: {c.reason}" for c in response.invalid_tool_calls]
    return "\n\n".join([*blocks, f"<sub>{escape(_facts(response))}</sub>"])


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
    if response.attempts:
        facts.append(f"{sum(a.duration + a.waited for a in response.attempts):.2f} s")
    if len(response.attempts) > 1:
        facts.append(f"{len(response.attempts)} attempts")
    return " · ".join(facts)
