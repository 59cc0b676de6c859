"""How a run looks in a notebook: what was said, what was called, what that gave."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from unillm._markdown import facts, folded, inert, table
from unillm.types import display
from unillm.types.brief import brief
from unillm.types.messages import ToolMessage

if TYPE_CHECKING:
    from unillm.types.parts import Content
    from unillm.types.response import ChatResponse
    from unillm.types.run import RunResult


def markdown(run: RunResult[Any]) -> str:
    """Return the turns of a run as Markdown, each call with its result, and what they came to."""
    results = {m.tool_call_id: m.content for m in run.messages if isinstance(m, ToolMessage)}
    blocks: list[str] = []
    for turn in run.turns:
        blocks += display.of(turn)
        blocks += [gave(c.name, results[c.id]) for c in turn.tool_calls if c.id in results]
    if len(run.turns) > 1:
        blocks.append(_turns(run.turns))
    return "\n\n".join([*blocks, facts(_facts(run))])


def gave(name: str, content: Content, outcome: str = "ok") -> str:
    """Return what a tool gave, cut; folded if it is more than a few words."""
    said, text = f"{name} gave" if outcome == "ok" else f"{name}: {outcome}", told(content)
    short = isinstance(content, str) and text == content and "\n" not in text
    return f"*{inert(said)}:* {inert(text)}" if short else folded(said, text)


def told(content: Content) -> str:
    """Return what a tool gave as text, cut."""
    return brief(content if isinstance(content, str) else ", ".join(map(repr, content)))


def _turns(turns: Iterable[ChatResponse]) -> str:
    rows = [
        (
            str(number),
            f"{turn.provider}:{turn.model}",
            ", ".join(call.name for call in turn.tool_calls) or turn.finish_reason,
            *_used(turn),
            turn.cost.brief,
        )
        for number, turn in enumerate(turns, 1)
    ]
    return table(
        ("turn", "model", "ended with", "tokens in", "out", "cost"), rows, {"model", "ended with"}
    )


def _used(turn: ChatResponse) -> tuple[str, str]:
    usage = turn.usage
    return (f"{usage.input_tokens:,}", f"{usage.output_tokens:,}") if usage else ("", "")


def _facts(run: RunResult[Any]) -> list[str]:
    told = [f"{len(run.turns)} turn{'' if len(run.turns) == 1 else 's'}"]
    told += [*display.tokens(run.usage), run.cost.brief]
    told += [f"{call.name} is left to you" for call in run.pending]
    return told + [note.message for note in run.notes]
