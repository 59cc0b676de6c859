"""OpenAI's models, as far as its rules speak of them.

A small table of its own: if it were read from the catalog, a mistake there would be right here.
Efforts and defaults are of ``pydantic_ai/profiles/openai.py`` ("live-verified 2026-07" to 10), ids
of openai-python ``types/shared/chat_model.py`` and ``responses_model.py``, both read 2026-11-23.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal, TypeAlias

from unillm.testing._objects import single
from unillm.testing.seen import Seen
from unillm.types.dataclass import dataclass

__all__ = ["ALONE", "OpenAIModel", "effort_of", "is_reasoning", "model_of"]

Tools: TypeAlias = Literal["always", "unasked", "none", "never"]
"""When Chat Completions takes functions: always; as long as no effort but none is asked for; with
effort none alone; never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAIModel:
    """Say how a model reasons.

    Attributes:
        efforts: The efforts it knows; none at all: it does not reason.
        default: Its effort where none is asked for.
        tools: When Chat Completions takes functions.
        alone: Whether it is on Responses alone.
    """

    efforts: tuple[str, ...] = ()
    default: str = "none"
    tools: Tools = "always"
    alone: bool = False


_PLAIN = OpenAIModel()
_O = OpenAIModel(efforts=("low", "medium", "high"), default="medium")
_FIVE = OpenAIModel(efforts=("minimal", "low", "medium", "high"), default="medium")
_FIVE_1 = OpenAIModel(efforts=("none", "low", "medium", "high"))
_FIVE_2 = OpenAIModel(efforts=("none", "low", "medium", "high", "xhigh"))
_FIVE_4 = replace(_FIVE_2, tools="unasked")
_FIVE_5 = replace(_FIVE_4, default="medium", tools="none")
_FIVE_6 = OpenAIModel(efforts=(*_FIVE_2.efforts, "max"), default="medium", tools="none")
_SIX = OpenAIModel(efforts=_FIVE_6.efforts[1:], default="medium", tools="never")
_PRO = OpenAIModel(efforts=("medium", "high", "xhigh"), default="medium", alone=True)
_O_ALONE = replace(_O, alone=True)

_MODELS: dict[str, OpenAIModel] = {
    **dict.fromkeys(("gpt-4.1", "gpt-4.1-mini", "gpt-4o", "gpt-4o-mini"), _PLAIN),
    "o3": _O,
    **dict.fromkeys(("o3-pro", "o3-deep-research", "o4-mini-deep-research"), _O_ALONE),
    **dict.fromkeys(("gpt-5", "gpt-5-mini", "gpt-5-nano"), _FIVE),
    "gpt-5-pro": replace(_PRO, efforts=("high",), default="high"),
    "gpt-5.1": _FIVE_1,
    "gpt-5.2": _FIVE_2,
    **dict.fromkeys(("gpt-5.2-pro", "gpt-5.4-pro", "gpt-5.5-pro"), _PRO),
    **dict.fromkeys(("gpt-5.4", "gpt-5.4-mini", "gpt-5.4-nano"), _FIVE_4),
    "gpt-5.5": _FIVE_5,
    **dict.fromkeys(("gpt-5.6", "gpt-5.6-sol", "gpt-5.6-terra", "gpt-5.6-luna"), _FIVE_6),
    **dict.fromkeys(("gpt-6-sol", "gpt-6-luna", "gpt-6.1-terra"), _FIVE_6),
    **dict.fromkeys(("gpt-6-astra", "gpt-6.1-sol"), _SIX),
    # Whether Chat takes functions with these is not known: a rule of its own speaks of that.
    **dict.fromkeys(("gpt-6.2-astra", "gpt-6.2-sol"), replace(_SIX, tools="always")),
}
ALONE = tuple(name for name, model in _MODELS.items() if model.alone)
_DATED = re.compile(r"-\d{4}-\d\d-\d\d\Z")


def model_of(seen: Seen) -> OpenAIModel | None:
    """Return what is known of the model that is asked, or None."""
    return _MODELS.get(_DATED.sub("", seen.model))


def effort_of(seen: Seen) -> str | None:
    """Return the effort that is asked for, or None."""
    asked = seen.fields
    chat = seen.api == "chat"
    effort = asked.get("reasoning_effort") if chat else single(asked.get("reasoning")).get("effort")
    return effort if isinstance(effort, str) else None


def is_reasoning(seen: Seen) -> bool:
    """Tell whether the model reasons over this request; one that is not known does not."""
    model = model_of(seen)
    if model is None or not model.efforts:
        return False
    return (effort_of(seen) or model.default) != "none"
