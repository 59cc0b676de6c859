"""How hard a request to Anthropic's Messages wants the model to think, and what it wants to see.

Fields: anthropic-sdk-python 2.14.0, types/thinking_config_param.py and what it names, and
types/output_config_param.py (read 2026-11-29).
"""

from __future__ import annotations

from typing import Any

from unillm._wire.serve.fields import object_in
from unillm.errors import InvalidRequestError
from unillm.types.dataclass import dataclass
from unillm.types.edits import Note
from unillm.types.json import JsonObject
from unillm.types.settings import EFFORTS, Effort

_KINDS = frozenset({"adaptive", "between_tools", "disabled", "enabled"})
_BUDGETS: tuple[tuple[int, Effort], ...] = ((10_000, "high"), (5_000, "medium"), (0, "low"))
"""From how many tokens on a budget asks for an effort: no provider here takes a budget. The numbers
are those of LiteLLM, which users of both know (as read in public copies of it, 2026-11-29); its
``minimal``, below 2,000, is ``low``: who gives a budget wants thinking."""


@dataclass(frozen=True, slots=True)
class Thinking:
    """What is wanted.

    Attributes:
        effort: How hard to think; None: as the model does of itself.
        is_asked: Whether thinking is asked for.
        is_shown: Whether the thinking is to be shown, where there is any.
    """

    effort: Effort | None
    is_asked: bool
    is_shown: bool


def thinking_in(body: JsonObject, output: JsonObject, notes: list[Note]) -> Thinking:
    """Take out of a body how hard to think. An effort that is named counts more than a budget.

    Args:
        body: The body.
        output: Its ``output_config``.
        notes: Where it is noted that something was not taken as it is.

    Raises:
        InvalidRequestError: Something in it has the wrong type.
    """
    thinking = object_in(body, "thinking")
    kind, budget, display = (thinking.get(n) for n in ("type", "budget_tokens", "display"))
    if thinking and (not isinstance(kind, str) or kind not in _KINDS):
        known = ", ".join(sorted(_KINDS))
        raise InvalidRequestError(f"thinking.type must be one of {known}, not {kind!r}")
    if not isinstance(budget, int | None) or isinstance(budget, bool):
        raise InvalidRequestError(f"thinking.budget_tokens must be a whole number, not {budget!r}")
    older: Any = body.pop("effort", None)
    effort = _effort(output.pop("effort", older), notes)
    if kind == "disabled":
        effort = "none"
    elif kind == "enabled" and effort is None and budget is not None:
        effort = _afforded(budget)
        said = f"thinking.budget_tokens={budget} was read as reasoning_effort={effort!r}"
        notes.append(Note("effort_mapped", said))
    return Thinking(effort, bool(thinking) and kind != "disabled", display != "omitted")


def _afforded(budget: int) -> Effort:
    for least, effort in _BUDGETS:
        if budget >= least:
            return effort
    return "low"


def _effort(given: Any, notes: list[Note]) -> Effort | None:
    """Return an effort; one that is not known is as good as none."""
    if not isinstance(given, str | None):
        raise InvalidRequestError(f"output_config.effort must be a text, not {given!r}")
    for effort in EFFORTS:
        if effort == given:
            return effort
    if given is not None:
        notes.append(Note("dropped_setting", f"output_config.effort={given!r} is not known here"))
    return None
