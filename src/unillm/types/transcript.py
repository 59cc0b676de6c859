"""How a run looks in a notebook: what was said, what was called, what that gave."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from unillm.types import display
from unillm.types.brief import brief
from unillm.types.messages import ToolMessage

if TYPE_CHECKING:
    from unillm.types.parts import Content
    from unillm.types.run import RunResult


def markdown(run: RunResult[Any]) -> str:
    """Return the turns of a run as Markdown, each call with its result, and a line of facts."""
    results = {m.tool_call_id: m.content for m in run.messages if isinstance(m, ToolMessage)}
    blocks: list[str] = []
    for turn in run.turns:
        blocks += display.of(turn)
        blocks += [
            _result(call.name, results[call.id]) for call in turn.tool_calls if call.id in results
        ]
    return "\n\n".join([*blocks, f"<sub>{escape(' · '.join(_facts(run)))}</sub>"])


def _result(name: str, content: Content) -> str:
    text = content if isinstance(content, str) else ", ".join(map(repr, content))
    shown = f"<div style='white-space:pre-wrap'>{escape(brief(text))}</div>"
    return f"<details><summary>{escape(name)} gave</summary>{shown}</details>"


def _facts(run: RunResult[Any]) -> list[str]:
    facts = [f"{len(run.turns)} turn{'' if len(run.turns) == 1 else 's'}"]
    if run.usage:
        facts.append(f"{run.usage.input_tokens:,} in, {run.usage.output_tokens:,} out")
    facts.append(run.cost.brief)
    facts += [f"{call.name} is left to you" for call in run.pending]
    return facts + [note.message for note in run.notes]
